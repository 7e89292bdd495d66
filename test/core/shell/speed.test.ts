/** What one verdict costs. The best of several tries counts: other work on the machine is not the judge's. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';

const COMMANDS = ['shell-dev.jsonl', 'shell-own.jsonl'].flatMap((name) =>
  readFileSync(new URL(`../../corpus/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line): string => JSON.parse(line).cmd),
);

function bestOf(tries: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let done = 0; done < tries; done += 1) {
    const from = performance.now();
    work();
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

it('gives at least 20,000 verdicts a second over the corpus', () => {
  let took = 0;
  // In small parts, so that few of them are interrupted every time.
  for (let from = 0; from < COMMANDS.length; from += 50) {
    const part = COMMANDS.slice(from, from + 50);
    took += bestOf(8, () => {
      for (const command of part) judgeShell(command);
    });
  }
  expect(COMMANDS.length / (took / 1000)).toBeGreaterThan(20_000);
});

it('stays below a millisecond for a kilobyte, chained or long', () => {
  const plain = COMMANDS.filter((text) => text.length < 60 && !/[\n#]/.test(text) && !/\bcd\b/.test(text));
  const chain = (from: number, by: string): string => {
    let text = plain[from % plain.length] ?? '';
    for (let at = from; ; at += 7919) {
      const next = plain[at % plain.length] ?? '';
      if (text.length + by.length + next.length > 1024) return text;
      text += by + next;
    }
  };
  const starts = Array.from({ length: 50 }, (_, i) => i * 131);
  const commands = [
    `grep -n 'some words' ${'src/folder/file-name.txt '.repeat(39)}`,
    ...starts.flatMap((start) => [' ; ', ' && ', ' | '].map((by) => chain(start, by))),
    ...['ls; '.repeat(255), 'ls && '.repeat(170), 'echo "$(ls)"; '.repeat(73)].map((text) => `${text}ls`),
  ];
  for (const command of commands) {
    expect(command.length).toBeGreaterThan(900);
    expect(
      bestOf(40, () => judgeShell(command)),
      command,
    ).toBeLessThan(1);
  }
});
