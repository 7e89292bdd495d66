/** Whether the audit holds, in one sentence for people. */
import { type VerifyOptions, verifyAudit } from './verify.ts';

export async function auditState(
  options: VerifyOptions,
  now: Date,
): Promise<{ readonly holds: boolean; readonly what: string; readonly at: string }> {
  const at = now.toISOString();
  const verified = await verifyAudit(options);
  if (!verified.ok) {
    const { kind, chain, seq, message } = verified.problem;
    return { holds: false, what: `${kind} at ${chain} ${seq}: ${message}`, at };
  }
  const { events, chains, checkpoints } = verified;
  return { holds: true, what: `${events} events in ${chains} chains, ${checkpoints} signed checkpoints`, at };
}
