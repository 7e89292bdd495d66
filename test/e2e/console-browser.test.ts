/** The console in a real browser: every page, at two widths, in both schemes, with the keyboard, held against axe. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import { ADA, BOB, type ServedConsole, type Story, serveConsole, story } from '../support/browser/console.ts';
import { describeInBrowser, launch } from '../support/browser/launch.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where pictures of every page go, for people to look at. */
const SHOTS = process.env.RECOURSE_SHOTS;

await describeInBrowser('the console in a browser', () => {
  let browser: Browser;
  let served: ServedConsole;
  let told: Story;
  beforeAll(async () => {
    browser = await launch();
    served = await serveConsole();
    told = await story(served);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  async function visit(options: Parameters<Browser['newContext']>[0] = {}, who = ADA) {
    const context = await browser.newContext({ javaScriptEnabled: false, ...options });
    const page = await context.newPage();
    await page.goto(await served.login(who));
    await page.click('main button');
    return { context, page };
  }

  function pages(): Record<string, string> {
    const plan = told.blocked.plan_id;
    return {
      pending: '/console',
      all: '/console?status=all',
      database: `/a/${told.database.approval_id}`,
      shell: `/a/${told.shell.approval_id}`,
      decided: `/a/${told.done.approval_id}`,
      plans: '/console/plans',
      plan: `/console/plans/${plan}`,
      runs: '/console/runs',
      run: `/console/runs/${runIdFor(told.done)}`,
      running: `/console/runs/${runIdFor(told.running)}`,
      exceptions: '/console/exceptions',
      policy: '/console/policy',
      audit: '/console/audit',
      verified: '/console/audit?verify=yes',
      filtered: '/console/audit?type=alarm&about=INC-42',
      missing: '/console/nothing',
    };
  }

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    // Colours do not change with the width.
    ['light', 390],
  ] as const) {
    test(`every page, ${scheme}, ${width} wide: no axe violation, nothing wider than the window, no script`, async () => {
      const { context, page } = await visit({
        javaScriptEnabled: true,
        colorScheme: scheme,
        viewport: { width, height: 900 },
        bypassCSP: true,
      });
      for (const [name, url] of Object.entries(pages())) {
        await page.goto(`${served.origin}${url}`);
        for (const details of await page.$$('details'))
          await details.evaluate((each) => each.setAttribute('open', ''));
        if (SHOTS !== undefined) {
          mkdirSync(SHOTS, { recursive: true });
          await page.screenshot({ path: path.join(SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });
        }
        expect(await page.$$('script'), name).toHaveLength(0);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, `${name} is wider than the window`).toBeLessThanOrEqual(0);
        expect(await violations(page), name).toEqual([]);
      }
      await context.close();
    });
  }

  test('without script, with the keyboard alone: from the list to a rejection', async () => {
    const { context, page } = await visit();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(served.origin)) foreign.push(request.url());
    });
    await page.goto(`${served.origin}/console`);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await tabTo(page, /shell command/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/a\/apr_/);
    expect(await page.textContent('h1')).toContain('run a shell command');
    await tabTo(page, null, 'textarea[name=reason]');
    await page.keyboard.type('Not during the freeze.');
    await tabTo(page, /Reject/);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Your rejection is recorded.');
    expect(foreign).toEqual([]);
    await context.close();
  });

  test('a run is stopped, an override made and ended, the glass broken and reviewed, all by forms', async () => {
    const { context, page } = await visit();
    await page.goto(`${served.origin}/console/runs/${runIdFor(told.running)}`);
    await page.click('summary:has-text("Stop this run")');
    await page.fill('textarea[name=reason]', 'wrong workspace');
    await page.click('text=Stop it now');
    await page.waitForSelector('text=asked it to stop');
    expect(await page.textContent('main')).toContain('stays changed');
    expect(served.on.stopped).toHaveLength(1);

    await page.goto(`${served.origin}/console/exceptions`);
    await page.click('summary:has-text("Make an override")');
    await page.selectOption('select[name=action]', 'kubectl-apply');
    await page.fill('form[action="/console/overrides"] textarea', 'CHG-9');
    await page.click('text=Make it');
    await page.waitForURL(/exceptions/);
    const made = page.locator('li.card', { hasText: 'CHG-9' });
    await made.locator('summary').click();
    await made.locator('textarea').fill('done');
    await made.locator('button').click();
    await page.waitForSelector('text=Revoked by');

    await page.goto(`${served.origin}/console/plans/${told.blocked.plan_id}`);
    await page.click('summary:has-text("Break the glass")');
    await page.fill('textarea[name=reason]', 'INC-43');
    await page.check('input[name=sure]');
    await page.click('button:has-text("Break the glass")');
    await page.waitForSelector('text=repeat its call');
    await context.close();

    const bob = await visit({}, BOB);
    await bob.page.goto(`${served.origin}/console/exceptions`);
    expect(await bob.page.textContent('.strip')).toContain('reviews are open');
    const review = bob.page.locator('section[aria-labelledby=reviews] li.card', { hasText: 'INC-43' });
    await review.locator('summary').click();
    await review.locator('textarea').fill('looked at it');
    await review.locator('button').click();
    await bob.page.waitForSelector('text=Closed by');
    const own = bob.page.locator('section[aria-labelledby=reviews] li.card', { hasText: 'INC-42' });
    expect(await own.textContent()).toContain('somebody else closes the review');
    await bob.context.close();
  });

  test('hostile text runs nothing and leads nowhere, with scripts switched on', async () => {
    const hostile = `</pre></textarea>"'><script>window.pwned=1</script><img src=x onerror="window.pwned=1"><a href="javascript:window.pwned=1">x</a>`;
    const approval = await served.on.ask({
      plan: {
        caller: { agent: hostile, human: hostile },
        reasons: [{ rule: hostile, class: null, address: hostile, message: hostile }],
      },
      approval: { reason: hostile, operation: hostile, target: hostile },
      output: hostile,
    });
    const { context, page } = await visit({ javaScriptEnabled: true });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    for (const url of [
      '/console',
      '/console/plans',
      `/console/plans/${approval.plan_id}`,
      `/a/${approval.approval_id}`,
    ]) {
      await page.goto(`${served.origin}${url}`);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      expect(await page.$$('script, img, iframe, a[href^="javascript:"]')).toHaveLength(0);
    }
    expect(asked.every((url) => url.startsWith(served.origin))).toBe(true);
    await context.close();
  });

  test('the audit is downloaded as JSON lines', async () => {
    const { context, page } = await visit({ acceptDownloads: true });
    await page.goto(`${served.origin}/console/audit?type=alarm`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download')]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every((event) => event.type === 'alarm.break_glass')).toBe(true);
    await context.close();
  });
});

async function tabTo(page: Page, text: RegExp | null, selector = ':focus'): Promise<void> {
  for (let times = 0; times < 120; times += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    if (text?.test((await focused.textContent()) ?? '')) return;
    if (text === null && (await page.locator(`${selector}:focus`).count()) > 0) return;
  }
  throw new Error(`the keyboard does not reach ${text ?? selector}`);
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  return (
    found as { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }
  ).violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join(' | ')}`,
  );
}

function runIdFor(approval: ApprovalRecord): string {
  return runIdOf(approval.plan_id);
}
