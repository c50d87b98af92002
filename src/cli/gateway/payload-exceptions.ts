import type { Configuration } from '../../core/configuration.ts';
import type { AddedException, ExceptionUse } from '../../core/payload.ts';
import { type ConfiguredExceptions, type ExceptionView, exceptionViews } from '../../detect/payload/exception-view.ts';
import { exceptionId, routePlace } from '../../detect/payload/exceptions.ts';
import type { Clock, Logger, PayloadExceptionStore } from '../../ports.ts';

export const ADDED_MAX = 1_000;
const FLUSH_MS = 5_000;
const PRUNE_MS = 3_600_000;
/** So long an exception that ended is still listed, and the use of one that is gone still known. */
const KEPT_MS = 90 * 86_400_000;

export interface PayloadExceptionParts {
  readonly store: PayloadExceptionStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly configuration: () => Configuration;
  /** Puts what is stored into force on every thread. */
  readonly publish: () => Promise<void>;
}

export type WantedException = Omit<AddedException, 'id' | 'addedMs' | 'routePlace'>;

/** Exceptions for attacks that are added to the running gateway, and how often every exception was used. */
export class PayloadExceptions {
  readonly #parts: PayloadExceptionParts;
  /** Calls since they were last stored. */
  readonly #counted = new Map<string, ExceptionUse>();
  /** Of which uses are counted. */
  #known = new Set<string>();
  /** Told of already: their route is gone. */
  #gone = new Set<string>();
  #writing: Promise<unknown> = Promise.resolve();
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: PayloadExceptionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.#tried(() => this.flush()), FLUSH_MS),
      setInterval(() => void this.#tried(() => this.#prune()), PRUNE_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#tried(() => this.flush());
  }

  /** From now on the uses of what is stored and of what a configuration says are counted. Called before it is in force. */
  adopt(configuration: Configuration): Promise<void> {
    return this.#tried(async () => {
      await this.#bind(configuration);
      const isNew = (await this.#ids(configuration)).filter((id) => !this.#known.has(id));
      for (const id of isNew) this.#known.add(id);
      const sinceMs = this.#parts.clock.nowMs();
      await this.#inTurn(() => this.#parts.store.addUses(isNew.map((id) => ({ id, calls: 0, sinceMs, lastMs: 0 }))));
    });
  }

  /** Ties exceptions of before places were kept to the routes of now, and tells of those whose route is gone. */
  async #bind(configuration: Configuration): Promise<void> {
    const { store, logger } = this.#parts;
    const places = placesOf(configuration);
    const gone = new Set<string>();
    for (const one of await store.list()) {
      const place = places.get(one.routeId);
      if (one.routeId !== '' && one.routePlace === '' && place !== undefined)
        await store.put({ ...one, routePlace: place }, ADDED_MAX);
      else if (isGone(one, places)) gone.add(one.id);
    }
    const toTell = [...gone].filter((id) => !this.#gone.has(id));
    this.#gone = gone;
    if (toTell.length > 0)
      logger.warn(
        { exceptions: toTell },
        'exceptions count for nothing: their route is gone, or its name is that of another',
      );
  }

  async #ids(configuration: Configuration): Promise<readonly string[]> {
    const configured = configuredExceptions(configuration).flatMap(({ routeId, exceptions }) =>
      exceptions.map((one) => exceptionId(routeId, one)),
    );
    return [...configured, ...(await this.#parts.store.list()).map(({ id }) => id)];
  }

  /** A call that went through because of an exception. What no exception is called is not counted. */
  count(id: string, timeMs: number): void {
    if (!this.#known.has(id)) return;
    const known = this.#counted.get(id);
    this.#counted.set(id, {
      id,
      calls: (known?.calls ?? 0) + 1,
      sinceMs: Math.min(known?.sinceMs ?? timeMs, timeMs),
      lastMs: Math.max(known?.lastMs ?? 0, timeMs),
    });
  }

  /** All there are, those of the configuration included, with their uses up to now. */
  async list(): Promise<readonly ExceptionView[]> {
    await this.flush();
    const { store, clock, configuration } = this.#parts;
    const places = placesOf(configuration());
    const [added, uses] = [await store.list(), await store.uses()];
    return exceptionViews(configuredExceptions(configuration()), added, uses, clock.nowMs(), (one) =>
      isGone(one, places),
    );
  }

  /** In force on every thread when it resolves; undefined where there is no room for more. Replaces one of the same scope. */
  async add(wanted: WantedException): Promise<ExceptionView | undefined> {
    const id = exceptionId(wanted.routeId, wanted);
    const addedMs = this.#parts.clock.nowMs();
    const place = placesOf(this.#parts.configuration()).get(wanted.routeId) ?? '';
    if (!(await this.#parts.store.put({ ...wanted, routePlace: place, id, addedMs }, ADDED_MAX))) return undefined;
    await this.#parts.publish();
    return this.#find(id);
  }

  /** Of no force on any thread when it resolves; undefined where none of this name was added. */
  async remove(id: string): Promise<ExceptionView | undefined> {
    const view = await this.#find(id);
    if ((await this.#parts.store.remove(id)) === undefined) return undefined;
    await this.#parts.publish();
    return view;
  }

  /** Whether the configuration says one of this name. */
  isConfigured(id: string): boolean {
    return configuredExceptions(this.#parts.configuration()).some(({ routeId, exceptions }) =>
      exceptions.some((one) => exceptionId(routeId, one) === id),
    );
  }

  async flush(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#counted.size === 0) return;
      const uses = [...this.#counted.values()];
      this.#counted.clear();
      try {
        await this.#parts.store.addUses(uses);
      } catch (error) {
        for (const use of uses) this.#countAgain(use);
        throw error;
      }
    });
  }

  async #find(id: string): Promise<ExceptionView | undefined> {
    return (await this.list()).find((one) => one.id === id && one.source === 'added');
  }

  async #prune(): Promise<void> {
    this.#known = new Set(await this.#ids(this.#parts.configuration()));
    const ended = await this.#parts.store.prune(this.#parts.clock.nowMs() - KEPT_MS, this.#known);
    if (ended > 0) await this.#parts.publish();
  }

  #countAgain(use: ExceptionUse): void {
    const since = this.#counted.get(use.id);
    this.#counted.set(use.id, {
      id: use.id,
      calls: use.calls + (since?.calls ?? 0),
      sinceMs: use.sinceMs,
      lastMs: Math.max(use.lastMs, since?.lastMs ?? 0),
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#writing.then(change);
    this.#writing = next.catch(() => undefined);
    return next;
  }

  async #tried(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#parts.logger.warn(
        { error: String(error) },
        'the use of exceptions could not be stored, and is kept in memory',
      );
    }
  }
}

/** Where each route takes its calls, by its name. */
function placesOf({ routes }: Configuration): ReadonlyMap<string, string> {
  return new Map(routes.map((route) => [route.rulesOf ?? route.id, routePlace(route)]));
}

function isGone({ routeId, routePlace: place }: AddedException, places: ReadonlyMap<string, string>): boolean {
  return routeId !== '' && places.get(routeId) !== place;
}

/** Routes split by commands over modes are one. */
function configuredExceptions({ routes }: Configuration): readonly ConfiguredExceptions[] {
  const byRoute = new Map<string, ConfiguredExceptions>();
  for (const { id, rulesOf = id, payload } of routes)
    if (payload !== undefined && payload.exceptions.length > 0)
      byRoute.set(rulesOf, { routeId: rulesOf, exceptions: payload.exceptions });
  return [...byRoute.values()];
}
