/** Text as the part of a file name pattern that stands for exactly that text. */
export function escapeGlob(text: string): string {
  return /[\\*?[\]]/.test(text) ? text.replace(/[\\*?[\]]/g, '\\$&') : text;
}

/** One path component of a glob as a test of names in lower case. Brackets count as any character: too wide is safe here. */
export function globTest(component: string): (name: string) => boolean {
  const tokens = tokensOf(component.toLowerCase());
  const dotted = component.startsWith('.') || component.startsWith('[');
  return (name) => (dotted || !name.startsWith('.')) && matches(tokens, name);
}

/** `*`, `?` for any one character, or the character itself behind a `=`. */
function tokensOf(component: string): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < component.length; i += 1) {
    const c = component[i] ?? '';
    if (c === '*') {
      if (tokens[tokens.length - 1] !== '*') tokens.push('*');
    } else if (c === '[') {
      const first = /^\[[!^]?\]/.test(component.slice(i, i + 3)) ? 3 : 2;
      const end = component.indexOf(']', i + first);
      tokens.push('?');
      i = end < 0 ? component.length : end;
    } else tokens.push(c === '?' ? '?' : `=${c}`);
  }
  return tokens;
}

/** Goes back to the last star only, so that no pattern makes it slow. */
function matches(tokens: readonly string[], name: string): boolean {
  let [token, at, star, from] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === '*') {
      [star, from] = [token, at];
      token += 1;
    } else if (wanted === '?' || wanted === `=${name[at]}`) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      from += 1;
      at = from;
    } else return false;
  }
  while (tokens[token] === '*') token += 1;
  return token === tokens.length;
}
