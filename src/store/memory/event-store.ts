import type { CallEvent } from '../../core/event.ts';
import { decodeEvent } from '../../pipeline/event-codec.ts';
import { eventBytes } from '../../pipeline/event-layout.ts';
import { parseRequestId } from '../../pipeline/request-id.ts';
import type { EventFilter, EventPage, EventStore } from '../../ports.ts';
import type { EventChunk } from '../event-chunk.ts';
import { findInChunk, profilesIn, splitIntoChunks } from '../event-chunk.ts';
import type { ChunkHead, ChunkSource } from '../event-query.ts';
import { queryChunks, scanChunks } from '../event-query.ts';

const PROFILES_MAX = 10_000;

interface HeldChunk extends ChunkHead {
  readonly chunk: EventChunk;
}

/** Event store without a disk: same answers as the SQLite one, gone with the process. Events are bounded by `prune` only. */
export class MemoryEventStore implements EventStore, ChunkSource {
  #held: HeldChunk[] = [];
  #lastId = 0;
  readonly #profiles = new Map<number, string>();

  append(encoded: Uint8Array): void {
    // The caller may reuse its buffer; a store keeps what it was given.
    const chunks = splitIntoChunks(Uint8Array.from(encoded));
    for (const { id, text } of profilesIn(encoded)) this.#putProfile(id, text);
    const batch = this.#lastId + 1;
    for (const chunk of chunks) {
      this.#held.push({ id: ++this.#lastId, batch, firstMs: chunk.firstMs, lastMs: chunk.lastMs, chunk });
    }
  }

  find(requestId: string): CallEvent | undefined {
    const boot = parseRequestId(requestId)?.boot ?? '';
    for (const held of this.#held.toReversed()) {
      if (held.chunk.boot !== boot) continue;
      const source = eventBytes(held.chunk.data);
      const at = findInChunk(source, requestId);
      const decoded = at === -1 ? undefined : decodeEvent(source, at);
      if (decoded?.ok) return decoded.event;
    }
    return undefined;
  }

  profile(id: number): string | undefined {
    return this.#profiles.get(id);
  }

  scan(fromMs: number): Iterable<CallEvent> {
    return scanChunks(this, fromMs);
  }

  query(filter: EventFilter, page: { limit: number; before?: string; scanMax?: number }): EventPage {
    return queryChunks(this, filter, page);
  }

  prune(bounds: { olderThanMs: number; bytesMax: number }): { deletedEvents: number } {
    const before = this.stats().events;
    this.#held = this.#held.filter((held) => held.lastMs >= bounds.olderThanMs);
    let bytes = this.stats().bytes;
    while (bytes > bounds.bytesMax) bytes -= this.#held.shift()?.chunk.data.length ?? bytes;
    return { deletedEvents: before - this.stats().events };
  }

  stats(): { events: number; bytes: number; oldestMs: number } {
    let events = 0;
    let bytes = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { chunk } of this.#held) {
      events += chunk.count;
      bytes += chunk.data.length;
      oldestMs = Math.min(oldestMs, chunk.firstMs);
    }
    return { events, bytes, oldestMs: events === 0 ? 0 : oldestMs };
  }

  close(): void {
    this.#held = [];
  }

  /** Of too many the one that was told longest ago goes. */
  #putProfile(id: number, text: string): void {
    this.#profiles.delete(id);
    this.#profiles.set(id, text);
    for (const oldest of this.#profiles.keys()) {
      if (this.#profiles.size <= PROFILES_MAX) return;
      this.#profiles.delete(oldest);
    }
  }

  headsAfter(after: number, fromMs: number, limit: number): readonly ChunkHead[] {
    return this.#held.filter((held) => held.id > after && held.lastMs >= fromMs).slice(0, limit);
  }

  heads(before: number, fromMs: number, limit: number): readonly ChunkHead[] {
    return this.#held
      .filter((held) => held.id < before && held.lastMs >= fromMs)
      .slice(-limit)
      .reverse();
  }

  read(id: number): Uint8Array | undefined {
    return this.#held.find((held) => held.id === id)?.chunk.data;
  }
}
