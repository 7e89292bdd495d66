import type { Cleaner } from './clean.ts';
import type { NoticeDeps } from './deps.ts';

/** What composing reads with. */
export interface Composing {
  readonly deps: NoticeDeps;
  readonly clean: Cleaner;
  readonly now: Date;
}
