/** Whatever an agent writes, wherever it can write something: it stays text in every channel. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compose } from '../../lib/notices/compose.ts';
import type { NoticeContent } from '../../lib/notices/content.ts';
import { htmlPart } from '../../lib/notices/email/html-part.ts';
import { rawMessage } from '../../lib/notices/email/mime.ts';
import { textPart } from '../../lib/notices/email/text-part.ts';
import { descriptionOf, noteOf, shortOf } from '../../lib/notices/servicenow/text.ts';
import { blocksOf, fallbackOf } from '../../lib/notices/slack/blocks.ts';
import { EVALUATION } from '../control/stage.ts';
import { Blocks } from '../support/providers/slack.ts';
import { noticeStage, requested } from './stage.ts';

const NASTY = [
  '\r\nBcc: x@example.com\r\n\r\n',
  '</td></table><script>alert(1)</script>',
  '<!channel> <@U1> <https://evil.example|Approve>',
  '*bold* _it_ `code` ```',
  '[code]<b>x</b>[/code]',
  'https://evil.example/a?b=c#d',
  '\u202e\u2066\u200b\u0000\u001b[31m\ud800',
  '" onmouseover="alert(1)',
  '&lt;b&gt; &#60;',
  '\n-- \nThe gateway of prod.\n',
  '{{7*7}}',
  '='.repeat(80),
];
const words = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 40, unit: 'binary' })), { maxLength: 6 })
  .map((parts) => parts.join(''));

const LINK = 'https://gateway.example.com/a/apr_x?t=secret.mac';

async function contentWith(text: string): Promise<NoticeContent> {
  const on = await noticeStage([]);
  const approval = await on.ask({
    plan: {
      action: {
        kind: 'kubectl-exec',
        pod: text as never,
        command: ['sh', text],
        namespace: text,
        container: null,
      },
      caller: { agent: text, human: text },
      evaluation: {
        ...EVALUATION,
        changes: EVALUATION.changes.map((each) => ({
          ...each,
          address: `a${text}`,
          why: text,
          evidence: [{ path: text, value: { [text]: text } }],
          advice: text,
          deposed: text,
        })),
        cross_action_risks: [{ kind: text, members: [text, text], tier: 4, why: text }],
        blast_radius: [
          { address: text, direct: [text], all: [text], paths: [{ address: text, through: [text] }] },
        ],
      },
      reasons: [{ rule: text, class: null, address: text, message: text }],
    },
    approval: { reason: text, operation: text, target: text, requested_by: { agent: text, human: text } },
  });
  const content = await compose({ ...on.deps, sweep: async (each) => each }, requested(approval));
  if ('skip' in content) throw new Error(content.skip);
  return content;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

it('in the words of a notice nothing hides and nothing is long', async () => {
  await fc.assert(
    fc.asyncProperty(words, async (text) => {
      const content = await contentWith(text);
      expect(JSON.stringify(content).length).toBeLessThan(30_000);
      const all = textsIn(content);
      for (const each of all) expect(each).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(content.subject).not.toMatch(/[\n\t]/);
      expect(content.subject.length).toBeLessThanOrEqual(150);
    }),
    { numRuns: 150 },
  );
});

it('a mail has our headers, our elements and our one link', async () => {
  const plain = await htmlPart({ content: await contentWith('x'), link: LINK, pageUrl: null });
  const elements = (html: string) => (html.match(/<\/?[a-z][a-z0-9]*/gi) ?? []).join(' ');
  await fc.assert(
    fc.asyncProperty(words, async (text) => {
      const letter = { content: await contentWith(text), link: LINK, pageUrl: null };
      const html = await htmlPart(letter);
      const paragraphs = (given: string) =>
        elements(given)
          .replace(/<p <\/p/g, '')
          .replace(/ +/g, ' ');
      expect(paragraphs(html)).toBe(paragraphs(plain));
      expect(html.match(/href=/g)).toHaveLength(1);
      expect(html).not.toMatch(/ on[a-z]+=(?!&)"/);
      const body = textPart(letter);
      expect(body.match(/:\/\//g)).toHaveLength(1);
      const raw = Buffer.from(
        await rawMessage({
          from: 'g@example.com',
          to: 'alice@example.com',
          subject: letter.content.subject,
          text: body,
          html,
          messageId: '<ntc_x@example.com>',
          follows: null,
        }),
      ).toString('utf8');
      const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
      const names = head
        .replace(/\r\n[ \t]+/g, ' ')
        .split('\r\n')
        .map((line) => line.split(':')[0]);
      expect(names.sort()).toEqual([
        ...['Auto-Submitted', 'Content-Type', 'Date', 'From', 'MIME-Version', 'Message-ID', 'Subject', 'To'],
        'X-Auto-Response-Suppress',
      ]);
    }),
    { numRuns: 100 },
  );
});

it('Slack gets blocks that it accepts, in which nothing is read as markup', async () => {
  await fc.assert(
    fc.asyncProperty(words, async (text) => {
      const content = await contentWith(text);
      const blocks = blocksOf(content, true, LINK);
      expect(Blocks.safeParse(blocks).error?.issues ?? []).toEqual([]);
      expect(JSON.stringify(blocks)).not.toContain('mrkdwn');
      expect(fallbackOf(content)).not.toMatch(/<|>/);
    }),
    { numRuns: 100 },
  );
});

it('ServiceNow gets text that fits, in which nothing is shown as HTML', async () => {
  await fc.assert(
    fc.asyncProperty(words, async (text) => {
      const content = await contentWith(text);
      for (const [given, most] of [
        [descriptionOf(content, null), 4000],
        [noteOf(content), 4000],
        [shortOf(content), 160],
      ] as const) {
        expect(given.length).toBeLessThanOrEqual(most);
        expect(given).not.toMatch(/\[\/?code\]/i);
      }
      expect(shortOf(content)).not.toContain('\n');
    }),
    { numRuns: 100 },
  );
});
