/** The longest reason a human may give, in UTF-16 code units. */
export const MAX_REASON = 2000;

/**
 * A human's reason as it is signed, stored and sent on to terminals, logs and chats: one line, no control
 * characters, no line or paragraph separators, no lone surrogates, nothing that reorders text.
 */
export function cleanReason(text: string): string {
  return text.replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim();
}

const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
