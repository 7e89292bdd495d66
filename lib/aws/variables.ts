/** Environment variables that must be set. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads one; throws one sentence where it is missing or empty. */
export function required(env: Variables): (name: string) => string {
  return (name) => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`the variable ${name} is not set`);
    return value;
  };
}
