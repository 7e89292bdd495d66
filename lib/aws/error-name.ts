/** The name that an AWS service gave an error; what an answer means is decided by this and nothing else. */
export function errorName(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}
