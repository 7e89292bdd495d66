/**
 * Names of humans, in the one form in which they are compared: an e-mail address in lower case. Whoever asked
 * for something and whoever approves it are told apart by nothing else.
 */
import { isEmail } from './email.ts';

/** Null where the text is no e-mail address. */
export function humanName(text: string): string | null {
  return isEmail(text) ? text.toLowerCase() : null;
}

/**
 * The human whom an issuer's claims name by this claim; null where they vouch for none. An `email` must be
 * verified: a person may have typed it. Cognito calls `username` otherwise in ID tokens, and says `true` in
 * text in its userinfo.
 */
export function claimedHuman(claims: Readonly<Record<string, unknown>>, claim: string): string | null {
  const value = claims[claim] ?? (claim === 'username' ? claims['cognito:username'] : undefined);
  if (typeof value !== 'string') return null;
  if (claim === 'email' && !isVerified(claims)) return null;
  return humanName(value);
}

/** Whether the issuer says that the address is verified; false where it says nothing. */
export function isVerified({ email_verified: verified }: Readonly<Record<string, unknown>>): boolean {
  return verified === true || verified === 'true';
}
