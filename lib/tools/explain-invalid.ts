/** One sentence for arguments that do not fit: which one, why, and the nearest name where it has a typo. */
import * as z from 'zod';
import { nearestName } from '../core/policy/nearest.ts';

export function explainInvalid(error: z.ZodError, schema: z.ZodType): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const problems = error.issues.slice(0, 5).map((issue) => explainIssue(issue, known));
  const more = error.issues.length > 5 ? ` And ${error.issues.length - 5} more.` : '';
  return `${problems.join(' ')}${more}`;
}

function explainIssue(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    return issue.keys.map((key) => explainUnknown(key, known)).join(' ');
  }
  const where = issue.path.length === 0 ? 'arguments' : issue.path.map(String).join('.');
  return `${where}: ${issue.message}.`;
}

function explainUnknown(key: string, known: readonly string[]): string {
  const name = JSON.stringify(key.slice(0, 100));
  const near = nearestName(key, known);
  const hint = near === null ? `This tool takes: ${known.join(', ')}.` : `Did you mean ${near}?`;
  return `Unknown argument ${name}. ${hint}`;
}
