/** What a variable is known to hold. */
export interface Value {
  readonly text: string;
  readonly certain: boolean;
  readonly fetched: boolean;
  /** The text is a pattern that stands for each name that it matches. */
  readonly pattern?: boolean;
}

/**
 * Variables set by the command text itself; what the environment holds is never known. An inner scope sees the
 * outer one and leaves it as it is.
 */
export class Scope {
  private readonly outer: Scope | null;
  /** Null for a variable whose value is not followed any more. */
  private own: Map<string, Value | null> | null = null;

  constructor(outer: Scope | null = null) {
    this.outer = outer;
  }

  static of(texts: Readonly<Record<string, string>>): Scope {
    const scope = new Scope();
    for (const [name, text] of Object.entries(texts))
      scope.set(name, { text, certain: true, fetched: false });
    return scope;
  }

  get(name: string): Value | undefined {
    let scope: Scope | null = this;
    while (scope !== null) {
      const value = scope.own?.get(name);
      if (value !== undefined) return value ?? undefined;
      scope = scope.outer;
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, value: Value): void {
    this.own ??= new Map();
    this.own.set(name, value);
  }

  forget(name: string): void {
    this.own ??= new Map();
    this.own.set(name, null);
  }

  /** All that is certain here, as texts. */
  constants(): Readonly<Record<string, string>> {
    const known = new Map(Object.entries(this.outer?.constants() ?? {}));
    for (const [name, value] of this.own ?? []) {
      if (value?.certain === true && value.pattern !== true && !value.fetched) known.set(name, value.text);
      else known.delete(name);
    }
    return Object.fromEntries(known);
  }

  /** What was set here and not further out. */
  changes(): readonly (readonly [string, Value])[] {
    return [...(this.own ?? [])].flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  }
}
