import { type Call, headerValue } from '../../core/call.ts';
import { ApiKeySearch, keysIn } from '../../crypto/api-key-search.ts';
import type { Snapshot } from '../../pipeline/snapshot.ts';
import { leakSignal } from '../../tokens/leaks.ts';

/**
 * Looks for keys of this gateway where they must not be: in what the API answers, in addresses, in where a caller came from.
 * Changes nothing of the call. Compressed answers are not looked into.
 */
export class LeakWatch {
  readonly #brand: string;
  readonly #needle: Buffer;
  #isReadable = true;
  #body: ApiKeySearch | undefined;
  #inHead: readonly string[] = NONE;

  constructor({ configuration, keyNeedle }: Pick<Snapshot, 'configuration' | 'keyNeedle'>) {
    this.#brand = configuration.apiKeys.brand;
    this.#needle = keyNeedle;
  }

  /** Fields of the answer, lower-case names and values. */
  head(headers: readonly string[]): void {
    for (let i = 0; i < headers.length; i += 2)
      switch (headers[i]?.toLowerCase()) {
        case 'content-encoding':
          this.#isReadable = headers[i + 1] === 'identity';
          break;
        case 'location':
        case 'content-location':
        case 'link':
          this.#inHead = [...this.#inHead, ...keysIn(headers[i + 1] ?? '', this.#brand)];
      }
  }

  body(piece: Buffer): void {
    if (!this.#isReadable) return;
    this.#body ??= new ApiKeySearch(this.#needle);
    this.#body.add(piece);
  }

  /** Signals of what was found, none for nearly every call. */
  signals({ query, headers }: Call): readonly string[] {
    const inBody = this.#body?.found;
    const inQuery = query === '' ? NONE : keysIn(query, this.#brand);
    const referer = headerValue(headers, 'referer');
    const inReferer = referer === undefined ? NONE : keysIn(referer, this.#brand);
    if (inBody === undefined && this.#inHead === NONE && inQuery === NONE && inReferer === NONE) return NONE;
    const inResponse = new Set([...this.#inHead, ...(inBody ?? NONE)]);
    return [
      ...[...inResponse].map((keyId) => leakSignal('response', keyId)),
      ...inQuery.map((keyId) => leakSignal('query', keyId)),
      ...inReferer.map((keyId) => leakSignal('referer', keyId)),
    ];
  }
}

const NONE: readonly string[] = Object.freeze([]);
