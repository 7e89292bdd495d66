/** Reading an HTML form: only the fields named, each at most once, nothing else. */
import type { Context } from 'hono';
import type { Problem } from './answer.ts';
import { bodyText, hasMediaType, TOO_LARGE } from './body.ts';

export type Form<Name extends string> = Readonly<Partial<Record<Name, string>>>;

export async function readForm<Name extends string>(
  c: Context,
  names: readonly Name[],
): Promise<{ readonly form: Form<Name> } | { readonly problem: Problem }> {
  if (!hasMediaType(c, 'application/x-www-form-urlencoded')) return { problem: NOT_A_FORM };
  const text = await bodyText(c);
  if (text === null) return { problem: TOO_LARGE };
  const form: Partial<Record<Name, string>> = {};
  for (const [given, value] of new URLSearchParams(text)) {
    const name = names.find((each) => each === given);
    if (name === undefined || form[name] !== undefined) return { problem: BAD_FORM };
    form[name] = value;
  }
  return { form };
}

const NOT_A_FORM: Problem = { status: 415, code: 'not_a_form', why: 'This address takes a form.' };
const BAD_FORM: Problem = {
  status: 400,
  code: 'invalid_arguments',
  why: 'The form holds a field that is unknown here, or one twice.',
};
