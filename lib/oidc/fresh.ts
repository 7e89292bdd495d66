/**
 * Something fetched, kept while it is fresh, and for a bounded time longer while it cannot be fetched again.
 * However many ask, one fetch is under way, and failures and impatience are not answered with more of them.
 */
import type { Clock } from '../ports/process.ts';

export interface FreshOptions<T> {
  readonly fetch: () => Promise<T>;
  readonly clock: Clock;
  /** Not fetched again while younger than this. */
  readonly freshMs: number;
  /** Not used when older than this, whatever happens. */
  readonly usableMs: number;
  /** At least this long between two fetches. */
  readonly cooldownMs: number;
}

export class Fresh<T> {
  readonly #options: FreshOptions<T>;
  #kept: { readonly value: T; readonly at: number } | null = null;
  #tried: { readonly at: number; readonly failure: unknown } | null = null;
  #underWay: Promise<void> | null = null;

  constructor(options: FreshOptions<T>) {
    this.#options = options;
  }

  /** Rejects with the last failure where there is nothing usable. */
  async get(): Promise<T> {
    const { freshMs, usableMs } = this.#options;
    if (this.#age() >= freshMs) await this.#fetch();
    if (this.#kept === null || this.#age() >= usableMs) throw this.#failure();
    return this.#kept.value;
  }

  /**
   * As `get`, after a fetch: for whoever misses something in what is kept. Null where that was fetched so
   * lately that it will not have changed. Rejects where the fetch failed.
   */
  async again(): Promise<T | null> {
    const before = this.#kept;
    await this.#fetch();
    if (this.#tried !== null && this.#tried.failure !== null) throw this.#failure();
    return this.#kept === before ? null : (this.#kept?.value ?? null);
  }

  #age(): number {
    const at = this.#kept?.at;
    return at === undefined ? Number.POSITIVE_INFINITY : this.#now() - at;
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #failure(): unknown {
    return this.#tried?.failure ?? new Error('nothing was fetched');
  }

  async #fetch(): Promise<void> {
    if (this.#underWay === null) {
      if (this.#tried !== null && this.#now() - this.#tried.at < this.#options.cooldownMs) return;
      this.#underWay = this.#try().finally(() => {
        this.#underWay = null;
      });
    }
    await this.#underWay;
  }

  /** The time counts from the start, so that an issuer that takes long to fail is not asked again at once. */
  async #try(): Promise<void> {
    const at = this.#now();
    try {
      this.#kept = { value: await this.#options.fetch(), at };
      this.#tried = { at, failure: null };
    } catch (failure) {
      this.#tried = { at, failure };
    }
  }
}
