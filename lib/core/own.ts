/**
 * What belongs to the gateway itself: its tables, buckets, keys, machines, functions, roles and folders. No plan of
 * an agent may touch it, whatever policy says. The list comes from the environment's configuration, never from an
 * agent.
 */

export interface OwnResources {
  /**
   * Names; `*` stands for any characters: `recourse-prod-*`. A name counts wherever a text or a part of a path,
   * ARN or URL is it. An absolute path counts with everything under it.
   */
  readonly names: readonly string[];
  /** ARNs, self links or resource ids; `*` likewise. What lies under one (`…/key`, `…:version`) counts too. */
  readonly arns: readonly string[];
  /** Tags or labels that only the gateway's resources carry. One that fits is enough. */
  readonly tags: Readonly<Record<string, string>>;
}

/** For judging outside any gateway, where there is nothing to protect. */
export const NO_OWN: OwnResources = { names: [], arns: [], tags: {} };

export interface OwnMatcher {
  readonly isEmpty: boolean;
  /** The pattern that a text names, alone or among other words; null where it names none. */
  named(text: string): string | null;
  /** As `named`, for ARNs alone. */
  namedByArn(text: string): string | null;
  /** The tag (`key=value`) that fits, or null. */
  tagged(key: string, value: string): string | null;
}

/** A pattern of fewer letters would block half of the world. */
const FEWEST_LITERALS = 4;

/** Why a list cannot be used, as one sentence; null where it can. */
export function ownProblem(own: OwnResources): string | null {
  const vague = [...own.names, ...own.arns].find((each) => literals(each) < FEWEST_LITERALS);
  if (vague !== undefined)
    return `own: "${vague}" has fewer than ${FEWEST_LITERALS} characters beside "*", so it would match too much`;
  const short = own.arns.find((each) => !/[:/]/.test(each));
  if (short !== undefined) return `own.arns: "${short}" is no ARN or resource id; list it under own.names`;
  const bare = Object.entries(own.tags).find(([key, value]) => key === '' || value === '');
  return bare === undefined ? null : `own.tags: "${bare[0]}" needs a key and a value`;
}

/** Throws where `ownProblem` speaks: a gateway must not start with a list that protects nothing. */
export function ownMatcher(own: OwnResources): OwnMatcher {
  const problem = ownProblem(own);
  if (problem !== null) throw new Error(problem);
  const names = own.names.map(patternOf);
  const arns = own.arns.map(patternOf);
  const tags = Object.entries(own.tags).map(([key, value]) => ({
    key,
    value: patternOf(value),
    whole: `${key}=${value}`,
  }));
  const all = [...names.map((each) => each.stem), ...arns.map((each) => each.stem)];
  const isWorthReading = (text: string): boolean =>
    hasWildcard(text) || all.some((stem) => text.includes(stem));
  return {
    isEmpty: names.length + arns.length + tags.length === 0,
    named(text) {
      const low = text.toLowerCase();
      if (!isWorthReading(low)) return null;
      for (const word of wordsOf(low)) {
        const found = arns.find((arn) => isArn(word, arn)) ?? names.find((name) => isName(word, name));
        if (found !== undefined) return found.whole;
      }
      return null;
    },
    namedByArn(text) {
      const low = text.toLowerCase();
      if (!isWorthReading(low)) return null;
      for (const word of wordsOf(low)) {
        const found = arns.find((arn) => isArn(word, arn));
        if (found !== undefined) return found.whole;
      }
      return null;
    },
    tagged: (key, value) =>
      tags.find((tag) => tag.key === key && overlaps(value.toLowerCase(), tag.value.low))?.whole ?? null,
  };
}

interface Pattern {
  readonly whole: string;
  readonly low: string;
  /** Its longest part without a wildcard: a text without one that lacks it cannot match. */
  readonly stem: string;
  /** The last part that says something: the resource's name in an ARN. */
  readonly last: string;
}

function patternOf(whole: string): Pattern {
  const low = whole.toLowerCase();
  const [stem] = low.split('*').sort((a, b) => b.length - a.length);
  const last = low.split(/[:/]/).findLast((part) => literals(part) > 0) ?? low;
  return { whole, low, stem: stem ?? low, last };
}

/** Words of a text: a policy variable (`${aws:username}`) may be anything. */
function wordsOf(low: string): readonly string[] {
  return low
    .replace(/\$\{[^}]*\}/g, '*')
    .split(/[\s"'`,;<>(){}[\]|&=\\]+/)
    .filter((word) => word !== '' && word.length <= LONGEST_WORD);
}

/** IAM allows ARNs of 2,048 characters; nothing longer names a resource. */
const LONGEST_WORD = 2048;

function isName(word: string, name: Pattern): boolean {
  if (name.low.startsWith('/')) return isUnder(word.replace(/^file:\/\//, ''), name.low);
  if (reaches(word, name.low)) return true;
  return word
    .split(/[:/@]/)
    .some((part) => reaches(part, name.low) || reaches(part.split('.')[0] ?? '', name.low));
}

/** A wildcard that leaves nothing of a name (`table/*`) names nobody: how far it reaches is for other rules. */
function isArn(word: string, arn: Pattern): boolean {
  if (!hasWildcard(word)) return isUnder(word, arn.low);
  if (!overlaps(word, arn.low) && !overlaps(word, `${arn.low}/*`) && !overlaps(word, `${arn.low}:*`))
    return false;
  return word.split(/[:/]/).some((part) => reaches(part, arn.last));
}

function isUnder(word: string, pattern: string): boolean {
  return overlaps(word, pattern) || overlaps(word, `${pattern}/*`) || overlaps(word, `${pattern}:*`);
}

function reaches(part: string, pattern: string): boolean {
  return literals(part) > 0 && overlaps(part, pattern);
}

function literals(text: string): number {
  return text.replace(/[^\p{L}\p{N}]/gu, '').length;
}

function hasWildcard(low: string): boolean {
  return low.includes('*') || low.includes('?') || low.includes('${');
}

/**
 * Whether some text fits both patterns and they name the same thing: a letter that the one writes out is one that
 * the other writes out. `*-logs` could be anybody's, `*ecourse-logs` is ours. `*` is any characters, `?` is one.
 */
function overlaps(one: string, other: string): boolean {
  if (!hasWildcard(one) && !other.includes('*')) return one === other;
  let [reach, shared] = [openAt(new Set([0]), other), new Set<number>()];
  for (const letter of one) {
    const [next, named] = [new Set<number>(), new Set<number>()];
    if (letter === '*') {
      spread(reach, other, next);
      spread(shared, other, named);
    }
    for (const at of letter === '*' ? [] : reach) {
      if (other[at] === '*') next.add(at);
      else if (other[at] === letter && isLiteral(letter)) named.add(at + 1);
      else if (other[at] === letter || letter === '?') next.add(at + 1);
    }
    for (const at of letter === '*' ? [] : shared) {
      if (other[at] === '*') named.add(at);
      else if (other[at] === letter || letter === '?') named.add(at + 1);
    }
    if (next.size + named.size === 0) return false;
    reach = openAt(next, other);
    shared = openAt(named, other);
  }
  return shared.has(other.length);
}

/** A star of the other pattern may stand for nothing. */
function openAt(places: Set<number>, other: string): Set<number> {
  for (const at of places) if (other[at] === '*') places.add(at + 1);
  return places;
}

/** A star of the one pattern covers everything from the first place on. */
function spread(places: ReadonlySet<number>, other: string, into: Set<number>): void {
  if (places.size === 0) return;
  for (let at = Math.min(...places); at <= other.length; at++) into.add(at);
}

function isLiteral(letter: string): boolean {
  return /[\p{L}\p{N}]/u.test(letter);
}
