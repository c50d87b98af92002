import { type Call, headerValue } from '../../core/call.ts';
import { OWN_KEY } from '../../crypto/secrets/own-key-format.ts';
import type { SecretFormat } from '../../crypto/secrets/secret-format.ts';
import { type SecretListener, SecretSearch } from '../../crypto/secrets/secret-search.ts';
import type { LeakRecognition } from '../../tokens/leak-recognition.ts';
import type { LeakPlace } from '../../tokens/leaks.ts';

/** Told of one call, so that they fit its record; further ones are told when they are seen again. */
const KEYS_MAX = 4;
const SECRETS_MAX = 3;
const COOKIES_MAX = 8;
const NONE: readonly string[] = Object.freeze([]);

/**
 * Looks for credentials where they must not be: in what the API answers, in addresses, in where a caller came from.
 * Changes nothing of the call. Compressed answers are not looked into.
 */
export class LeakWatch implements SecretListener {
  readonly #recognition: LeakRecognition;
  /** `Set-Cookie` fields of the answer, some of them. */
  cookies: readonly string[] = NONE;
  #isReadable = true;
  #body: SecretSearch | undefined;
  #place: LeakPlace = 'response';
  #mayHoldTokens = false;
  /** What was found in the path of the call. */
  #inPath: readonly string[] = NONE;
  #keys: Set<string> | undefined;
  #secrets: Set<string> | undefined;

  constructor(recognition: LeakRecognition) {
    this.#recognition = recognition;
  }

  /** Fields of the answer, names and values. */
  head(headers: readonly string[]): void {
    for (let i = 0; i < headers.length; i += 2)
      switch (headers[i]?.toLowerCase()) {
        case 'content-encoding':
          this.#isReadable = headers[i + 1]?.toLowerCase() === 'identity';
          break;
        case 'location':
        case 'content-location':
        case 'link':
          this.#address('response', headers[i + 1] ?? '');
          break;
        case 'set-cookie':
          if (this.cookies.length < COOKIES_MAX) this.cookies = [...this.cookies, headers[i + 1] ?? ''];
      }
  }

  body(piece: Buffer): void {
    if (!this.#isReadable) return;
    this.#body ??= new SecretSearch(this.#recognition.inAnswers, this);
    this.#body.add(piece);
  }

  /** Signals of what was found, none for nearly every call. `tokensInQuery`: they may be there on this route. */
  signals({ path, query, headers }: Call, tokensInQuery: boolean): readonly string[] {
    this.#body?.end();
    this.#address('path', path);
    if (query !== '') this.#address('query', query, tokensInQuery);
    const referer = headerValue(headers, 'referer');
    if (referer !== undefined) this.#address('referer', referer);
    if (this.#keys === undefined && this.#secrets === undefined) return NONE;
    return [...(this.#keys ?? NONE), ...(this.#secrets ?? NONE)];
  }

  /** A path as it may be recorded: without what `signals` found in it. */
  shown(path: string): string {
    return this.#inPath.reduce((text, secret) => text.replaceAll(secret, HIDDEN), path);
  }

  secretFound(format: SecretFormat, text: string): void {
    if (this.#mayHoldTokens && format.kind === TOKEN) return;
    if (this.#place === 'path') this.#inPath = [...this.#inPath, text];
    const isKey = format.kind === OWN_KEY;
    const found = isKey ? this.#keys : this.#secrets;
    if (found !== undefined && found.size >= (isKey ? KEYS_MAX : SECRETS_MAX)) return;
    const signal = this.#recognition.signal(this.#place, format, text);
    if (signal === undefined) return;
    if (found !== undefined) found.add(signal);
    else if (isKey) this.#keys = new Set([signal]);
    else this.#secrets = new Set([signal]);
  }

  #address(place: LeakPlace, text: string, mayHoldTokens = false): void {
    this.#place = place;
    this.#mayHoldTokens = mayHoldTokens;
    new SecretSearch(this.#recognition.inAddresses, this).whole(text);
    this.#mayHoldTokens = false;
    this.#place = 'response';
  }
}

const TOKEN = 'jwt';
const HIDDEN = '…';
