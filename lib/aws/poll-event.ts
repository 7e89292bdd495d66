/** The event by which the clock has ServiceNow polled. */

/** What the rule sends, to the letter. API Gateway's events have other members, and no client can choose them. */
export const POLL_EVENT = { poll: 'servicenow' } as const;

export function isPollEvent(event: unknown): boolean {
  return (
    typeof event === 'object' &&
    event !== null &&
    Object.keys(event).length === 1 &&
    'poll' in event &&
    event.poll === POLL_EVENT.poll
  );
}
