import type { BlockRule } from './rule.ts';

/** `chmod 777` and its equals: read, write and execute for user, group and everyone, numeric or symbolic. */
export const loosePermissions: BlockRule = ({ call }) => {
  if (call.name !== 'chmod' && call.name !== 'gchmod') return null;
  const mode = call.args.find(({ text }) => !/^--/.test(text) && !/^-[RvcfhHLP]+$/.test(text));
  if (mode === undefined || !opensToAll(mode.text)) return null;
  return {
    rule: 'chmod-777',
    message: `chmod ${mode.source} lets every user read, change and run the file`,
    instead: 'Grant the least that is needed, such as chmod 644 or 755; that needs an approval.',
  };
};

const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1, X: 1 };

function opensToAll(mode: string): boolean {
  const octal = /^[=+]?0*([0-7]{3,4})$/.exec(mode);
  if (octal !== null) return (Number.parseInt(octal[1] ?? '', 8) & 0o777) === 0o777;
  const granted = { u: 0, g: 0, o: 0 };
  for (const clause of mode.split(',')) {
    const parts = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (parts === null) return false;
    const [, who = '', actions = ''] = parts;
    const classes = (['u', 'g', 'o'] as const).filter(
      (one) => who === '' || who.includes('a') || who.includes(one),
    );
    for (const action of actions.match(/[-+=][^-+=]*/g) ?? []) {
      const letters = [...action.slice(1)];
      const bits = letters.reduce((sum, letter) => sum | (BITS[letter] ?? copied(letter, granted)), 0);
      for (const one of classes) {
        if (action.startsWith('-')) granted[one] &= ~bits;
        else granted[one] = action.startsWith('=') ? bits : granted[one] | bits;
      }
    }
  }
  return granted.u === 7 && granted.g === 7 && granted.o === 7;
}

function copied(letter: string, granted: { u: number; g: number; o: number }): number {
  return letter === 'u' || letter === 'g' || letter === 'o' ? granted[letter] : 0;
}
