import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { eventLength, eventProfile, eventRequestId, eventTimeMs } from '../pipeline/event-codec.ts';
import type { EventBytes } from '../pipeline/event-layout.ts';
import { eventBytes } from '../pipeline/event-layout.ts';
import { parseRequestId, REQUEST_ID_CHARACTERS } from '../pipeline/request-id.ts';
import { StoreError } from './store-error.ts';

/** Size at which a chunk is closed: large enough that a row costs little, small enough to read one for one event. */
export const CHUNK_BYTES_TARGET = 256 * 1024;

/** Many encoded events under one index entry. All share the boot of their request ids; empty for ids of another form. */
export interface EventChunk {
  readonly boot: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly crc: number;
  readonly data: Uint8Array;
}

interface OpenChunk {
  firstSequence: number;
  lastSequence: number;
  firstMs: number;
  lastMs: number;
  count: number;
  bytes: number;
  readonly pieces: Uint8Array[];
  /** Where the last piece starts and ends in the source, so that neighbours become one piece. */
  pieceStart: number;
  pieceEnd: number;
}

/**
 * Groups a run of encoded events into chunks by boot, in order. Reads lengths, times and ids; decodes nothing else.
 * Throws StoreError `malformed` where the bytes are not a run of whole records.
 */
export function splitIntoChunks(encoded: Uint8Array, bytesTarget: number = CHUNK_BYTES_TARGET): EventChunk[] {
  const source = eventBytes(encoded);
  const chunks: EventChunk[] = [];
  const open = new Map<string, OpenChunk>();
  for (let at = 0; at < encoded.length; ) {
    const length = eventLength(source, at);
    if (length === 0) throw new StoreError('malformed', `no whole event record at byte ${at} of ${encoded.length}`);
    const id = parseRequestId(eventRequestId(source, at, REQUEST_ID_CHARACTERS));
    const boot = id?.boot ?? '';
    let chunk = open.get(boot);
    if (chunk !== undefined && chunk.bytes + length > bytesTarget) {
      chunks.push(closeChunk(boot, chunk, source));
      chunk = undefined;
    }
    if (chunk === undefined) {
      chunk = openChunk(at);
      open.set(boot, chunk);
    }
    extend(chunk, source, at, length, id?.sequence ?? 0);
    at += length;
  }
  for (const [boot, chunk] of open) chunks.push(closeChunk(boot, chunk, source));
  return chunks;
}

/** Profiles that a run of encoded events brings. */
export function profilesIn(
  encoded: Uint8Array,
): { readonly id: number; readonly text: string; readonly timeMs: number }[] {
  const source = eventBytes(encoded);
  const found: { id: number; text: string; timeMs: number }[] = [];
  for (let at = 0; at < encoded.length; ) {
    const length = eventLength(source, at);
    if (length === 0) break;
    const profile = eventProfile(source, at);
    if (profile !== undefined) found.push({ ...profile, timeMs: eventTimeMs(source, at) });
    at += length;
  }
  return found;
}

/** Offset of the event with this id in a chunk's data, or −1. */
export function findInChunk(data: EventBytes, requestId: string): number {
  // One native search first: most chunks whose range covers a sequence do not hold it.
  if (!data.bytes.includes(requestId, 0, 'utf8')) return -1;
  const characters = requestId.length;
  for (let at = 0; at < data.bytes.length; ) {
    const length = eventLength(data, at);
    if (length === 0) return -1;
    if (eventRequestId(data, at, characters) === requestId) return at;
    at += length;
  }
  return -1;
}

function openChunk(at: number): OpenChunk {
  return {
    firstSequence: Number.POSITIVE_INFINITY,
    lastSequence: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: 0,
    count: 0,
    bytes: 0,
    pieces: [],
    pieceStart: at,
    pieceEnd: at,
  };
}

function extend(chunk: OpenChunk, source: EventBytes, at: number, length: number, sequence: number): void {
  const timeMs = eventTimeMs(source, at);
  chunk.firstSequence = Math.min(chunk.firstSequence, sequence);
  chunk.lastSequence = Math.max(chunk.lastSequence, sequence);
  chunk.firstMs = Math.min(chunk.firstMs, Math.floor(timeMs));
  chunk.lastMs = Math.max(chunk.lastMs, Math.ceil(timeMs));
  chunk.count++;
  chunk.bytes += length;
  if (at !== chunk.pieceEnd) {
    chunk.pieces.push(source.bytes.subarray(chunk.pieceStart, chunk.pieceEnd));
    chunk.pieceStart = at;
  }
  chunk.pieceEnd = at + length;
}

function closeChunk(boot: string, chunk: OpenChunk, source: EventBytes): EventChunk {
  const last = source.bytes.subarray(chunk.pieceStart, chunk.pieceEnd);
  const data = chunk.pieces.length === 0 ? last : Buffer.concat([...chunk.pieces, last], chunk.bytes);
  const { firstSequence, lastSequence, firstMs, lastMs, count } = chunk;
  return { boot, firstSequence, lastSequence, firstMs, lastMs, count, crc: crc32(data), data };
}
