/**
 * What this very process is doing. A record in the store that says "running, by this process" while the
 * process knows nothing of it is left over from a write that failed after it persisted.
 */
export class InFlight {
  readonly #work = new Map<string, { readonly done: Promise<unknown>; readonly abort: AbortController }>();
  readonly #claimed = new Set<string>();

  has(id: string): boolean {
    return this.#claimed.has(id) || this.#work.has(id);
  }

  /** Says that this process is about to write a record that names it as owner. */
  claim(id: string): void {
    this.#claimed.add(id);
  }

  release(id: string): void {
    this.#claimed.delete(id);
  }

  /** Starts work that nobody needs to wait for; its failure is the work's own to record. */
  start(id: string, work: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const done = work(abort.signal).finally(() => {
      this.#work.delete(id);
      this.#claimed.delete(id);
    });
    done.catch(() => {});
    this.#work.set(id, { done, abort });
  }

  /** Resolves when the work is over or the time is up, whichever is first; true if it is over. */
  async settled(id: string, milliseconds: number): Promise<boolean> {
    const work = this.#work.get(id);
    if (!work) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    const over = work.done.then(
      () => true,
      () => true,
    );
    try {
      return await Promise.race([over, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  abort(id: string): boolean {
    const work = this.#work.get(id);
    work?.abort.abort();
    return work !== undefined;
  }

  ids(): string[] {
    return [...this.#work.keys()];
  }
}
