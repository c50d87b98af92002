import { ApiKeyDigester, DIGEST_BYTES, type Peppers } from '../crypto/api-key-digest.ts';
import { parseApiKey } from '../crypto/api-key-format.ts';
import type { CredentialReader } from '../crypto/credential-index.ts';
import { OWN_KEY, ownKeyFormat } from '../crypto/secrets/own-key-format.ts';
import type { SecretFormat } from '../crypto/secrets/secret-format.ts';
import { SecretPatterns } from '../crypto/secrets/secret-search.ts';
import { VENDOR_FORMATS } from '../crypto/secrets/vendor-formats.ts';
import { keyLeakSignal, type LeakPlace, secretLeakSignal } from './leaks.ts';

const FINGERPRINT_BYTES = 8;
const MASKED_CHARACTERS_MAX = 12;

export interface LeakRecognitionOptions {
  readonly brand: string;
  readonly peppers: Peppers;
  readonly credentials: Pick<CredentialReader, 'lookup' | 'pepperVersion' | 'digestEquals'>;
}

/**
 * Says what was found where it must not be, without saying it. Of ours only a key that was issued counts, whose secret is
 * right: ids are public and checksums are no secret, so that anyone could make up a key by which another's would be revoked.
 */
export class LeakRecognition {
  /** What may well stand in a place is not looked for there: it must not use up what is told of one text. */
  readonly inAnswers: SecretPatterns;
  readonly inAddresses: SecretPatterns;
  readonly #credentials: LeakRecognitionOptions['credentials'];
  readonly #digester: ApiKeyDigester;
  readonly #digest = Buffer.alloc(DIGEST_BYTES);

  constructor({ brand, peppers, credentials }: LeakRecognitionOptions) {
    const formats = [ownKeyFormat(brand), ...VENDOR_FORMATS];
    this.inAnswers = new SecretPatterns(formats.filter(({ usualIn }) => usualIn !== 'answers'));
    this.inAddresses = new SecretPatterns(formats.filter(({ usualIn }) => usualIn !== 'addresses'));
    this.#credentials = credentials;
    this.#digester = new ApiKeyDigester(peppers);
  }

  /** The signal of a secret that was found there; undefined where it means nothing. */
  signal(place: LeakPlace, format: SecretFormat, text: string): string | undefined {
    if (format.kind !== OWN_KEY) return secretLeakSignal(place, format.kind, masked(format, text), this.#print(text));
    const keyId = this.#issuedKey(text);
    return keyId === undefined ? undefined : keyLeakSignal(place, keyId);
  }

  #issuedKey(text: string): string | undefined {
    const parsed = parseApiKey(text);
    if (parsed.kind !== 'ok') return undefined;
    const index = this.#credentials.lookup(parsed.keyId);
    if (index < 0 || !this.#digester.digestInto(this.#credentials.pepperVersion(index), text, this.#digest))
      return undefined;
    return this.#credentials.digestEquals(index, this.#digest) ? parsed.keyId : undefined;
  }

  /** The same for one secret on every thread and after every start, and of no use without the pepper. */
  #print(text: string): string {
    const digest = this.#digester.digest(this.#digester.current, `leaked ${text}`);
    return digest === undefined ? '' : digest.toString('base64url', 0, FINGERPRINT_BYTES);
  }
}

/** What all secrets of the kind begin with. */
function masked({ prefixes }: SecretFormat, text: string): string {
  const prefix = prefixes.find((one) => text.startsWith(one)) ?? '';
  return prefix.trimEnd().slice(0, MASKED_CHARACTERS_MAX);
}
