/** Text for people, as a blob; and the way that text of others takes before it becomes one. */
import type { Digest } from '../core/canonical.ts';
import { redactAssignments, redactText } from '../core/redact.ts';
import type { LifecycleContext, RecordsContext } from './context.ts';

/** The text must be redacted. */
export function putText(ctx: RecordsContext, text: string): Promise<Digest> {
  return ctx.blobs.put(new TextEncoder().encode(text));
}

/** Without the values that are known to be secret, and without what looks like a secret. */
export function redacted(ctx: LifecycleContext, text: string, secrets: readonly string[]): Promise<string> {
  return ctx.sweep(redactAssignments(redactText(text, secrets)));
}
