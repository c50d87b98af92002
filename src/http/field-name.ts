import { isAll, TOKEN } from './characters.ts';

/** What a field name means to the gateway; one bit each. */
export const FIELD = {
  /** Belongs to one connection and is never forwarded (RFC 9110 §7.6.1). */
  HOP_BY_HOP: 1,
  /** Decides framing or routing; written anew when the call is forwarded. */
  FRAMING: 2,
  /** Says who or where a client is; believed from trusted proxies only. */
  FORWARDED: 4,
  /** Ours: no client can send it. */
  OURS: 8,
  /** May occur once; cookies of HTTP/2 are the exception (RFC 9113 §8.2.3). */
  SINGLE: 16,
  /** Decides something: it cannot be nominated away, and no other name may imitate it. */
  PROTECTED: 32,
  /** Its value begins and ends in visible ASCII. */
  EXACT: 64,
} as const;

/** A field name as it came, looked up once. */
export interface FieldName {
  readonly lower: string;
  readonly flags: number;
  /** True: it came in lower case, as HTTP/2 asks (RFC 9113 §8.2.1). */
  readonly isLower: boolean;
  /** Empty, or why the name is refused. */
  readonly fault: string;
}

const { HOP_BY_HOP, FRAMING, FORWARDED, OURS, SINGLE } = FIELD;
const PROTECTED = FIELD.PROTECTED | FIELD.EXACT;

const KNOWN: ReadonlyMap<string, number> = new Map([
  ['connection', HOP_BY_HOP | PROTECTED],
  ['keep-alive', HOP_BY_HOP],
  ['proxy-connection', HOP_BY_HOP],
  ['proxy-authenticate', HOP_BY_HOP],
  ['proxy-authorization', HOP_BY_HOP | PROTECTED],
  ['http2-settings', HOP_BY_HOP],
  ['te', HOP_BY_HOP | PROTECTED],
  ['trailer', HOP_BY_HOP | PROTECTED],
  ['upgrade', HOP_BY_HOP | PROTECTED],
  ['expect', HOP_BY_HOP | PROTECTED],
  ['transfer-encoding', HOP_BY_HOP | FRAMING | PROTECTED],
  ['content-length', FRAMING | SINGLE | PROTECTED],
  ['host', FRAMING | SINGLE | PROTECTED],
  ['content-type', SINGLE | PROTECTED],
  ['content-encoding', PROTECTED],
  ['origin', SINGLE | PROTECTED],
  ['authorization', SINGLE | PROTECTED],
  ['dpop', SINGLE | PROTECTED],
  // Values of cookies may well end in bytes outside ASCII.
  ['cookie', SINGLE | FIELD.PROTECTED],
  ['forwarded', FORWARDED | PROTECTED],
  ['x-real-ip', FORWARDED | PROTECTED],
  ['client-cert', FORWARDED | PROTECTED],
  ['client-cert-chain', FORWARDED | PROTECTED],
]);

/** Whole families, by how their names begin. */
const FAMILIES: readonly (readonly [string, number])[] = [
  ['sallyport-', OURS | PROTECTED],
  ['x-forwarded-', FORWARDED | PROTECTED],
];

const NAME_CHARACTERS_MAX = 128;
const CACHE_ENTRIES_MAX = 2_048;

/**
 * Knows field names. Names repeat from call to call, so each spelling is judged once; the memory of them is bounded and
 * begins anew when full, so that invented names cost time and never room.
 */
export class FieldNames {
  readonly #credentialHeaders: ReadonlySet<string>;
  readonly #foldedCredentialHeaders: ReadonlySet<string>;
  readonly #forwardedHeaders: ReadonlySet<string>;
  readonly #cache = new Map<string, FieldName>();

  /**
   * `credentialHeaders`: lower-case names that credentials are read from. `forwardedHeaders`: those that trusted proxies
   * say of a client, besides the ones known here.
   */
  constructor(credentialHeaders: readonly string[], forwardedHeaders: readonly string[] = []) {
    this.#forwardedHeaders = new Set(forwardedHeaders);
    this.#credentialHeaders = new Set([...credentialHeaders, ...forwardedHeaders]);
    this.#foldedCredentialHeaders = new Set([...this.#credentialHeaders].map(fold));
  }

  read(name: string): FieldName {
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const judged = this.#judge(name);
    if (this.#cache.size >= CACHE_ENTRIES_MAX) this.#cache.clear();
    this.#cache.set(name, judged);
    return judged;
  }

  #judge(name: string): FieldName {
    if (name.length > NAME_CHARACTERS_MAX)
      return refused(`a field name is longer than ${NAME_CHARACTERS_MAX} characters`);
    if (!isAll(name, TOKEN)) return refused('a field name is not a token');
    const lower = name.toLowerCase();
    const folded = fold(lower);
    if (folded !== lower && !this.#credentialHeaders.has(lower) && this.#isProtected(folded))
      return refused(`a field name imitates ${folded}`);
    return { lower, flags: this.#flagsOf(lower), isLower: lower === name, fault: '' };
  }

  #isProtected(folded: string): boolean {
    return (this.#flagsOf(folded) & FIELD.PROTECTED) !== 0 || this.#foldedCredentialHeaders.has(folded);
  }

  #flagsOf(lower: string): number {
    for (const [family, flags] of FAMILIES) if (lower.startsWith(family)) return flags;
    const flags = (KNOWN.get(lower) ?? 0) | (this.#forwardedHeaders.has(lower) ? FORWARDED : 0);
    return this.#credentialHeaders.has(lower) ? flags | PROTECTED : flags;
  }
}

/**
 * What a lax server may take a name for: CGI-like ones read `_` and `.` as `-`, some drop what surrounds a name.
 * Names that only differ by this from one that decides something are refused, not forwarded.
 */
function fold(lower: string): string {
  let folded = '';
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i);
    if (isWordCharacter(code)) folded += lower[i];
    else if (folded !== '' && !folded.endsWith('-')) folded += '-';
  }
  return folded.endsWith('-') ? folded.slice(0, -1) : folded;
}

function isWordCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function refused(fault: string): FieldName {
  return { lower: '', flags: 0, isLower: true, fault };
}
