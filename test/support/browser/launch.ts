/** A real browser for tests, from packages: nothing is installed on the machine. */
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { describe, it, vi } from 'vitest';

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    // In one process it ends with its first context.
    args: sparticuz.args.filter((flag) => flag !== '--single-process'),
    headless: true,
  });
}

/** `describe` that needs the browser; skipped loudly where it cannot start, failed under RECOURSE_REQUIRE_TOOLS=1. */
export async function describeInBrowser(name: string, suite: () => void): Promise<void> {
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
  const why = await problem();
  if (why === null) {
    describe(name, suite);
    return;
  }
  if (process.env.RECOURSE_REQUIRE_TOOLS === '1') {
    describe(name, () => {
      it('needs a browser', () => {
        throw new Error(why);
      });
    });
    return;
  }
  process.stderr.write(`\n!!! SKIPPED: ${name}: the browser does not start: ${why}\n`);
  describe.skip(`${name} (no browser)`, suite);
}

async function problem(): Promise<string | null> {
  try {
    const browser = await launch();
    await browser.close();
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}
