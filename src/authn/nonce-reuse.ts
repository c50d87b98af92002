import type { ReadableToken } from './jwt-form.ts';

/** Signatures remembered; the oldest go first. */
const REMEMBERED_MAX = 8_192;
/** Octets of r in a signature of ES256, ES384 and ES512. */
const R_BYTES: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 };

/**
 * Notices when an issuer signs two different tokens with one random number: then anyone who has both can compute its private
 * key (as was done with the PlayStation 3). Remembers a part of each signature, never a token.
 */
export class NonceReuse {
  /** Digest of the signed text by key and r. */
  readonly #seen = new Map<string, string>();

  /** Of a token whose signature is right. `signedDigest`: of what was signed. */
  isReused({ jws, algorithm }: ReadableToken, signedDigest: string): boolean {
    const bytes = R_BYTES[algorithm];
    if (bytes === undefined) return false;
    const r = Buffer.from(jws.signature.buffer, jws.signature.byteOffset, Math.min(bytes, jws.signature.length));
    const place = `${jws.kid ?? ''} ${r.toString('latin1')}`;
    const known = this.#seen.get(place);
    if (known !== undefined) return known !== signedDigest;
    if (this.#seen.size >= REMEMBERED_MAX)
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    this.#seen.set(place, signedDigest);
    return false;
  }
}
