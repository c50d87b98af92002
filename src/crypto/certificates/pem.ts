/** What a PEM text holds: the bytes of its blocks in order, or why it cannot be read. */
export type PemReading =
  | { readonly kind: 'blocks'; readonly blocks: readonly Uint8Array[] }
  | { readonly kind: 'malformed'; readonly detail: string };

export type PemLabel = 'CERTIFICATE' | 'X509 CRL';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
const LINE_CHARACTERS = 64;

/**
 * Reads the blocks of one label (RFC 7468); text around them, as tools write it, is skipped, and a block of another label
 * is refused: a private key among authorities is a mistake. `alone`: nothing but white space may stand around the blocks,
 * as where somebody else sent the text. At most `blocksMax` blocks.
 */
export function readPem(text: string, label: PemLabel, blocksMax: number, alone = false): PemReading {
  const begin = `${BEGIN}${label}${DASHES}`;
  const end = `${END}${label}${DASHES}`;
  const blocks: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const start = text.indexOf(BEGIN, at);
    const between = text.slice(at, start === -1 ? text.length : start);
    if (alone && !isBlank(between)) return malformed('text stands around the PEM blocks');
    if (between.includes(END)) return malformed('a PEM block ends that did not begin');
    if (start === -1) break;
    if (!text.startsWith(begin, start)) return malformed(`a PEM block is no ${label}`);
    const stop = text.indexOf(DASHES, start + begin.length);
    if (stop === -1 || !text.startsWith(end, stop)) return malformed('a PEM block does not end');
    const bytes = decodeBase64(text.slice(start + begin.length, stop));
    if (bytes === undefined) return malformed('a PEM block is not base64');
    if (blocks.length >= blocksMax) return malformed(`there are more than ${blocksMax} PEM blocks`);
    blocks.push(bytes);
    at = stop + end.length;
  }
  return blocks.length === 0 ? malformed(`there is no ${label}`) : { kind: 'blocks', blocks };
}

/** Writes one block (RFC 7468 §2). */
export function writePem(bytes: Uint8Array, label: PemLabel): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  let lines = '';
  for (let i = 0; i < base64.length; i += LINE_CHARACTERS) lines += `${base64.slice(i, i + LINE_CHARACTERS)}\n`;
  return `${BEGIN}${label}${DASHES}\n${lines}${END}${label}${DASHES}\n`;
}

/** Canonical base64 with padding, white space between its characters allowed; undefined for anything else. */
function decodeBase64(text: string): Uint8Array | undefined {
  let compact = '';
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x0a;
    if (code !== 0x0a && code !== 0x0d && code !== 0x20 && code !== 0x09) continue;
    if (i > from) compact += text.slice(from, i);
    from = i + 1;
  }
  return strictBase64(compact);
}

/** Canonical base64 with padding and without white space; undefined for anything else, the empty text included. */
export function strictBase64(text: string): Uint8Array | undefined {
  if (text === '' || text.length % 4 !== 0) return undefined;
  // Node's decoder skips what it does not know; only what it would write itself is taken.
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return false;
  }
  return true;
}

function malformed(detail: string): PemReading {
  return { kind: 'malformed', detail };
}
