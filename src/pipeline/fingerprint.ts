import { halfSipHash } from '../crypto/half-siphash.ts';
import type { LimitMemory } from '../limit/limit-memory.ts';

/** Turns a text into a number of 53 bits, never 0, that nobody without the key of the gateway can tell the text from. */
export type Fingerprint = (text: string) => number;

/** The key is that of the limits: it stays the same over restarts, and what is hashed says what it is for. */
export function fingerprintOf({ hashKeyLo, hashKeyHi }: Pick<LimitMemory, 'hashKeyLo' | 'hashKeyHi'>): Fingerprint {
  const out = new Int32Array(2);
  return (text) => {
    halfSipHash(hashKeyLo, hashKeyHi, `call:${text}`, out);
    return ((out[1] ?? 0) & 0x1f_ffff) * 0x1_0000_0000 + ((out[0] ?? 0) >>> 0) || 1;
  };
}
