import type { CallEvent } from '../core/event.ts';
import { decodeEvent, eventLength, eventTimeMs } from '../pipeline/event-codec.ts';
import { matchesFilter } from '../pipeline/event-filter.ts';
import type { EventBytes } from '../pipeline/event-layout.ts';
import { eventBytes } from '../pipeline/event-layout.ts';
import type { EventFilter, EventPage } from '../ports.ts';
import { StoreError } from './store-error.ts';

const SCAN_MAX_DEFAULT = 100_000;
const HEADS_PER_READ = 128;

/** What is known of a chunk without reading its data. Chunks of one `batch` were appended together and have neighbouring ids. */
export interface ChunkHead {
  readonly id: number;
  readonly batch: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ChunkSource {
  /** Heads with an id above `after`, oldest first, of chunks that may hold events at `fromMs` or later. */
  headsAfter(after: number, fromMs: number, limit: number): readonly ChunkHead[];
  /** Heads with an id below `before`, newest first, of chunks that may hold events at `fromMs` or later. */
  heads(before: number, fromMs: number, limit: number): readonly ChunkHead[];
  /** Data of a chunk, or undefined where it is gone or damaged. */
  read(id: number): Uint8Array | undefined;
}

/** Where an event lies. */
interface Position {
  readonly chunkId: number;
  readonly index: number;
}

interface Cursor extends Position {
  readonly batch: number;
  /** Highest chunk id of the batch: where reading starts again. */
  readonly batchEnd: number;
}

interface Entry extends Position {
  readonly source: EventBytes;
  readonly offset: number;
  readonly timeMs: number;
}

/**
 * Reads matching events, newest first: batches from the last append backwards, within a batch by time of arrival, so that
 * what several threads recorded side by side is one sequence. Stops after `limit` matches or `scanMax` events looked at.
 */
export function queryChunks(
  source: ChunkSource,
  filter: EventFilter,
  page: { readonly limit: number; readonly before?: string; readonly scanMax?: number },
): EventPage {
  const cursor = page.before === undefined ? undefined : parseCursor(page.before);
  const scanMax = Math.max(1, page.scanMax ?? SCAN_MAX_DEFAULT);
  const events: CallEvent[] = [];
  let scanned = 0;
  if (page.limit < 1) return { events, next: page.before, scanned };

  for (const batch of batches(source, filter, cursor)) {
    const newest = batch[0];
    if (newest === undefined) continue;
    const entries = entriesOf(source, batch, filter);
    for (let i = newest.batch === cursor?.batch ? indexAfter(entries, cursor) : 0; i < entries.length; i++) {
      const entry = entries[i];
      if (entry === undefined) break;
      scanned++;
      const decoded = decodeEvent(entry.source, entry.offset);
      if (decoded.ok && matchesFilter(decoded.event, filter)) events.push(decoded.event);
      if (events.length >= page.limit || scanned >= scanMax) {
        return { events, next: `${newest.batch}.${newest.id}.${entry.chunkId}.${entry.index}`, scanned };
      }
    }
  }
  return { events, next: undefined, scanned };
}

/** Events at `fromMs` or later, batch by batch, within a batch by time of arrival. Holds one batch at a time. */
export function* scanChunks(source: ChunkSource, fromMs: number): Generator<CallEvent> {
  let after = 0;
  let batch: ChunkHead[] = [];
  for (;;) {
    const heads = source.headsAfter(after, fromMs, HEADS_PER_READ);
    for (const head of heads) {
      if (batch[0] !== undefined && batch[0].batch !== head.batch) {
        yield* arrivals(source, batch, fromMs);
        batch = [];
      }
      batch.push(head);
      after = head.id;
    }
    if (heads.length < HEADS_PER_READ) break;
  }
  yield* arrivals(source, batch, fromMs);
}

function* arrivals(source: ChunkSource, batch: readonly ChunkHead[], fromMs: number): Generator<CallEvent> {
  const entries = entriesOf(source, batch, { fromMs });
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry === undefined || entry.timeMs < fromMs) continue;
    const decoded = decodeEvent(entry.source, entry.offset);
    if (decoded.ok) yield decoded.event;
  }
}

/** Whole batches, newest first, starting with the cursor's own. */
function* batches(source: ChunkSource, filter: EventFilter, cursor: Cursor | undefined): Generator<ChunkHead[]> {
  const fromMs = filter.fromMs ?? 0;
  let before = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursor.batchEnd + 1;
  let batch: ChunkHead[] = [];
  for (;;) {
    const heads = source.heads(before, fromMs, HEADS_PER_READ);
    for (const head of heads) {
      if (batch[0] !== undefined && batch[0].batch !== head.batch) {
        yield batch;
        batch = [];
      }
      batch.push(head);
      before = head.id;
    }
    if (heads.length < HEADS_PER_READ) break;
  }
  if (batch.length > 0) yield batch;
}

/** Every event of a batch by place, latest arrival first; decodes none. Leaves out chunks the filter's times exclude. */
function entriesOf(source: ChunkSource, batch: readonly ChunkHead[], filter: EventFilter): Entry[] {
  const entries: Entry[] = [];
  for (const head of batch) {
    if (filter.toMs !== undefined && head.firstMs > filter.toMs) continue;
    if (filter.fromMs !== undefined && head.lastMs < filter.fromMs) continue;
    const data = source.read(head.id);
    if (data === undefined) continue;
    const bytes = eventBytes(data);
    for (let offset = 0, index = 0; offset < data.length; index++) {
      const length = eventLength(bytes, offset);
      if (length === 0) break;
      entries.push({ chunkId: head.id, index, source: bytes, offset, timeMs: eventTimeMs(bytes, offset) });
      offset += length;
    }
  }
  return entries.sort((a, b) => b.timeMs - a.timeMs || b.chunkId - a.chunkId || b.index - a.index);
}

/** Where a batch goes on behind the cursor; its end where the cursor's event can no longer be read. */
function indexAfter(entries: readonly Entry[], cursor: Position): number {
  const at = entries.findIndex((entry) => entry.chunkId === cursor.chunkId && entry.index === cursor.index);
  return at === -1 ? entries.length : at + 1;
}

function parseCursor(text: string): Cursor {
  const parts = text.length <= 72 && /^\d+\.\d+\.\d+\.\d+$/.test(text) ? text.split('.').map(Number) : [];
  const [batch, batchEnd, chunkId, index] = parts;
  if (batch === undefined || batchEnd === undefined || chunkId === undefined || index === undefined) {
    throw new StoreError('cursor', 'the cursor was not made by this store');
  }
  return { batch, batchEnd, chunkId, index };
}
