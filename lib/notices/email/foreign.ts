/**
 * Text from outside in a mail: what a mail program would turn into a link is written so that it does not. The
 * only links in a mail are the gateway's own.
 */
export function foreign(text: string): string {
  return text.replace(/:\/\//g, '[:]//').replace(/\b(www|mailto)(?=[.:])/gi, '$1[ ]');
}

/** What an agent wrote: names of places in it become no links either. */
export function foreignWords(text: string): string {
  return foreign(text).replace(/(?<=[\p{L}\p{N}])\.(?=\p{L}{2})/gu, '[.]');
}

/** Said where it matters that a text is exact. */
export const MADE_SAFE = 'Here [:] stands for a colon, so that no mail program makes a link of it.';
