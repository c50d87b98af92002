import { contextTag, DerFault, DerReader } from './der.ts';

/** One name of a certificate. `form` other than the first three is not looked into: its text is empty. */
export interface GeneralName {
  readonly form: 'email' | 'dns' | 'uri' | 'other';
  /** As it is written, case included. */
  readonly text: string;
  /** True: the text holds bytes no such name has (NUL, controls, spaces, outside ASCII); `text` is then empty. */
  readonly malformed: boolean;
}

const NAMES_MAX = 128;
const NAME_BYTES_MAX = 2_048;

const EMAIL = contextTag(1, false);
const DNS = contextTag(2, false);
const URI = contextTag(6, false);

/** Reads the contents of GeneralNames (RFC 5280 §4.2.1.6): from the DER, so that no text form of them can be ambiguous. */
export function readGeneralNames(contents: Uint8Array): readonly GeneralName[] {
  const list = new DerReader(contents);
  const names: GeneralName[] = [];
  while (!list.atEnd) {
    if (names.length >= NAMES_MAX) throw new DerFault('a certificate has too many names');
    const { tag, contents: bytes } = list.next();
    if ((tag & 0xc0) !== 0x80) throw new DerFault('a name has no known form');
    names.push(generalName(tag, bytes));
  }
  return names;
}

/** One name by its identifier octet. */
export function generalName(tag: number, bytes: Uint8Array): GeneralName {
  const form = tag === URI ? 'uri' : tag === DNS ? 'dns' : tag === EMAIL ? 'email' : 'other';
  if (form === 'other') return OTHER;
  if (bytes.length === 0 || bytes.length > NAME_BYTES_MAX) return { form, text: '', malformed: true };
  for (const byte of bytes) if (byte < 0x21 || byte > 0x7e) return { form, text: '', malformed: true };
  return { form, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), malformed: false };
}

const OTHER: GeneralName = Object.freeze({ form: 'other', text: '', malformed: false });
