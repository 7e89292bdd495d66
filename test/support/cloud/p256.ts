/** ECDSA P-256 over a digest that is already there, which node:crypto does not offer. For tests: not constant time. */
import { createECDH, randomBytes } from 'node:crypto';

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** In DER, as KMS gives it. */
export function signDigest(secret: Buffer, digest: Buffer): Buffer {
  const d = integer(secret);
  const z = integer(digest);
  for (;;) {
    const nonce = randomBytes(32);
    const k = integer(nonce);
    if (k === 0n || k >= N) continue;
    const point = createECDH('prime256v1');
    point.setPrivateKey(nonce);
    const r = integer(point.getPublicKey().subarray(1, 33)) % N;
    const s = (inverse(k) * ((z + r * d) % N)) % N;
    if (r === 0n || s === 0n) continue;
    const body = Buffer.concat([derInteger(r), derInteger(s)]);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  }
}

function integer(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function inverse(k: bigint): bigint {
  let [a, b, x, y] = [k, N, 1n, 0n];
  while (b !== 0n) {
    const q = a / b;
    [a, b] = [b, a - q * b];
    [x, y] = [y, x - q * y];
  }
  return ((x % N) + N) % N;
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const digits = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  const body = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return Buffer.concat([Buffer.from([0x02, body.length]), body]);
}
