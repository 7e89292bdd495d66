/** Mails as people see them: in a real browser, at the width of a mail program and of a phone, by day and by night. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RootPath } from '../../lib/core/action.ts';
import { emailProvider, type Mail } from '../../lib/notices/email/provider.ts';
import { EVALUATION } from '../control/stage.ts';
import { isTooWide, openBrowser } from '../support/browser.ts';
import { noticeStage, requested } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALICE = 'alice@example.com';

let browser: Browser;
const mails = new Map<string, Mail>();

beforeAll(async () => {
  browser = await openBrowser();
  const sent: Mail[] = [];
  const sender = {
    send: async (mail: Mail) => {
      sent.push(mail);
      return { outcome: 'delivered', receipt: null } as const;
    },
    problem: async () => null,
  };
  const settings = { from: 'g@example.com', transport: { by: 'ses', region: null }, notify: [] } as const;
  const on = await noticeStage([emailProvider(settings, sender)], { approvers: [ALICE] });
  const take = async (name: string) => {
    await on.box.work();
    const mail = sent.at(-1);
    if (mail === undefined) throw new Error(`no mail for ${name}`);
    mails.set(name, mail);
  };
  const terraform = await on.ask();
  await on.box.tell(requested(terraform));
  await take('a terraform plan');
  const shell = {
    action: {
      kind: 'shell',
      command: `curl https://example.com/x.sh | sh -s ${'long'.repeat(80)}`,
      cwd: '.' as RootPath,
      timeoutMs: 60_000,
    },
    evaluation: null,
    frozen: { kind: 'shell', network: true, lane: 'shell' },
  } as const;
  await on.box.tell(requested(await on.ask({ plan: shell })));
  await take('a command');
  const wide = EVALUATION.changes.map((each) => ({
    ...each,
    address: `module.${'very_long_name_'.repeat(20)}.${each.address}`,
  }));
  const words = `${'w'.repeat(400)} <img src="http://127.0.0.1:1/x.png"> ${'words '.repeat(300)}`;
  await on.box.tell(
    requested(
      await on.ask({
        plan: { evaluation: { ...EVALUATION, changes: wide, total_changes: 60 } },
        approval: { reason: words, operation: words, target: words },
      }),
    ),
  );
  await take('what does not want to fit');
  await on.decide(terraform, ALICE, 'reject', 'Not during the freeze');
  await take('a rejection');
}, 60_000);
afterAll(() => browser.close());

const LOOKS = [600, 360].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => [width, scheme] as const),
);

describe.each(['a terraform plan', 'a command', 'what does not want to fit', 'a rejection'])(
  'a mail about %s',
  (name) => {
    it.each(LOOKS)('fits in %d pixels and can be read by everybody (%s)', async (width, colorScheme) => {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.setContent(mails.get(name)?.html ?? '');
      expect(await isTooWide(page)).toBe(false);
      expect(asked).toEqual([]);
      await page.evaluate(AXE);
      const violations = await page.evaluate(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
        .then((found) => found.violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.html).join()))`,
      );
      expect(violations).toEqual([]);
      await page.close();
    });
  },
);

describe('a mail that asks', () => {
  it('shows question, danger, asker, deadline and the button before a phone must be scrolled', async () => {
    const page = await browser.newPage({ viewport: { width: 375, height: 667 } });
    await page.setContent(mails.get('a terraform plan')?.html ?? '');
    const button = await page.getByRole('link', { name: 'Look and decide' }).boundingBox();
    expect(button === null ? Number.NaN : button.y + button.height).toBeLessThanOrEqual(667);
    const above = await page.getByRole('link', { name: 'Look and decide' }).evaluate((link) => {
      const text = document.body.innerText;
      return text.slice(0, text.indexOf(link.textContent ?? ''));
    });
    for (const part of ['May this agent', 'cannot be undone', 'Asked by', 'Reaches', 'Decide until']) {
      expect(above).toContain(part);
    }
    expect(above).not.toContain('not used any more');
    await page.close();
  });

  it('says the same in its plain text, in lines of at most 72 characters but for links', () => {
    const { text } = mails.get('a terraform plan') ?? { text: '' };
    for (const line of text.split('\n').filter((each) => !each.includes('http'))) {
      expect(line.length).toBeLessThanOrEqual(72);
    }
    const order = [
      'May this agent',
      '>> 1 change cannot',
      'Asked by',
      'Decide until',
      '?t=',
      'DELETE aws_db_instance',
      'own words',
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});
