import type * as z from 'zod';

/** What is wrong with an operator's configuration: one sentence that names the key and how to mend it. */
export class ConfigProblem extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'ConfigProblem';
  }
}

/** The first thing wrong with a file. A misnamed key comes before the missing one that it causes. */
export function sentenceOf(file: string, error: z.ZodError): string {
  const issues = error.issues.flatMap((issue) => unfold(issue, []));
  const first = issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0];
  if (first === undefined) return `${file} is not a valid environment file`;
  const path = first.code === 'unrecognized_keys' ? [...first.path, first.keys[0] ?? ''] : first.path;
  return `${file}: ${dotted(path)} ${first.message}`;
}

/** Of the branches of a union, the one whose outermost shape fits what was given; else the union itself. */
function unfold(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): z.core.$ZodIssue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const branch = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
  );
  return branch === undefined ? [{ ...issue, path }] : branch.flatMap((each) => unfold(each, path));
}

/** `sources[0].git.refs`; the file as a whole is `the file`. */
function dotted(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
