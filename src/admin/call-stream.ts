import type { ServerResponse } from 'node:http';
import type { CallEvent } from '../core/event.ts';
import type { EventFilter } from '../ports.ts';
import { ArrivingCalls, offerRun, type ShownCall, withoutFacts } from './arriving-calls.ts';
import type { AdminServices } from './services.ts';

const LISTENERS_MAX = 20;
/** Of one name: whoever may only look must not keep the others from looking. */
const LISTENERS_PER_OWNER_MAX = 10;
const INTERVAL_MS = 500;
const CALLS_PER_TURN_MAX = 200;
/** No comment but an event: a browser tells a page of those alone, and it has to notice when nothing comes any more. */
const HEARTBEAT_MS = 10_000;
/** Waiting for somebody who does not read; beyond it the connection is closed. */
const BACKLOG_BYTES_MAX = 4 * 1_048_576;
/** Of a connection that broke: calls that began earlier and ended meanwhile are not found again. */
const RESUME_MS_MAX = 300_000;
const RESUME_SCAN_MAX = 20_000;

export interface StreamRequest {
  /** Who listens. */
  readonly owner: string;
  readonly lastEventId: string | undefined;
  readonly filter: EventFilter;
  readonly headers: Readonly<Record<string, string>>;
  /** Asked at every turn; false closes the stream. */
  readonly isAllowed: () => Promise<boolean>;
}

interface Listener {
  readonly owner: string;
  readonly response: ServerResponse;
  readonly calls: ArrivingCalls;
  readonly isAllowed: () => Promise<boolean>;
  writtenAtMs: number;
  /** Of the configuration, as it was told of last. */
  configurationMark: string;
}

/**
 * Calls as they are made, as server-sent events, at most twice a second; and that the configuration is another, or its
 * file does not load any more, without what it is. The id of an event is when it was sent: after
 * `Last-Event-ID` the record tells what was missed, and some calls may come a second time.
 */
export class CallStream {
  readonly #services: AdminServices;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  #isTurning = false;

  constructor(services: AdminServices) {
    this.#services = services;
  }

  /** False where too many listen already, or too many of this owner. */
  async open(response: ServerResponse, request: StreamRequest): Promise<boolean> {
    const { owner, isAllowed } = request;
    const own = [...this.#listeners].filter((one) => one.owner === owner);
    if (this.#listeners.size >= LISTENERS_MAX || own.length >= LISTENERS_PER_OWNER_MAX) return false;
    const nowMs = this.#services.clock.nowMs();
    const calls = new ArrivingCalls(request.filter, CALLS_PER_TURN_MAX);
    const configurationMark = this.#configurationMark();
    const listener: Listener = { owner, response, calls, isAllowed, writtenAtMs: nowMs, configurationMark };
    this.#listeners.add(listener);
    response.on('close', () => this.#close(listener));
    this.#stopListening ??= this.#services.onEvents((encoded) => offerRun(encoded, this.#arriving()));
    this.#timer ??= setInterval(() => void this.#turn(), INTERVAL_MS).unref();
    response.writeHead(200, { ...request.headers, 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    const since = request.lastEventId === undefined ? undefined : Number(request.lastEventId);
    if (since !== undefined && Number.isSafeInteger(since) && since <= nowMs)
      for (const call of await this.#missed(since, request.filter)) listener.calls.offer(call);
    return true;
  }

  *#arriving(): Generator<ArrivingCalls> {
    for (const { calls } of this.#listeners) yield calls;
  }

  /** Ended since, as the record has it, the oldest first. */
  async #missed(sinceMs: number, filter: EventFilter): Promise<ShownCall[]> {
    await this.#services.flushEvents();
    const fromMs = Math.max(sinceMs, this.#services.clock.nowMs() - RESUME_MS_MAX) - RESUME_MS_MAX / 5;
    const { events } = this.#services.events.query(
      { ...filter, fromMs },
      { limit: CALLS_PER_TURN_MAX * 5, scanMax: RESUME_SCAN_MAX },
    );
    return events
      .filter((event) => endedMs(event) >= sinceMs - INTERVAL_MS)
      .reverse()
      .map(withoutFacts);
  }

  /** Differs where something else is in force, or the file is refused for something else. */
  #configurationMark(): string {
    const { version, refused } = this.#services.configuration();
    return `${version} ${JSON.stringify(refused)}`;
  }

  async #turn(): Promise<void> {
    if (this.#isTurning) return;
    this.#isTurning = true;
    try {
      for (const listener of this.#listeners) await this.#serve(listener);
    } finally {
      this.#isTurning = false;
    }
  }

  async #serve(listener: Listener): Promise<void> {
    const { response, calls } = listener;
    const isAllowed = await listener.isAllowed().catch(() => false);
    if (!isAllowed || response.writableLength > BACKLOG_BYTES_MAX) {
      this.#close(listener);
      // To whoever reads it the stream ends whole; whoever does not is not waited for.
      if (response.writableLength === 0) response.end();
      else response.destroy();
      return;
    }
    const nowMs = this.#services.clock.nowMs();
    const taken = calls.take();
    const mark = this.#configurationMark();
    const isOther = mark !== listener.configurationMark;
    listener.configurationMark = mark;
    if (isOther) response.write('event: configuration\ndata: {}\n\n');
    if (taken.calls.length > 0 || taken.skipped > 0)
      response.write(`id: ${Math.floor(nowMs)}\nevent: calls\ndata: ${JSON.stringify(taken)}\n\n`);
    else if (Math.abs(nowMs - listener.writtenAtMs) >= HEARTBEAT_MS) response.write('event: alive\ndata: {}\n\n');
    else if (!isOther) return;
    listener.writtenAtMs = nowMs;
  }

  #close(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  close(): void {
    for (const listener of [...this.#listeners]) {
      this.#close(listener);
      listener.response.end();
    }
  }
}

function endedMs({ timeMs, durationMicros }: CallEvent): number {
  return timeMs + durationMicros / 1000;
}
