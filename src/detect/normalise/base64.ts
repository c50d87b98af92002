const VALUE_OF = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((char, value) => {
  VALUE_OF[char.charCodeAt(0)] = value;
});
VALUE_OF[0x2d] = 62;
VALUE_OF[0x5f] = 63;

const DIGITS_MIN = 12;
/** So many decoded bytes are looked at before the whole is decoded: identifiers are almost never text. */
const SAMPLE_BYTES = 12;

/**
 * Decodes `units` as one base64 or base64url text into `into`. Line ends, and whatever else is no digit of it, is passed over, as lax decoders
 * do. Answers the decoded length, or 0 where it is none, or where what it decodes to is not text for at least nine tenths: identifiers, keys
 * and pictures.
 */
export function decodeBase64(units: Uint16Array, length: number, into: Uint16Array): number {
  let out = 0;
  let bits = 0;
  let held = 0;
  let printable = 0;
  let digits = 0;
  for (let i = 0; i < length; i++) {
    const unit = units[i] ?? 0;
    if (unit > 127) return 0;
    const value = VALUE_OF[unit] ?? -1;
    if (value < 0) continue;
    digits++;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    into[out++] = byte;
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09) printable++;
    if (out === SAMPLE_BYTES && printable < SAMPLE_BYTES - 1) return 0;
  }
  return digits >= DIGITS_MIN && printable * 10 >= out * 9 ? out : 0;
}
