/** Where in a value a time stands, and how it is written. */
export interface TimePlace {
  readonly form: TimeForm;
  readonly at: number;
}

const DAY_MS = 86_400_000;
/** Values are made before they are seen, and live for long. */
const PAST_MS = 730 * DAY_MS;
const FUTURE_MS = DAY_MS;
/** First day of UUIDs of version 1 before the Unix epoch (RFC 9562 §5.1), milliseconds. */
const GREGORIAN_MS = 12_219_292_800_000;
const UUID_CHARACTERS = 36;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PLACES_MAX = 16;

type TimeForm = keyof typeof FORMS;

interface Form {
  /** Characters it takes, from where it begins. */
  readonly length: number;
  /** Those of them that are not time. */
  readonly gaps?: readonly number[];
  /** True: only at the beginning of a value. */
  readonly isFirst?: boolean;
  /** Unix milliseconds, NaN where it is not written so. */
  readonly read: (text: string) => number;
}

const FORMS = {
  milliseconds: { length: 13, read: (text) => numberOf(text, DECIMAL, 10) },
  seconds: { length: 10, read: (text) => numberOf(text, DECIMAL, 10) * 1_000 },
  hexMilliseconds: { length: 11, read: (text) => numberOf(text, HEX, 16) },
  hexSeconds: { length: 8, read: (text) => numberOf(text, HEX, 16) * 1_000 },
  base36Milliseconds: { length: 8, read: (text) => numberOf(text, BASE36, 36) },
  ulid: { length: 10, isFirst: true, read: crockfordMs },
  uuid1: { length: 18, gaps: [8, 13, 14], isFirst: true, read: uuid1Ms },
  uuid6: { length: 18, gaps: [8, 13, 14], isFirst: true, read: uuid6Ms },
  uuid7: { length: 13, gaps: [8], isFirst: true, read: uuid7Ms },
} as const satisfies Readonly<Record<string, Form>>;

const FORM_NAMES = Object.keys(FORMS) as readonly TimeForm[];
const DECIMAL = /^[0-9]+$/;
const HEX = /^[0-9a-fA-F]+$/;
const BASE36 = /^(?:[0-9a-z]+|[0-9A-Z]+)$/;

function formOf(name: TimeForm): Form {
  return FORMS[name];
}

/** Every place at which a value may hold a time near `nowMs`, at most some. */
export function timePlaces(value: string, nowMs: number): readonly TimePlace[] {
  const places: TimePlace[] = [];
  for (const form of FORM_NAMES) {
    const last = formOf(form).isFirst === true ? 0 : value.length - formOf(form).length;
    for (let at = 0; at <= last && places.length < PLACES_MAX; at++)
      if (holdsTime(value, { form, at }, nowMs)) places.push({ form, at });
  }
  return places;
}

/** Whether there is a time near `nowMs` at this place. */
export function holdsTime(value: string, { form, at }: TimePlace, nowMs: number): boolean {
  const { length, read, isFirst } = formOf(form);
  if (value.length < at + length) return false;
  const timeMs = read(isFirst === true ? value : value.slice(at, at + length));
  return timeMs >= nowMs - PAST_MS && timeMs <= nowMs + FUTURE_MS;
}

/** Whether a position of a value belongs to the time. */
export function isOfTime({ form, at }: TimePlace, position: number): boolean {
  const { length, gaps } = formOf(form);
  return position >= at && position < at + length && gaps?.includes(position - at) !== true;
}

function numberOf(text: string, alphabet: RegExp, radix: number): number {
  return alphabet.test(text) ? Number.parseInt(text, radix) : Number.NaN;
}

function crockfordMs(value: string): number {
  if (value.length !== 26) return Number.NaN;
  let number = 0;
  for (const character of value.slice(0, 10)) {
    const digit = CROCKFORD.indexOf(character.toUpperCase());
    if (digit < 0) return Number.NaN;
    number = number * 32 + digit;
  }
  return number;
}

function uuidHex(value: string, version: string): string | undefined {
  if (value.length !== UUID_CHARACTERS || value[8] !== '-' || value[13] !== '-' || value[14] !== version)
    return undefined;
  const hex = value.slice(0, 8) + value.slice(9, 13) + value.slice(15, 18);
  return HEX.test(hex) ? hex : undefined;
}

/** 60 bits of 100 ns, in three parts, the least significant first. */
function uuid1Ms(value: string): number {
  const hex = uuidHex(value, '1');
  return hex === undefined ? Number.NaN : gregorianMs(hex.slice(12) + hex.slice(8, 12) + hex.slice(0, 8));
}

function uuid6Ms(value: string): number {
  const hex = uuidHex(value, '6');
  return hex === undefined ? Number.NaN : gregorianMs(hex);
}

function gregorianMs(hex: string): number {
  return Number(BigInt(`0x${hex}`) / 10_000n) - GREGORIAN_MS;
}

function uuid7Ms(value: string): number {
  const hex = uuidHex(value, '7');
  return hex === undefined ? Number.NaN : Number.parseInt(hex.slice(0, 12), 16);
}
