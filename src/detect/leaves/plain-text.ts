import { isUtf8 } from 'node:buffer';

/** Well-formed UTF-8 without controls but white space. */
export function isText(buffer: Buffer): boolean {
  return isUtf8(buffer) && controlFrom(buffer, 0) === buffer.length;
}

/** The first place of a control that is no white space, or the end. */
export function controlFrom(buffer: Buffer, from: number): number {
  for (let i = from; i < buffer.length; i++) {
    const byte = buffer[i] ?? 0;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b) return i;
  }
  return buffer.length;
}
