import { awkFamily } from './awk.ts';
import { data } from './data.ts';
import { files } from './files.ts';
import { gitFamily } from './git.ts';
import { kubectlFamily } from './kubectl.ts';
import { network } from './network.ts';
import { print } from './print.ts';
import { processes } from './processes.ts';
import type { CommandFamily, CommandRule } from './rule.ts';
import { search } from './search.ts';
import { sedFamily } from './sed.ts';
import { system } from './system.ts';
import { terraformFamily } from './terraform.ts';
import { text } from './text.ts';
import { versions } from './versions.ts';

export const FAMILIES: readonly CommandFamily[] = [
  files,
  text,
  search,
  data,
  sedFamily,
  awkFamily,
  print,
  system,
  processes,
  network,
  versions,
  gitFamily,
  kubectlFamily,
  terraformFamily,
];

const RULES: ReadonlyMap<string, CommandRule> = new Map(
  FAMILIES.flatMap((family) => Object.entries(family.rules)),
);

/** The rule for a program name, or undefined: then nothing is known about it and it is not read-only. */
export function ruleFor(program: string): CommandRule | undefined {
  return RULES.get(program);
}
