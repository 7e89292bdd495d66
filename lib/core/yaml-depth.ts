import type { CST } from 'yaml';

type Nested = CST.Token | CST.CollectionItem | null | undefined;

/**
 * Whether YAML's maps and lists lie deeper in each other than `limit`. The library's composer recurses: a deep file
 * would end the process rather than fail, so this is asked of the tokens before.
 */
export function isDeeperThan(limit: number, tokens: readonly CST.Token[]): boolean {
  const rest: { token: Nested; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { token, depth } = next;
    if (token === null || token === undefined) continue;
    if (depth > limit) return true;
    if ('key' in token) rest.push({ token: token.key, depth });
    if ('value' in token && typeof token.value === 'object') rest.push({ token: token.value, depth });
    if ('items' in token) for (const item of token.items) rest.push({ token: item, depth: depth + 1 });
  }
  return false;
}
