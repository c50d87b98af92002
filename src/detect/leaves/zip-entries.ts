import { constants, inflateRawSync } from 'node:zlib';

/** One entry of an archive, as its central directory tells (APPNOTE 4.3.12). */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated; of any other nothing can be read. */
  readonly method: number;
  /** Where its local header begins. */
  readonly offset: number;
  readonly compressedBytes: number;
}

export interface ZipListing {
  readonly entries: readonly ZipEntry[];
  /** There are more than were listed. */
  readonly isCut: boolean;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const END_SIGNATURE = 0x06054b50;
const CENTRAL_BYTES = 46;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;

const STORED = 0;
const DEFLATED = 8;
const HEAD_COMPRESSED_BYTES = 1024;
const HEAD_BYTES_MAX = 64 * 1024;
/** What fewer octets unfold to, 1,032 times as many, is not above the bound. */
const SURE_COMPRESSED_BYTES = 63;

/** The entries that the central directory of a ZIP archive lists, `max` at most; undefined where there is no directory. */
export function zipEntries(bytes: Buffer, max: number): ZipListing | undefined {
  const end = endOfDirectory(bytes);
  if (end < 0) return undefined;
  let at = bytes.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  while (at + CENTRAL_BYTES <= bytes.length && bytes.readUInt32LE(at) === CENTRAL_SIGNATURE) {
    if (entries.length === max) return { entries, isCut: true };
    const nameBytes = bytes.readUInt16LE(at + 28);
    const after = at + CENTRAL_BYTES + nameBytes;
    entries.push({
      name: bytes.toString('utf8', at + CENTRAL_BYTES, Math.min(after, bytes.length)),
      method: bytes.readUInt16LE(at + 10),
      compressedBytes: bytes.readUInt32LE(at + 20),
      offset: bytes.readUInt32LE(at + 42),
    });
    at = after + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return { entries, isCut: false };
}

/** The record stands at the end, before a comment of the archive. */
function endOfDirectory(bytes: Buffer): number {
  const least = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = bytes.length - END_BYTES; at >= least; at--)
    if (bytes[at] === 0x50 && bytes.readUInt32LE(at) === END_SIGNATURE) return at;
  return -1;
}

export type EntryHead =
  /** What it begins with, and what follows: nothing, more, or far more than it takes up in the archive. */
  | { readonly kind: 'head'; readonly bytes: Buffer; readonly rest: 'none' | 'more' | 'expansion' }
  | { readonly kind: 'unreadable' };

/** What an entry begins with: of at most 1,024 octets of it as they are packed. */
export function headOfEntry(bytes: Buffer, { method, offset, compressedBytes }: ZipEntry): EntryHead {
  if (offset + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(offset) !== LOCAL_SIGNATURE)
    return { kind: 'unreadable' };
  const start = offset + LOCAL_BYTES + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const end = Math.min(start + compressedBytes, start + HEAD_COMPRESSED_BYTES, bytes.length);
  const rest = compressedBytes <= HEAD_COMPRESSED_BYTES ? 'none' : 'more';
  const packed = bytes.subarray(start, end);
  if (method === STORED) return { kind: 'head', bytes: packed, rest };
  if (method !== DEFLATED) return { kind: 'unreadable' };
  let head = inflated(packed);
  const isWhole = head !== 'too-large';
  for (let size = packed.length >> 1; head === 'too-large' && size >= SURE_COMPRESSED_BYTES >> 1; size >>= 1)
    head = inflated(packed.subarray(0, size));
  if (!Buffer.isBuffer(head)) return { kind: 'unreadable' };
  return { kind: 'head', bytes: head, rest: isWhole ? rest : 'expansion' };
}

function inflated(packed: Buffer): Buffer | 'too-large' | undefined {
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: HEAD_BYTES_MAX });
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : undefined;
  }
}
