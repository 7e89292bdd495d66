/**
 * The shell tree that every rule reads: what the parser saw, with quoting resolved and everything
 * the rules do not model folded into `opaque`. It knows nothing of any command.
 */

export type ParameterUse =
  | { readonly k: 'value' }
  /** `${x:-…}`, `${x%/}`: near enough to the value to search for blocked commands, never certain. */
  | { readonly k: 'about' }
  /** `${x:0:1}` with literal numbers. */
  | { readonly k: 'slice'; readonly from: number; readonly length: number | null }
  | { readonly k: 'other' };

export type Piece =
  /** `odd` marks `$'…'` and `$"…"`: read for the block list, never part of an allowed word. */
  | { readonly k: 'text'; readonly v: string; readonly quoted: boolean; readonly odd: boolean }
  | { readonly k: 'glob'; readonly v: string }
  /** An unquoted leading `~` or `~user`. */
  | { readonly k: 'home' }
  | {
      readonly k: 'var';
      readonly name: string;
      readonly use: ParameterUse;
      readonly quoted: boolean;
      readonly nested: readonly Node[];
      readonly source: string;
    }
  | { readonly k: 'command'; readonly body: Node; readonly quoted: boolean }
  | { readonly k: 'process'; readonly direction: '<' | '>'; readonly body: Node }
  | { readonly k: 'unknown'; readonly why: string; readonly nested: readonly Node[] };

export interface Word {
  readonly pieces: readonly Piece[];
  /** As the agent wrote it, for messages. */
  readonly source: string;
  /** It came out of a brace expansion. */
  readonly generated?: boolean;
}

export interface Assign {
  readonly name: string;
  /** Null for arrays, `+=` and subscripts: the value is not followed. */
  readonly value: Word | null;
  readonly nested: readonly Node[];
  readonly source: string;
}

export type Redirection =
  | {
      readonly k: 'file';
      readonly op: '>' | '>>' | '<' | '<>' | '>|' | '&>' | '&>>';
      readonly fd: number | null;
      readonly target: Word;
    }
  | { readonly k: 'dup'; readonly op: '<&' | '>&'; readonly fd: number | null; readonly target: Word }
  /** Here-document or here-string: the text becomes standard input. */
  | {
      readonly k: 'text';
      readonly fd: number | null;
      readonly body: Word;
      readonly quoted: boolean;
      readonly newline: boolean;
    }
  | { readonly k: 'odd'; readonly why: string; readonly nested: readonly Word[] };

export interface Simple {
  readonly k: 'simple';
  readonly assigns: readonly Assign[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirection[];
  readonly source: string;
}

export type Node =
  | Simple
  | {
      readonly k: 'pipe';
      readonly stages: readonly Node[];
      /** One per joint; true for `|&`. */
      readonly withStderr: readonly boolean[];
      readonly negated: boolean;
      readonly source: string;
    }
  | { readonly k: 'logic'; readonly op: '&&' | '||'; readonly left: Node; readonly right: Node }
  | { readonly k: 'list'; readonly nodes: readonly Node[] }
  | { readonly k: 'background'; readonly body: Node; readonly source: string }
  | { readonly k: 'group'; readonly subshell: boolean; readonly body: Node; readonly source: string }
  | {
      readonly k: 'if';
      readonly test: Node;
      readonly body: Node;
      readonly otherwise: Node | null;
      readonly source: string;
    }
  | {
      readonly k: 'for';
      readonly name: string;
      /** Null for `for x; do`: loops over arguments that do not exist here. */
      readonly values: readonly Word[] | null;
      readonly body: Node;
      readonly source: string;
    }
  | {
      readonly k: 'redirected';
      readonly body: Node;
      readonly redirects: readonly Redirection[];
      readonly source: string;
    }
  /** Anything else (`while`, `case`, functions, `[[ ]]`, arithmetic): its parts are still searched. */
  | { readonly k: 'opaque'; readonly what: string; readonly parts: readonly Node[]; readonly source: string };
