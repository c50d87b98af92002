import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what only this gateway may read again. */
export interface Sealer {
  /** `context` says what it is and where it belongs: it opens under the same one only. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Undefined where it was sealed under another key or for another context, or was changed. */
  open(sealed: Uint8Array, context: string): Uint8Array | undefined;
}

/**
 * AES-256-GCM (NIST SP 800-38D) under a key of its own for each purpose, drawn from `secret` by HKDF-SHA-256 (RFC 5869).
 * Nonce, text and tag stand behind each other. With random nonces one key is good for 2^32 texts.
 */
export function createSealer(secret: Uint8Array, purpose: string): Sealer {
  const key = new Uint8Array(hkdfSync('sha256', secret, NO_SALT, `sallyport sealing ${purpose}`, KEY_BYTES));
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(context));
      const text = cipher.update(plain);
      return new Uint8Array(Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]));
    },
    open(sealed, context) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      try {
        const text = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
        return new Uint8Array(Buffer.concat([text, decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
}

const NO_SALT = new Uint8Array(0);

/** A secret of 32 bytes for one purpose, drawn from another (RFC 5869). */
export function derivedSecret(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, NO_SALT, `sallyport ${purpose}`, KEY_BYTES));
}
