/** E-mail addresses as names of humans. */

// ASCII only: letters that look or lower-case alike would let one human be taken for another.
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}
