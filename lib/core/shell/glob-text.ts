/** Text as the part of a file name pattern that stands for exactly that text. */
export function escapeGlob(text: string): string {
  return /[\\*?[\]]/.test(text) ? text.replace(/[\\*?[\]]/g, '\\$&') : text;
}
