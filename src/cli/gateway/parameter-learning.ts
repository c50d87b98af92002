import { createHash } from 'node:crypto';
import type { AttackClass } from '../../detect/attack-class.ts';
import { nameOf, numberOf } from '../../detect/model.ts';
import { FORGOTTEN_AFTER_MS, type LearnedParameter, learnedFrom } from '../../detect/parameters/learned-parameter.ts';
import { compileLearnedTable, endpointKey } from '../../detect/parameters/learned-table.ts';
import type { KeyedHash, ObservedCall, ObservedValue } from '../../detect/parameters/observation.ts';
import { learnValue, newParameterRecord, type ParameterRecord } from '../../detect/parameters/parameter-record.ts';
import { type ParameterPlace, type ParameterView, parameterView } from '../../detect/parameters/parameter-view.ts';
import type { ValueType } from '../../detect/parameters/value-type.ts';
import type { Clock, Logger, ParameterStore, StoredParameter } from '../../ports.ts';

export const PARAMETER_BOUNDS = Object.freeze({ max: 50_000, perEndpointMax: 200 });
/** Calls that wait to be learned from; when there are more, the new ones are let go. */
const WAITING_MAX = 4_096;
const LEARN_MS = 5_000;
/** What was learned is put into force no more often: a new table is a copy of all of it. */
const PUBLISH_MS = 30_000;
const PRUNE_MS = 3_600_000;

export interface ParameterLearningParts {
  readonly store: ParameterStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keyed, and the same on every thread and after a restart. */
  readonly hash: KeyedHash;
  /** Puts a table into force on every thread. */
  readonly publish: (table: SharedArrayBuffer) => Promise<void>;
  /** Has every thread hand over what it saw. */
  readonly collect: () => Promise<void>;
}

/** What an operator says of a parameter. */
export interface WantedPin extends ParameterPlace {
  readonly type: ValueType | undefined;
  readonly forgive: readonly AttackClass[];
  readonly expiresMs: number;
}

interface Document {
  readonly place: ParameterPlace;
  readonly record: ParameterRecord;
}

/**
 * Learns from accepted calls what parameters hold. Everything is in the store: in memory are only the calls that wait and the
 * table the threads judge by. Changes follow each other.
 */
export class ParameterLearning {
  readonly #parts: ParameterLearningParts;
  #waiting: ObservedCall[] = [];
  #working: Promise<unknown> = Promise.resolve();
  #timers: NodeJS.Timeout[] = [];
  #isChanged = false;
  #publishedMs = 0;
  /** Calls nothing was learned from, because too many waited. */
  dropped = 0;

  constructor(parts: ParameterLearningParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.#tried(() => this.#learn(false)), LEARN_MS),
      setInterval(() => void this.#tried(() => this.#forgetOld()), PRUNE_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#tried(() => this.#learn(false));
  }

  /** What threads saw. */
  observed(calls: readonly ObservedCall[]): void {
    const room = WAITING_MAX - this.#waiting.length;
    this.dropped += Math.max(0, calls.length - room);
    this.#waiting.push(...calls.slice(0, room));
  }

  /** What is in force, compiled anew from the store. */
  async table(): Promise<SharedArrayBuffer> {
    const rows = await this.#parts.store.effective();
    const placed = rows.map(({ endpoint, place, effect }) => ({
      endpoint,
      path: place.slice(endpoint.length + 1),
      learned: JSON.parse(effect) as LearnedParameter,
    }));
    return compileLearnedTable(placed, this.#parts.hash, numberOf);
  }

  /** Learns from everything up to now and puts it into force. */
  async settle(): Promise<void> {
    await this.#parts.collect();
    await this.#inTurn(() => this.#learn(true));
  }

  async list(filter: Parameters<ParameterStore['list']>[0]): Promise<readonly (ParameterView & { place: string })[]> {
    const rows = await this.#parts.store.list(filter);
    return rows.map((row) => ({ ...this.#viewOf(row), place: row.place }));
  }

  async find(id: string): Promise<ParameterView | undefined> {
    const row = await this.#parts.store.findById(id);
    return row === undefined ? undefined : this.#viewOf(row);
  }

  /** Says what a parameter holds and what is forgiven there; in force on every thread when it resolves. */
  pin({ type, forgive, expiresMs, ...place }: WantedPin): Promise<ParameterView> {
    return this.#inTurn(async () => {
      const nowMs = this.#parts.clock.nowMs();
      const [row] = await this.#parts.store.find([placeText(place)]);
      const record = row === undefined ? newParameterRecord(nowMs) : documentOf(row).record;
      record.pin = { type, forgive, setAtMs: nowMs, expiresMs };
      const stored = this.#stored(place, record);
      await this.#parts.store.put([stored], PARAMETER_BOUNDS);
      await this.#publish();
      return this.#viewOf(stored);
    });
  }

  /** Takes back what was said of a parameter; what was learned of it counts again. Undefined: there is none. */
  unpin(id: string): Promise<ParameterView | undefined> {
    return this.#inTurn(async () => {
      const row = await this.#parts.store.findById(id);
      if (row === undefined) return undefined;
      const { place, record } = documentOf(row);
      record.pin = null;
      const stored = this.#stored(place, record);
      await this.#parts.store.put([stored], PARAMETER_BOUNDS);
      await this.#publish();
      return this.#viewOf(stored);
    });
  }

  /** Forgets a parameter with all that was learned and said of it; false where there is none. */
  forget(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = await this.#parts.store.remove(id);
      if (removed) await this.#publish();
      return removed;
    });
  }

  /** Forgets what was not seen for long, and what was said for a time that is over. */
  forgetOld(): Promise<void> {
    return this.#inTurn(() => this.#forgetOld());
  }

  async #forgetOld(): Promise<void> {
    const { store, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const over = (await store.pinned()).flatMap((row) => {
      const { place, record } = documentOf(row);
      if (record.pin !== null && record.pin.expiresMs <= nowMs) record.pin = null;
      const stored = this.#stored(place, record);
      return stored.effect === row.effect && stored.pinned ? [] : [stored];
    });
    if (over.length > 0) await store.put(over, PARAMETER_BOUNDS);
    const pruned = await store.prune(nowMs - FORGOTTEN_AFTER_MS);
    if (over.length + pruned > 0) await this.#publish();
  }

  async #learn(isUrgent: boolean): Promise<void> {
    const { store, clock } = this.#parts;
    const calls = this.#waiting;
    this.#waiting = [];
    const seen = byPlace(calls);
    if (seen.size > 0) {
      const known = new Map((await store.find([...seen.keys()])).map((row) => [row.place, row]));
      const changed = [...seen].map(([text, { place, values }]) => {
        const row = known.get(text);
        const record = row === undefined ? newParameterRecord(clock.nowMs()) : documentOf(row).record;
        for (const { call, value } of values) learnValue(record, call, value, nameOf);
        const stored = this.#stored(place, record);
        if (stored.effect !== (row?.effect ?? '')) this.#isChanged = true;
        return stored;
      });
      await store.put(changed, PARAMETER_BOUNDS);
    }
    if (this.#isChanged && (isUrgent || clock.nowMs() - this.#publishedMs >= PUBLISH_MS)) await this.#publish();
  }

  async #publish(): Promise<void> {
    this.#isChanged = false;
    this.#publishedMs = this.#parts.clock.nowMs();
    await this.#parts.publish(await this.table());
  }

  #stored(place: ParameterPlace, record: ParameterRecord): StoredParameter {
    const learned = learnedFrom(record, this.#parts.clock.nowMs());
    const text = placeText(place);
    return {
      id: createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS),
      endpoint: endpointKey(place.routeId, place.method, place.template),
      place: text,
      values: record.values,
      lastMs: record.lastMs,
      pinned: record.pin !== null,
      effect: learned === undefined ? '' : JSON.stringify(learned),
      document: JSON.stringify({ place, record } satisfies Document),
    };
  }

  #viewOf(row: StoredParameter): ParameterView {
    const { place, record } = documentOf(row);
    return parameterView(row.id, place, record, this.#parts.clock.nowMs());
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#working.then(change);
    this.#working = next.catch(() => undefined);
    return next;
  }

  /** What cannot be stored is lost: it comes again with the next calls, and no call waits for it. */
  async #tried(change: () => Promise<void>): Promise<void> {
    try {
      await this.#inTurn(change);
    } catch (error) {
      this.#parts.logger.warn({ error: String(error) }, 'what parameters hold could not be learned');
    }
  }
}

const ID_DIGITS = 16;

function placeText({ routeId, method, template, path }: ParameterPlace): string {
  return `${endpointKey(routeId, method, template)} ${path}`;
}

function documentOf({ document }: StoredParameter): Document {
  return JSON.parse(document) as Document;
}

interface SeenParameter {
  readonly place: ParameterPlace;
  readonly values: { readonly call: ObservedCall; readonly value: ObservedValue }[];
}

function byPlace(calls: readonly ObservedCall[]): Map<string, SeenParameter> {
  const seen = new Map<string, SeenParameter>();
  for (const call of calls) {
    const { routeId, method, template } = call;
    for (const value of call.values) {
      const place = { routeId, method, template, path: value.path };
      const text = placeText(place);
      const known = seen.get(text) ?? { place, values: [] };
      seen.set(text, known);
      known.values.push({ call, value });
    }
  }
  return seen;
}
