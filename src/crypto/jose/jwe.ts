import { compactDecrypt } from 'jose';
import type { JweConfig } from '../../core/configuration.ts';
import { checkJweForm, type JweForm, type JwePolicy } from './jwe-form.ts';
import { type DecryptionKey, readDecryptionKey } from './jwe-key.ts';
import type { JoseFault } from './types.ts';

/** Each is tried on a token that names none of them, so a few are enough for a rotation. */
export const DECRYPTION_KEYS_MAX = 8;
/** Octets of what was encrypted; without compression it is shorter than the token. */
const PLAINTEXT_BYTES_MAX = 65_536;

export type NestedToken =
  | { readonly ok: true; readonly nested: string }
  | { readonly ok: false; readonly fault: JoseFault };

/** Opens encrypted tokens. */
export interface JweDecrypter {
  /**
   * Answers the signed token (RFC 7519 §11.2) within a compact JWE (RFC 7516 §5.2), never anything else: encryption with
   * a public key proves nothing of the sender. Does not check the signature of what it answers. Never rejects; one
   * that could not be decrypted is told in one way, whatever the step (RFC 7516 §11.5).
   */
  decrypt(token: string): Promise<NestedToken>;
}

/**
 * Compiles the keys and algorithms of a configuration. Throws a TypeError where a key cannot be used or fits none of the
 * algorithms, which a configuration that was linted (readDecryptionKey) does not hold.
 */
export function createJweDecrypter(config: JweConfig): JweDecrypter {
  if (config.privateKeys.length === 0 || config.privateKeys.length > DECRYPTION_KEYS_MAX)
    throw new TypeError(`encrypted tokens need 1 to ${DECRYPTION_KEYS_MAX} private keys`);
  const keys = config.privateKeys.map((pem) => {
    const read = readDecryptionKey(pem);
    if (!read.ok) throw new TypeError(read.fault.detail);
    if (!config.keyManagement.some((algorithm) => kindFor(algorithm) === read.key.kind))
      throw new TypeError('a private key fits none of the key management algorithms');
    return read.key;
  });
  return {
    async decrypt(token) {
      const opened = await decryptJwe(token, config, keys);
      if (!opened.ok) return opened;
      const nested = compactJwsOf(opened.plaintext);
      return nested === undefined
        ? { ok: false, fault: { signal: 'jwe.not_nested', detail: 'what was encrypted is not a signed token' } }
        : { ok: true, nested };
    },
  };
}

/**
 * Decrypts a compact JWE with the first of `keys` that fits its algorithm and opens it, after all of its form was judged.
 * Does not look at what was encrypted.
 */
export async function decryptJwe(
  token: string,
  policy: JwePolicy,
  keys: readonly DecryptionKey[],
): Promise<{ readonly ok: true; readonly plaintext: Uint8Array } | { readonly ok: false; readonly fault: JoseFault }> {
  const checked = checkJweForm(token, policy);
  if (!checked.ok) return checked;
  const { form } = checked;
  const options = {
    keyManagementAlgorithms: [form.keyManagement],
    contentEncryptionAlgorithms: [form.contentEncryption],
    maxDecompressedLength: 0,
  };
  const named = form.kid === undefined ? undefined : keys.find(({ kid }) => kid === form.kid);
  for (const candidate of named === undefined ? keys : [named]) {
    if (!fits(candidate, form)) continue;
    try {
      const { plaintext } = await compactDecrypt(token, candidate.key, options);
      if (plaintext.length > PLAINTEXT_BYTES_MAX) return UNDECRYPTABLE;
      return { ok: true, plaintext };
    } catch {
      // Which step failed is what a padding oracle tells: the next key is tried, and the answer is always the same.
    }
  }
  return UNDECRYPTABLE;
}

const UNDECRYPTABLE = Object.freeze({
  ok: false,
  fault: { signal: 'jwe.undecryptable', detail: 'no key of ours decrypts it' },
} as const);

function kindFor(algorithm: string): DecryptionKey['kind'] {
  if (algorithm.startsWith('RSA-')) return 'rsa';
  return algorithm.startsWith('ECDH-') ? 'curve' : 'secret';
}

function fits(key: DecryptionKey, form: JweForm): boolean {
  return key.kind === kindFor(form.keyManagement) && key.curve === form.curve;
}

/** The plaintext as text where it is three non-empty segments of base64url, or undefined. */
function compactJwsOf(plaintext: Uint8Array): string | undefined {
  let dots = 0;
  let segmentLength = 0;
  for (const code of plaintext)
    if (code === 0x2e) {
      if (segmentLength === 0) return undefined;
      dots++;
      segmentLength = 0;
    } else if (isBase64url(code)) segmentLength++;
    else return undefined;
  return dots === 2 && segmentLength > 0 ? Buffer.from(plaintext).toString('latin1') : undefined;
}

function isBase64url(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x5f
  );
}
