/**
 * An ECDSA P-256 signature as KMS gives it (DER, RFC 3279) in the form in which records hold it (IEEE P1363:
 * r and s, 32 bytes each). Throws for anything that is not exactly that.
 */
export function p1363(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der);
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2 || bytes.length > 72) throw malformed();
  const r = integerAt(bytes, 2);
  const s = integerAt(bytes, r.end);
  if (s.end !== bytes.length) throw malformed();
  return Buffer.concat([r.padded, s.padded]);
}

function integerAt(bytes: Buffer, at: number): { readonly padded: Buffer; readonly end: number } {
  const length = bytes[at + 1];
  if (bytes[at] !== 0x02 || length === undefined || length < 1) throw malformed();
  const end = at + 2 + length;
  if (end > bytes.length) throw malformed();
  const digits = bytes.subarray(at + 2, end);
  const [first = 0, second = 0] = digits;
  // Positive, and without a zero that is not needed to make it so.
  if (first >= 0x80 || (first === 0 && digits.length > 1 && second < 0x80)) throw malformed();
  const significant = first === 0 ? digits.subarray(1) : digits;
  if (significant.length > 32) throw malformed();
  return { padded: Buffer.concat([Buffer.alloc(32 - significant.length), significant]), end };
}

function malformed(): Error {
  return new Error('not an ECDSA P-256 signature in DER');
}
