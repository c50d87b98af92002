import type { KeySetSource, PublishedKeySet } from '../ports.ts';

/** Longer than any fetch may take: an answer that never comes must not hold calls for ever. */
const WAIT_MS_MAX = 15_000;

/** Takes the keys of an issuer back that no configuration names any more. */
export const WITHDRAWN: PublishedKeySet = Object.freeze({
  generation: 0,
  keys: [],
  usableUntilMs: 0,
  refreshableAtMs: -1,
});

/** The keys of issuers on one data-plane thread, as the control plane publishes them. */
export class ThreadKeySets implements KeySetSource {
  readonly #sets: Map<string, PublishedKeySet>;
  readonly #waiting = new Map<string, { readonly promise: Promise<void>; readonly resolve: () => void }>();
  readonly #ask: (name: string) => void;

  /** `ask` tells the control plane that newer keys are wanted; `refreshed` follows. */
  constructor(published: ReadonlyMap<string, PublishedKeySet>, ask: (name: string) => void) {
    this.#sets = new Map(published);
    this.#ask = ask;
  }

  current(name: string): PublishedKeySet | undefined {
    return this.#sets.get(name);
  }

  publish(name: string, keys: PublishedKeySet): void {
    if (keys.refreshableAtMs === WITHDRAWN.refreshableAtMs) this.#sets.delete(name);
    else this.#sets.set(name, keys);
  }

  refresh(name: string): Promise<void> {
    const known = this.#waiting.get(name);
    if (known !== undefined) return known.promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.refreshed(name), WAIT_MS_MAX);
    timer.unref();
    this.#waiting.set(name, {
      promise,
      resolve: () => {
        clearTimeout(timer);
        resolve();
      },
    });
    this.#ask(name);
    return promise;
  }

  /** The control plane has done what it could; whoever waits looks again. */
  refreshed(name: string): void {
    const waiter = this.#waiting.get(name);
    this.#waiting.delete(name);
    waiter?.resolve();
  }
}
