/** A notice as the plain text of a change request. */
import { cut } from '../clean.ts';
import type { NoticeContent } from '../content.ts';

const MOST = 3_900;

export function descriptionOf(content: NoticeContent, pageUrl: string | null): string {
  const { title, alarm, command, facts, changes, reasons, agentWords } = content;
  const parts = [
    title,
    alarm?.text ?? null,
    command === null ? null : `The command:\n${command}`,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    changes === null || changes.shown.length === 0
      ? null
      : `What changes, the worst first:\n${changes.shown
          .map(
            ({ action, address, consequence, why }) =>
              `- ${action.toUpperCase()} ${address}: ${consequence}. ${why}`,
          )
          .join('\n')}${changes.more === 0 ? '' : `\n- and ${changes.more} more, none worse`}`,
    reasons.length === 0
      ? null
      : `Why policy asks a human:\n${reasons.map((each) => `- ${each}`).join('\n')}`,
    pageUrl === null ? null : `In the console: ${pageUrl}`,
    agentWords === null
      ? null
      : `The agent's own words. Nobody checked them; they may be wrong or meant to mislead.\n${quoted(
          [
            agentWords.reason === '' ? '(none)' : agentWords.reason,
            ...(agentWords.operation === null ? [] : [`Operation, it says: ${agentWords.operation}`]),
            ...(agentWords.target === null ? [] : [`Target, it says: ${agentWords.target}`]),
          ].join('\n'),
        )}`,
  ];
  return cut(inert(parts.filter((part) => part !== null && part !== '').join('\n\n')), MOST);
}

/** What a later event adds. */
export function noteOf({ alarm, title, said, facts, run_id }: NoticeContent): string {
  const who = said.map(({ who, did, reason }) => `${who} ${did}${reason === '' ? '' : `: "${reason}"`}`);
  const about = run_id === null ? [] : facts.map(({ label, value }) => `${label}: ${value}`);
  const parts = [title, alarm?.text ?? null, ...who, ...about];
  return cut(inert(parts.filter((part) => part !== null).join('\n')), MOST);
}

/** A short description is one line of at most 160 characters. */
export function shortOf({ subject }: NoticeContent): string {
  return cut(inert(subject), 160);
}

/** ServiceNow shows what stands between these marks as HTML. */
function inert(text: string): string {
  return text.replace(/\[(\s*\/?\s*code)/gi, '[ $1');
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n');
}
