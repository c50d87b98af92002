import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ID_BYTES = 16;

/**
 * An answer that may be asked for again, sealed so that neither what is stored nor the pepper alone opens it: the key is
 * derived (HKDF-SHA-256, RFC 5869) from the pepper and a text only the asker has, and the nonce is random (AES-256-GCM,
 * SP 800-38D). Whoever holds pepper and store can still try texts: they have to be random.
 */
export class AnswerSeal {
  /** Finds the sealed answer; tells nothing of the text without the pepper. */
  readonly id: string;
  readonly #key: Buffer;

  /** `context` separates what the same text is used for. */
  constructor(pepper: Uint8Array, text: string, context: string) {
    const salt = createHash('sha256').update(text, 'utf8').digest();
    const derived = (purpose: string, bytes: number): Buffer =>
      Buffer.from(hkdfSync('sha256', pepper, salt, `sallyport sealed answer ${purpose} ${context}`, bytes));
    this.id = derived('id', ID_BYTES).toString('hex');
    this.#key = derived('key', KEY_BYTES);
  }

  seal(answer: string, randomBytes: (count: number) => Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    return Buffer.concat([nonce, cipher.update(answer, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** Undefined where it was sealed otherwise, or changed since. */
  open(sealed: Uint8Array): string | undefined {
    const bytes = Buffer.from(sealed);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(end));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
