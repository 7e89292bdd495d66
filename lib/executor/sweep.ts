/**
 * The last look at text before an agent or a page sees it: secrets known by their shape alone. What is known
 * by value or by name was taken out before, by `core/redact.ts`.
 */
import { REDACTED } from '../core/redact.ts';
import { type Range, shapeRanges } from './secret-shapes.ts';

/**
 * Replaces everything that looks like a secret by `[redacted]`. Text beyond a megabyte is read in windows
 * that overlap, so that nothing hides on a seam. Rejects when a rule or the library fails: text that could
 * not be swept must not be shown.
 */
export async function sweepSecrets(text: string): Promise<string> {
  if (text === '') return text;
  const rules = await loadRules();
  const found: Range[] = shapeRanges(text);
  for (let from = 0; ; from += WINDOW - OVERLAP) {
    const window = text.slice(from, from + WINDOW);
    for (const [start, end] of await ruleRanges(window, rules)) found.push([from + start, from + end]);
    if (from + WINDOW >= text.length) return without(text, found);
  }
}

const WINDOW = 1 << 20;
/** Longer than any secret that has one shape; PEM blocks of any length are `shapeRanges`' own. */
const OVERLAP = 1 << 14;

/**
 * The part of secretlint's rule interface that is used. Its rules are run directly: `@secretlint/core` keeps
 * performance marks for every call, for ever (the 3,000th call took 40 ms where the first took 6), shifts
 * ranges after a byte order mark, and lets a comment inside the text switch rules off.
 */
interface Rule {
  readonly meta: { readonly id: string };
  create(context: RuleContext, options: object): { file?(source: Source): void | Promise<void> };
}

interface RuleContext {
  readonly sharedOptions: object;
  createTranslator(): (messageId: string, data?: object) => Told;
  report(found: { readonly message: Told; readonly range: Range }): void;
  ignore(): void;
}

interface Told {
  readonly message: string;
  readonly messageId: string;
  readonly data: object;
}

interface Source {
  readonly content: string;
  readonly hasBOM: boolean;
  readonly contentType: 'text';
  /** Never `.p12` or `.json`: for those, rules would read a file. */
  readonly ext: '.txt';
  readonly filePath: undefined;
}

/** Lets a text switch rules off by a comment, which is not for an agent's output to decide. */
const FILTER_RULE = '@secretlint/secretlint-rule-filter-comments';

let loaded: Promise<readonly Rule[]> | null = null;

function loadRules(): Promise<readonly Rule[]> {
  loaded ??= importRules().catch((cause: unknown) => {
    loaded = null;
    throw cause;
  });
  return loaded;
}

async function importRules(): Promise<readonly Rule[]> {
  const preset: { readonly rules: readonly unknown[] } = await import(
    '@secretlint/secretlint-rule-preset-recommend'
  );
  const rules = preset.rules.map(asRule).filter((rule) => rule.meta.id !== FILTER_RULE);
  if (rules.length === 0) throw new Error('the secret rules are missing; output cannot be swept');
  return rules;
}

function asRule(rule: unknown): Rule {
  if (typeof rule !== 'object' || rule === null || !('create' in rule) || !('meta' in rule)) {
    throw new Error('a secret rule has an unknown shape; output cannot be swept');
  }
  return rule as Rule;
}

async function ruleRanges(content: string, rules: readonly Rule[]): Promise<Range[]> {
  const found: Range[] = [];
  const values = new Set<string>();
  const source: Source = { content, hasBOM: false, contentType: 'text', ext: '.txt', filePath: undefined };
  const context: RuleContext = {
    sharedOptions: {},
    createTranslator: () => (messageId, data) => ({ message: '', messageId, data: data ?? {} }),
    report: ({ message, range }) => {
      found.push(range);
      for (const value of Object.values(message.data)) {
        if (typeof value === 'string' && value.length >= 8) values.add(value);
      }
    },
    ignore: () => undefined,
  };
  for (const rule of rules) await rule.create(context, {}).file?.(source);
  // Some rules report where their match begins and how long the secret is: not where the secret lies.
  for (const value of values) {
    for (let at = content.indexOf(value); at >= 0; at = content.indexOf(value, at + value.length)) {
      found.push([at, at + value.length]);
    }
  }
  return found;
}

function without(text: string, ranges: readonly Range[]): string {
  let out = '';
  let kept = 0;
  let hidden: Range | null = null;
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (hidden !== null && from <= hidden[1]) {
      hidden = [hidden[0], Math.max(hidden[1], to)];
      continue;
    }
    if (hidden !== null) {
      out += text.slice(kept, hidden[0]) + REDACTED;
      kept = hidden[1];
    }
    hidden = [from, to];
  }
  return hidden === null ? text : out + text.slice(kept, hidden[0]) + REDACTED + text.slice(hidden[1]);
}
