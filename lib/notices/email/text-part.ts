/** The plain-text part: the same facts in the same order, 72 columns wide. */
import type { Changes, NoticeContent } from '../content.ts';
import { foreign, foreignWords, MADE_SAFE } from './foreign.ts';

export interface Letter {
  readonly content: NoticeContent;
  /** The reader's own link to decide with; null where there is none. */
  readonly link: string | null;
  /** The console's page, without a secret; null where there is no console. */
  readonly pageUrl: string | null;
}

export function textPart({ content, link, pageUrl }: Letter): string {
  const { title, alarm, command, facts, changes, reasons, said, agentWords } = content;
  const parts = [
    wrap(foreign(title)),
    alarm === null ? null : wrap(foreign(alarm.text), '   ', '>> '),
    command === null ? null : commandText(command),
    table(facts.map(({ label, value }) => [label, foreign(value)] as const)),
    link === null ? null : `${LINK_WORDS}\n\n    ${link}\n\n${wrap(LINK_NOTE)}`,
    changes === null ? null : changesText(changes),
    reasons.length === 0
      ? null
      : `Why you are asked:\n\n${reasons.map((each) => wrap(foreign(each), '  ', '* ')).join('\n')}`,
    said.length === 0
      ? null
      : said
          .map(({ who, did, reason }) =>
            wrap(`${foreign(who)} ${did}${reason === '' ? '' : `: "${foreign(reason)}"`}`, '  '),
          )
          .join('\n'),
    agentWords === null
      ? null
      : `${wrap("The agent's own words. Nobody checked them; they may be wrong or meant to mislead.")}\n${quote(
          [
            foreignWords(agentWords.reason === '' ? '(none)' : agentWords.reason),
            ...(agentWords.operation === null
              ? []
              : [`Operation, it says: ${foreignWords(agentWords.operation)}`]),
            ...(agentWords.target === null ? [] : [`Target, it says: ${foreignWords(agentWords.target)}`]),
          ].join('\n'),
        )}`,
    link !== null || pageUrl === null ? null : `In the console: ${pageUrl}`,
    `-- \nThe gateway of ${content.environment}. Answers to this mail reach nobody.`,
  ];
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}

export const LINK_WORDS = 'Look at it and decide:';
export const LINK_NOTE =
  'The link is yours alone and decides as you: do not pass it on. Opening it changes nothing; you approve or reject on the page.';

const WIDTH = 72;

/** Breaks at spaces; a word that is longer than a line stays whole. `first` begins the first line, `hang` the others. */
function wrap(text: string, hang = '', first = ''): string {
  const lines: string[] = [];
  let line = first;
  let bare = true;
  for (const word of text.split(' ')) {
    if (!bare && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${hang}${word}`;
    } else {
      line = bare ? `${line}${word}` : `${line} ${word}`;
    }
    bare = false;
  }
  return [...lines, line].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  const gap = ' '.repeat(width + 2);
  return rows.map(([label, value]) => wrap(value, gap, `${label.padEnd(width)}  `)).join('\n');
}

function changesText({ together, shown, more, reach }: Changes): string | null {
  const risks = together.flatMap(({ kind, consequence, why, members }) => [
    wrap(`TOGETHER, ${foreign(kind)}: ${consequence}`, '  ', '* '),
    wrap(foreign(why), '  ', '  '),
    wrap(foreign(members), '    ', '    '),
  ]);
  const changes = shown.flatMap(({ action, address, consequence, why, evidence, advice }) => [
    wrap(`${action.toUpperCase()} ${foreign(address)}: ${consequence}`, '  ', '* '),
    wrap(foreign(why), '  ', '  '),
    ...evidence.map((fact) => wrap(foreign(fact), '      ', '    ')),
    ...(advice === null ? [] : [wrap(`Safer: ${foreign(advice)}`, '  ', '  ')]),
  ]);
  const lines = [...risks, ...changes, ...(more > 0 ? [`* and ${more} more`] : [])];
  const parts = [
    shown.length === 0 && risks.length === 0 ? null : `What changes, the worst first:\n\n${lines.join('\n')}`,
    reach.length === 0
      ? null
      : `How far it reaches:\n\n${reach.map((each) => wrap(foreign(each), '  ', '* ')).join('\n')}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('\n\n');
}

function commandText(command: string): string {
  const shown = foreign(command);
  return `The command:\n\n${indent(shown)}${shown === command ? '' : `\n\n${MADE_SAFE}`}`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

/** No line of it can be taken for one of ours. */
function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => wrap(line, '  | ', '  | '))
    .join('\n');
}
