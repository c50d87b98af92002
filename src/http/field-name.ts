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
  /** May occur once. */
  SINGLE: 16,
  /** Decides something: it cannot be nominated away, and its value has no doubtful edges. */
  PROTECTED: 32,
} as const;

/** A field name as it came, looked up once. */
export interface FieldName {
  readonly lower: string;
  readonly flags: number;
  /** Empty, or why the name is refused. */
  readonly fault: string;
}

const { HOP_BY_HOP, FRAMING, FORWARDED, OURS, SINGLE, PROTECTED } = FIELD;

const KNOWN: Readonly<Record<string, number>> = {
  connection: HOP_BY_HOP | PROTECTED,
  'keep-alive': HOP_BY_HOP,
  'proxy-connection': HOP_BY_HOP,
  'proxy-authenticate': HOP_BY_HOP,
  'proxy-authorization': HOP_BY_HOP | PROTECTED,
  'http2-settings': HOP_BY_HOP,
  te: HOP_BY_HOP | PROTECTED,
  trailer: HOP_BY_HOP | PROTECTED,
  upgrade: HOP_BY_HOP | PROTECTED,
  expect: HOP_BY_HOP | PROTECTED,
  'transfer-encoding': HOP_BY_HOP | FRAMING | PROTECTED,
  'content-length': FRAMING | SINGLE | PROTECTED,
  host: FRAMING | SINGLE | PROTECTED,
  'content-type': SINGLE | PROTECTED,
  'content-encoding': PROTECTED,
  origin: SINGLE | PROTECTED,
  authorization: SINGLE | PROTECTED,
  dpop: SINGLE | PROTECTED,
  cookie: PROTECTED,
  forwarded: FORWARDED | PROTECTED,
  'x-real-ip': FORWARDED | PROTECTED,
  'client-cert': FORWARDED | PROTECTED,
  'client-cert-chain': FORWARDED | PROTECTED,
};

/** Whole families; the name itself without its last dash is one of them too. */
const FAMILIES: readonly (readonly [string, number])[] = [
  ['sallyport-', OURS | PROTECTED],
  ['x-forwarded-', FORWARDED | PROTECTED],
];

const NAME_CHARACTERS_MAX = 128;
const CACHE_ENTRIES_MAX = 2_048;

/**
 * Knows field names. Names repeat from call to call, so each spelling is judged once; the memory of them is bounded and
 * begins anew when full.
 */
export class FieldNames {
  readonly #credentialHeaders: ReadonlySet<string>;
  readonly #cache = new Map<string, FieldName>();

  /** `credentialHeaders`: lower-case names that credentials are read from. */
  constructor(credentialHeaders: readonly string[]) {
    this.#credentialHeaders = new Set(credentialHeaders);
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
    if (name.length > NAME_CHARACTERS_MAX || !isAll(name, TOKEN))
      return { lower: '', flags: 0, fault: 'a field name is not a token' };
    const lower = name.toLowerCase();
    const flags = this.#flagsOf(lower);
    if (flags !== 0) return { lower, flags, fault: '' };
    const folded = fold(lower);
    return this.#flagsOf(folded) & PROTECTED
      ? { lower, flags: 0, fault: `a field name imitates ${folded}` }
      : { lower, flags: 0, fault: '' };
  }

  #flagsOf(lower: string): number {
    for (const [family, flags] of FAMILIES) if (lower.startsWith(family)) return flags;
    const flags = Object.hasOwn(KNOWN, lower) ? (KNOWN[lower] ?? 0) : 0;
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
    const dash = code === 0x2d || code === 0x5f || code === 0x2e || !isWordCharacter(code);
    if (!dash) folded += lower[i];
    else if (folded !== '' && !folded.endsWith('-')) folded += '-';
  }
  return folded.endsWith('-') ? folded.slice(0, -1) : folded;
}

function isWordCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}
