import type { CallEvent, Outcome } from '../core/event.ts';
import { decodeEvent, eventLength } from '../pipeline/event-codec.ts';
import { matchesFilter } from '../pipeline/event-filter.ts';
import { eventBytes, outcomeOf } from '../pipeline/event-layout.ts';
import type { EventFilter } from '../ports.ts';

/** Decoded of one run of events, a tenth of a second as a rule; those beyond are counted as left out. */
const DECODED_MAX = 5_000;

export type ShownCall = Omit<CallEvent, 'facts'>;

/** Facts are for judging anew; to a reader they are numbers. */
export function withoutFacts({ facts: _, ...event }: CallEvent): ShownCall {
  return event;
}

/** The calls of a turn for one listener: bounded, and of too many those first that were denied or would have been. */
export class ArrivingCalls {
  readonly #filter: EventFilter;
  readonly #max: number;
  #kept: Record<Outcome, Arrived[]> = { denied: [], observed: [], permitted: [] };
  #order = 0;
  #skipped = 0;

  constructor(filter: EventFilter, max: number) {
    this.#filter = filter;
    this.#max = max;
  }

  offer(call: ShownCall): void {
    if (!matchesFilter(call, this.#filter)) return;
    const kept = this.#kept[call.outcome];
    kept.push({ call, order: this.#order++ });
    if (kept.length <= this.#max) return;
    kept.shift();
    this.#skipped++;
  }

  /** Calls that nobody looked at. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** What came since the last time, newest last. */
  take(): { readonly calls: readonly ShownCall[]; readonly skipped: number } {
    const { denied, observed, permitted } = this.#kept;
    const calls = newestOf(permitted, newestOf(observed, newestOf(denied, [], this.#max), this.#max), this.#max);
    const skipped = this.#skipped + denied.length + observed.length + permitted.length - calls.length;
    this.#kept = { denied: [], observed: [], permitted: [] };
    this.#skipped = 0;
    return { calls: calls.sort(byArrival).map(({ call }) => call), skipped };
  }
}

interface Arrived {
  readonly call: ShownCall;
  readonly order: number;
}

function byArrival(one: Arrived, other: Arrived): number {
  return one.call.timeMs - other.call.timeMs || one.order - other.order;
}

function newestOf(more: readonly Arrived[], calls: readonly Arrived[], max: number): Arrived[] {
  const room = max - calls.length;
  return room === 0 ? [...calls] : [...calls, ...more.slice(-room)];
}

/**
 * Shows a run of encoded events to every listener, each decoded once: first what was denied or would have been, then the rest,
 * the newest first. Never throws, and keeps nothing of the run.
 */
export function offerRun(encoded: Uint8Array, listeners: Iterable<ArrivingCalls>): void {
  const source = eventBytes(encoded);
  const refused: number[] = [];
  const permitted: number[] = [];
  for (let at = 0; ; ) {
    const length = eventLength(source, at);
    if (length === 0) break;
    (outcomeOf(source, at) === 'permitted' ? permitted : refused).push(at);
    at += length;
  }
  const wanted = [...permitted, ...refused].slice(-DECODED_MAX);
  const left = permitted.length + refused.length - wanted.length;
  const calls: ShownCall[] = [];
  for (const at of wanted.sort((one, other) => one - other)) {
    const decoded = decodeEvent(source, at);
    if (decoded.ok) calls.push(withoutFacts(decoded.event));
  }
  for (const listener of listeners) {
    listener.skip(left);
    for (const call of calls) listener.offer(call);
  }
}
