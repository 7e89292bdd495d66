/**
 * What the operator gives terraform as TF_VAR_… is secret, whatever the configuration says of the variable: in the
 * cloud it comes from a secret, on one machine from the environment that agents do not see.
 */
import { MIN_SECRET_LENGTH } from '../../core/redact.ts';

export interface SecretVariables {
  /** As the configuration names them. */
  readonly names: readonly string[];
  /** The values as they were given, and every text in those that are JSON. */
  readonly values: readonly string[];
}

export function secretVariables(env: Readonly<Record<string, string | undefined>>): SecretVariables {
  const given = Object.entries(env).flatMap(([name, value]): (readonly [string, string])[] =>
    name.startsWith(PREFIX) && value !== undefined ? [[name.slice(PREFIX.length), value]] : [],
  );
  const values = given.flatMap(([, value]) => [value, ...textsIn(value)]);
  return {
    names: given.map(([name]) => name).sort(),
    values: [...new Set(values)].filter(({ length }) => length >= MIN_SECRET_LENGTH),
  };
}

const PREFIX = 'TF_VAR_';

/** Lists and objects are given as JSON; those in terraform's own syntax are one text. */
function textsIn(value: string): string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  try {
    const texts: string[] = [];
    JSON.parse(value, (_key, held: unknown) => {
      if (typeof held === 'string') texts.push(held);
      return held;
    });
    return texts;
  } catch {
    return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
  }
}
