import type { Node } from './tree.ts';

/**
 * What an allowed command became: a plan that an executor runs without any shell. Plain JSON.
 *
 * Duties of the executor, which judging by text alone cannot fulfil:
 * - spawn each `run` with an absolute binary of its own choosing for `program`, an empty environment plus `env`,
 *   and the words as they are;
 * - resolve links in `paths` and in every glob result, and refuse (`isSecretPath`) what then is secret or, when
 *   the path is relative, lies outside the root; the same for `cd`, which only changes the executor's own idea
 *   of the current folder;
 * - expand a `glob` against the current folder, hidden names only where the pattern says so, sorted; when nothing
 *   matches pass the pattern itself; put `./` before a result that starts with `-`.
 */
export type JudgedScript =
  | JudgedRun
  | { readonly kind: 'sequence'; readonly nodes: readonly JudgedScript[] }
  /** `&&`: right runs only if left ended with status 0. */
  | { readonly kind: 'and'; readonly left: JudgedScript; readonly right: JudgedScript }
  | { readonly kind: 'or'; readonly left: JudgedScript; readonly right: JudgedScript }
  | { readonly kind: 'not'; readonly body: JudgedScript }
  /** Stages run side by side, each in a copy of the current folder. The status is that of the last stage. */
  | {
      readonly kind: 'pipe';
      readonly stages: readonly JudgedScript[];
      /** One per joint: standard error flows into the next stage as well. */
      readonly withStderr: readonly boolean[];
    }
  | {
      readonly kind: 'if';
      readonly test: JudgedScript;
      readonly body: JudgedScript;
      readonly otherwise: JudgedScript | null;
    }
  /**
   * `for` over names that patterns match. `sample` is what the body was judged as, with the patterns in place of the
   * names; what runs is the body judged again (`judgeBody`) with each name, `variables` being set too.
   */
  | {
      readonly kind: 'each';
      readonly name: string;
      readonly values: readonly JudgedWord[];
      readonly variables: Readonly<Record<string, string>>;
      readonly body: Node;
      readonly sample: JudgedScript;
    }
  /** A `cd` inside does not last. */
  | { readonly kind: 'subshell'; readonly body: JudgedScript; readonly redirects: readonly JudgedRedirect[] }
  /** `bash -c`: a subshell that begins anew, with status 0 and no options. */
  | { readonly kind: 'shell'; readonly body: JudgedScript; readonly redirects: readonly JudgedRedirect[] }
  /** `set -e`, `set -o pipefail`, as bash means them; null leaves an option as it is. */
  | { readonly kind: 'options'; readonly errexit: boolean | null; readonly pipefail: boolean | null }
  | { readonly kind: 'cd'; readonly path: string }
  /** `command -v`, `which`, `type`: print where the executor finds each name; status 1 if one is missing. */
  | {
      readonly kind: 'lookup';
      readonly names: readonly string[];
      readonly redirects: readonly JudgedRedirect[];
    }
  /** `timeout`: end the body after so many seconds with status 124. */
  | { readonly kind: 'limit'; readonly seconds: number; readonly body: JudgedScript }
  /** Does nothing, with status 0. */
  | { readonly kind: 'nothing' };

export interface JudgedRun {
  readonly kind: 'run';
  /** A bare program name. */
  readonly program: string;
  /** The arguments after the program name. */
  readonly words: readonly JudgedWord[];
  /** Harmless variables such as LC_ALL. */
  readonly env: Readonly<Record<string, string>>;
  /** Applied from left to right, after the pipe. */
  readonly redirects: readonly JudgedRedirect[];
  /** Literal paths that the program will open. */
  readonly paths: readonly string[];
  /** It is asked what it is, and starts in `/`: many a program runs what the project around it names. */
  readonly away: boolean;
}

export type JudgedWord =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'glob'; readonly pattern: string }
  /** `<(…)`: the name of a descriptor, /dev/fd/63 and downwards as in bash, where the output of the script is read. */
  | { readonly kind: 'process'; readonly script: JudgedScript }
  /** Only in words of `echo` and `printf`. */
  | { readonly kind: 'join'; readonly parts: readonly JudgedPart[] };

export type JudgedPart =
  | { readonly kind: 'text'; readonly text: string }
  /** Output of a script without its last newlines. `split`: it was unquoted, so runs of white space separate words. */
  | { readonly kind: 'output'; readonly script: JudgedScript; readonly split: boolean }
  /** `$?`: the status of what ran before. */
  | { readonly kind: 'status' };

export type JudgedRedirect =
  /** Standard input from a file, also listed in the run's `paths`. */
  | { readonly kind: 'input'; readonly path: string }
  /** Standard input is this text. */
  | { readonly kind: 'text'; readonly text: string }
  /** Discard. `fds` holds 1, 2 or both. */
  | { readonly kind: 'discard'; readonly fds: readonly number[] }
  /** `from>&to` among 1 and 2. */
  | { readonly kind: 'dup'; readonly from: number; readonly to: number };
