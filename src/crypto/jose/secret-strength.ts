import type { JoseFault } from './types.ts';
import { COMMON_WORDS, WELL_KNOWN_BEGINNINGS, WELL_KNOWN_SECRETS } from './well-known-secrets.ts';

/** Less than this is searched offline, from a single token (NIST SP 800-57 holds 112 sound; the estimate is coarse). */
const ENTROPY_BITS_MIN = 96;
/** A word of the list, whatever its length and case. */
const WORD_BITS = 6;
/** Up to three letters between other signs: `my`, `the`, `jwt`. */
const SHORT_WORD_BITS = 5;
const SHORT_WORD_LETTERS_MAX = 3;
/** A sign between words that stood there before. */
const SEPARATOR_BITS = 2;
/** A symbol that continues a run: `aaa`, `1234`, `zyx`. */
const RUN_SYMBOL_BITS = 0.25;
/** What is judged of a longer secret. */
const SYMBOLS_MAX = 4_096;
/** Decoded readings shorter than this are chance. */
const READING_SYMBOLS_MIN = 8;

/**
 * Why a shared secret must not sign tokens (RFC 8725 §3.5, RFC 7518 §3.2), or undefined: it is well known, has fewer than
 * `minimumBytes` octets (those of the hash), is the text of a key that others may have read (which turns a public key
 * into a secret), or is guessed from repetition, runs and common words. Text in hexadecimal or base64 is judged as what it
 * encodes, too. Meant for when configuration is loaded. An estimate: a sentence of uncommon words passes.
 */
export function judgeSecret(secret: Uint8Array | string, minimumBytes: number): JoseFault | undefined {
  const bytes = Buffer.from(typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret);
  const symbols = bytes.subarray(0, SYMBOLS_MAX).toString('latin1');
  const readings = [symbols, ...decodedReadings(symbols)];
  // Samples of the standards are octets that are written in base64url; decoded, they are still those samples.
  const isSample = [...readings, bytes.toString('base64url'), bytes.toString('hex')].some(isWellKnown);
  if (isSample) return { signal: 'secret.well_known', detail: 'the secret is a well-known default or sample' };
  if (bytes.length < minimumBytes)
    return { signal: 'secret.short', detail: `the secret has fewer than ${minimumBytes} bytes` };
  if (isKeyText(symbols) || isDerSequence(bytes) || isDerSequence(Buffer.from(symbols, 'base64')))
    return { signal: 'secret.key_text', detail: 'the secret is the text of a key, which may be public' };
  if (readings.some((reading) => estimateBits(reading) < ENTROPY_BITS_MIN))
    return { signal: 'secret.low_entropy', detail: 'the secret is guessable: repetition, sequence or common words' };
  return undefined;
}

/** What the text encodes, if it is hexadecimal or base64 as a whole; most text is not, and some by chance. */
function decodedReadings(text: string): readonly string[] {
  const readings: string[] = [];
  for (const encoding of ['hex', 'base64'] as const) {
    const bytes = Buffer.from(text, encoding);
    const isWhole = bytes.length * (encoding === 'hex' ? 2 : 4 / 3) > text.length - 3;
    if (isWhole && bytes.length >= READING_SYMBOLS_MIN) readings.push(bytes.toString('latin1'));
  }
  return readings;
}

function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function isWellKnown(text: string): boolean {
  const plain = text.trim().toLowerCase();
  return WELL_KNOWN_SECRETS.has(plain) || WELL_KNOWN_BEGINNINGS.some((beginning) => plain.startsWith(beginning));
}

/** PEM, SSH and JSON Web Keys, after whatever white space: trimming is what makes a verifier take them for keys. */
function isKeyText(text: string): boolean {
  const trimmed = text.trim();
  return (
    text.includes('-----BEGIN') ||
    trimmed.startsWith('ssh-') ||
    trimmed.startsWith('ecdsa-sha2-') ||
    (trimmed.startsWith('{') && trimmed.includes('"kty"'))
  );
}

/** One ASN.1 SEQUENCE that begins with a SEQUENCE or INTEGER and fills the bytes: what all DER keys are. */
function isDerSequence(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false;
  const first = bytes[1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 2 || first === 0x80) return false;
  const length = lengthBytes === 0 ? first : Buffer.from(bytes).readUIntBE(2, Math.min(lengthBytes, bytes.length - 2));
  const inner = bytes[2 + lengthBytes];
  return 2 + lengthBytes + length === bytes.length && (inner === 0x30 || inner === 0x02);
}

/** Bits a guesser needs who knows the list of words, tries runs first, and knows which symbols occur. */
export function estimateBits(text: string): number {
  const lower = text.toLowerCase();
  const length = periodOf(text);
  const isText = isPrintable(text);
  // Few octets of random bytes cannot show how many others they might have been.
  const symbolBits = isText ? Math.log2(alphabetSize(text)) : 8;
  const separators = new Set<string>();
  let bits = 0;
  for (let i = 0; i < length; ) {
    const symbol = lower.charAt(i);
    const letters = isText ? shortWordAt(lower, i) : 0;
    const word = COMMON_WORDS.find((candidate) => lower.startsWith(candidate, i));
    if (word !== undefined) bits += WORD_BITS;
    else if (letters > 0) bits += SHORT_WORD_BITS;
    else if (continuesRun(text, i)) bits += RUN_SYMBOL_BITS;
    else if (isText && !isAlphanumeric(symbol)) {
      bits += separators.has(symbol) ? SEPARATOR_BITS : symbolBits;
      separators.add(symbol);
    } else bits += symbolBits;
    i += word?.length ?? Math.max(1, letters);
  }
  return bits;
}

/** A short text shows but a part of the alphabet it was drawn from: twice what occurs is taken, up to what there is. */
function alphabetSize(text: string): number {
  const occurring = new Set(text);
  if (occurring.size < 10) return Math.max(2, occurring.size);
  let isHex = true;
  let [lower, upper, digits, others] = [0, 0, 0, 0];
  for (const symbol of occurring) {
    isHex &&= '0123456789abcdefABCDEF'.includes(symbol);
    if (isLetter(symbol)) lower = 26;
    else if (symbol >= 'A' && symbol <= 'Z') upper = 26;
    else if (symbol >= '0' && symbol <= '9') digits = 10;
    else others = 33;
  }
  return isHex ? 16 : Math.min(lower + upper + digits + others, occurring.size * 2);
}

/** Length of the word of up to three letters that begins here and ends before another sign; 0 where there is none. */
function shortWordAt(lower: string, position: number): number {
  if (isAlphanumeric(lower.charAt(position - 1))) return 0;
  let end = position;
  while (isLetter(lower.charAt(end))) end++;
  const length = end - position;
  return length <= SHORT_WORD_LETTERS_MAX && !isAlphanumeric(lower.charAt(end)) ? length : 0;
}

function isLetter(symbol: string): boolean {
  return symbol >= 'a' && symbol <= 'z';
}

/** Lower case; false for the empty text beyond either end. */
function isAlphanumeric(symbol: string): boolean {
  return isLetter(symbol) || (symbol >= '0' && symbol <= '9');
}

/** True where a symbol is as far from the one before as that was from the one before it, and near. */
function continuesRun(text: string, position: number): boolean {
  if (position < 2) return false;
  const step = text.charCodeAt(position) - text.charCodeAt(position - 1);
  return Math.abs(step) <= 1 && step === text.charCodeAt(position - 1) - text.charCodeAt(position - 2);
}

/** Length of the shortest beginning that the text repeats to its end, found by the borders of all beginnings. */
function periodOf(text: string): number {
  const borders = new Uint16Array(text.length + 1);
  let border = 0;
  for (let i = 1; i < text.length; i++) {
    while (border > 0 && text[i] !== text[border]) border = borders[border] ?? 0;
    if (text[i] === text[border]) border++;
    borders[i + 1] = border;
  }
  return text.length - border;
}
