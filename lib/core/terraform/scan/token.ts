/** What a file in native syntax is made of. */

/** A text that cannot be read with certainty. The message says what and where; it never means "skip it". */
export class Unreadable extends Error {}

export interface Word {
  readonly kind: 'word';
  readonly text: string;
  readonly line: number;
}
export interface Sign {
  readonly kind: 'sign';
  /** One character, or `::`. */
  readonly text: string;
  readonly line: number;
}
export interface Newline {
  readonly kind: 'newline';
  readonly line: number;
}
/** A quoted string, a heredoc or a bare template. Literal parts are unescaped. */
export interface Text {
  readonly kind: 'text';
  readonly form: 'quoted' | 'heredoc' | 'bare';
  readonly parts: readonly Part[];
  readonly line: number;
}
export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'interpolation' | 'directive'; readonly tokens: readonly Token[] };
export type Token = Word | Sign | Newline | Text;
