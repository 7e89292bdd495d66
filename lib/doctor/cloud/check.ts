/** One thing that only a deployed gateway can answer, and what it answered. */
export interface CloudCheck {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly group: 'the agent API' | 'what the agent may not' | 'the account';
  /** `problem` fails the doctor; `advice` does not. What could not be told is a problem: nobody knows that it holds. */
  readonly level: 'ok' | 'advice' | 'problem';
  readonly message: string;
}

/** A check that breaks has failed. */
export async function tried(
  id: string,
  group: CloudCheck['group'],
  run: () => Promise<Pick<CloudCheck, 'level' | 'message'>>,
): Promise<CloudCheck> {
  try {
    return { id, group, ...(await run()) };
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    return { id, group, level: 'problem', message: `could not be told: ${why}` };
  }
}

export type Said = Pick<CloudCheck, 'level' | 'message'>;

export const ok = (message: string): Said => ({ level: 'ok', message });
export const advice = (message: string): Said => ({ level: 'advice', message });
export const problem = (message: string): Said => ({ level: 'problem', message });
