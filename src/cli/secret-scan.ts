import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Severity } from '../core/finding.ts';
import { API_KEY_CHARACTERS_MAX, API_KEY_PATTERN, parseApiKey } from '../crypto/api-key-format.ts';
import { SECRET_BYTES_MAX, type SecretFormat } from '../crypto/secrets/secret-format.ts';
import { SecretPatterns, SecretSearch } from '../crypto/secrets/secret-search.ts';
import { VENDOR_FORMATS } from '../crypto/secrets/vendor-formats.ts';

/** A secret in a file; never the secret itself. */
export interface FoundSecret {
  readonly line: number;
  /** `api-key` for keys of a gateway, whatever its brand; else the kind of the vendor's secret. */
  readonly kind: string;
  readonly severity: Severity;
  /** Of a key of a gateway; else empty. */
  readonly keyId: string;
  /** Brand and environment, or what all secrets of the kind begin with. */
  readonly label: string;
}

const PATTERNS = new SecretPatterns(VENDOR_FORMATS);
/** Secrets told of one text. */
const TOLD_MAX = 10_000;
const NEWLINE = 0x0a;
/** What is looked at again with the next piece: more than any secret and its context. */
const CARRIED_BYTES = 2 * SECRET_BYTES_MAX;

/**
 * Looks for secrets in bytes that come piece by piece, whatever their length: a line may be megabytes long. Tells each once,
 * with the line it begins in.
 */
export class SecretScan {
  readonly #told: (found: FoundSecret) => void;
  readonly #isWanted: (severity: Severity) => boolean;
  readonly #search: SecretSearch;
  /** The last piece, with the end of what came before it. */
  #text: Buffer = Buffer.alloc(0);
  /** Bytes and lines before it. */
  #before = 0;
  #linesBefore = 0;
  readonly #seen = new Set<string>();

  /** What is not wanted does not count among what is told of one text at most. */
  constructor(told: (found: FoundSecret) => void, isWanted: (severity: Severity) => boolean = () => true) {
    this.#told = told;
    this.#isWanted = isWanted;
    this.#search = new SecretSearch(PATTERNS, this, Number.POSITIVE_INFINITY);
  }

  add(piece: Buffer): void {
    const gone = Math.max(0, this.#text.length - CARRIED_BYTES);
    this.#linesBefore += newlines(this.#text, gone);
    this.#before += gone;
    this.#text = Buffer.concat([this.#text.subarray(gone), piece]);
    this.#search.add(piece);
    this.#keys(false);
  }

  end(): void {
    this.#search.end();
    this.#keys(true);
  }

  secretFound({ kind, severity, prefixes }: SecretFormat, text: string, at: number): void {
    const label = prefixes.find((prefix) => text.startsWith(prefix)) ?? '';
    this.#tell(at, { kind, severity, keyId: '', label: label.trimEnd() });
  }

  /** Keys of any brand: what has the form and the checksum is one. */
  #keys(isLast: boolean): void {
    const text = this.#text.toString('latin1');
    // The pattern has fixed widths behind its labels and nothing to go back over.
    for (const { 0: candidate, index } of text.matchAll(new RegExp(API_KEY_PATTERN, 'g'))) {
      const parsed = parseApiKey(candidate);
      // What ends with the piece may go on in the next one.
      if (parsed.kind !== 'ok' || (!isLast && index > text.length - API_KEY_CHARACTERS_MAX)) continue;
      const label = candidate.slice(0, candidate.indexOf(parsed.keyId) - 1);
      this.#tell(this.#before + index, { kind: 'api-key', severity: 'high', keyId: parsed.keyId, label });
    }
  }

  #tell(at: number, found: Omit<FoundSecret, 'line'>): void {
    if (!this.#isWanted(found.severity)) return;
    const place = `${at} ${found.kind}`;
    if (this.#seen.has(place) || this.#seen.size >= TOLD_MAX) return;
    this.#seen.add(place);
    this.#told({ line: 1 + this.#linesBefore + newlines(this.#text, at - this.#before), ...found });
  }
}

/** How many lines end within the first `count` bytes. */
function newlines(bytes: Buffer, count: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < count; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/**
 * Looks through a stream, also a gzip-compressed one. Rejects where it cannot be read to its end; what was found before has
 * been told.
 */
export async function scanStream(
  stream: Readable,
  told: (found: FoundSecret) => void,
  isWanted?: (severity: Severity) => boolean,
): Promise<void> {
  const scan = new SecretScan(told, isWanted);
  for await (const piece of await inflated(stream)) scan.add(piece);
  scan.end();
}

/** As it is, or what was compressed. */
async function inflated(stream: Readable): Promise<AsyncIterable<Buffer>> {
  const pieces = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await pieces.next();
  const all = (async function* (): AsyncGenerator<Buffer> {
    for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
  })();
  const isGzip = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!isGzip) return all;
  // What fails on the way is thrown where it is read.
  return pipeline(Readable.from(all), createGunzip(), () => undefined);
}
