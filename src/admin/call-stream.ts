import type { ServerResponse } from 'node:http';
import type { CallEvent } from '../core/event.ts';
import type { AdminServices } from './services.ts';

const LISTENERS_MAX = 20;
const INTERVAL_MS = 500;
const CALLS_PER_TURN_MAX = 200;

/**
 * New calls as server-sent events, at most twice a second, each a list, newest last. The id of an event is the arrival
 * of its last call, so that `Last-Event-ID` goes on where a connection broke. Who cannot keep up loses the connection.
 */
export class CallStream {
  readonly #services: AdminServices;
  readonly #listeners = new Set<{ response: ServerResponse; afterMs: number; seen: Set<string> }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(services: AdminServices) {
    this.#services = services;
  }

  /** False where too many listen already. */
  open(response: ServerResponse, lastEventId: string | undefined, headers: Readonly<Record<string, string>>): boolean {
    if (this.#listeners.size >= LISTENERS_MAX) return false;
    const resumed = Number(lastEventId);
    const afterMs = lastEventId !== undefined && Number.isSafeInteger(resumed) ? resumed : this.#services.clock.nowMs();
    const listener = { response, afterMs, seen: new Set<string>() };
    this.#listeners.add(listener);
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    response.on('close', () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#pause();
    });
    this.#timer ??= setInterval(() => void this.#turn().catch(() => this.close()), INTERVAL_MS);
    return true;
  }

  async #turn(): Promise<void> {
    await this.#services.flushEvents();
    for (const listener of this.#listeners) {
      const { events } = this.#services.events.query({ fromMs: listener.afterMs }, { limit: CALLS_PER_TURN_MAX });
      const fresh = events.filter(({ requestId }) => !listener.seen.has(requestId)).reverse();
      if (fresh.length === 0) continue;
      const afterMs = Math.max(...fresh.map(({ timeMs }) => timeMs));
      // Calls of one millisecond may be recorded in two turns.
      listener.seen = new Set(
        events.filter(({ timeMs }) => timeMs >= afterMs - 1_000).map(({ requestId }) => requestId),
      );
      listener.afterMs = afterMs - 1_000;
      if (!listener.response.write(eventText(fresh, afterMs))) listener.response.destroy();
    }
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#pause();
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }
}

function eventText(calls: readonly CallEvent[], id: number): string {
  return `id: ${id}\nevent: calls\ndata: ${JSON.stringify(calls)}\n\n`;
}
