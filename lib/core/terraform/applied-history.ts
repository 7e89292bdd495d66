/** Findings of plans that were applied before; `at` is when, ISO 8601. */
export interface AppliedHistory {
  readonly findings: readonly { readonly address: string; readonly class: string; readonly at: string }[];
}
