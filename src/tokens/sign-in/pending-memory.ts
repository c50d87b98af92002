import type { Clock } from '../../ports.ts';

export interface PendingBounds {
  readonly lifeMs: number;
  readonly entriesMax: number;
  /** Entries of one owner; beyond it, its own oldest goes. */
  readonly perOwnerMax: number;
}

/** Things begun and not finished: bounded, each for a while, each finished once. */
export interface PendingMemory<T> {
  set(key: string, owner: string, value: T): void;
  peek(key: string): T | undefined;
  /** Whether it is held, over or not. */
  has(key: string): boolean;
  /** Of two at once, one gets it. */
  take(key: string): T | undefined;
}

/** In memory: what is pending at a restart has to be begun anew. Full, whoever holds most loses its oldest, of equals whoever holds something longest. */
export function createPendingMemory<T>(clock: Clock, bounds: PendingBounds): PendingMemory<T> {
  const held = new Map<string, { readonly owner: string; readonly untilMs: number; readonly value: T }>();
  const byOwner = new Map<string, Set<string>>();
  const remove = (key: string): void => {
    const entry = held.get(key);
    if (entry === undefined) return;
    held.delete(key);
    const keys = byOwner.get(entry.owner);
    keys?.delete(key);
    if (keys?.size === 0) byOwner.delete(entry.owner);
  };
  const removeFirst = (keys: Iterable<string>): void => {
    for (const key of keys) {
      remove(key);
      return;
    }
  };
  const largestShare = (): Iterable<string> => {
    let largest: ReadonlySet<string> = new Set();
    for (const keys of byOwner.values()) if (keys.size > largest.size) largest = keys;
    return largest;
  };
  const peek = (key: string): T | undefined => {
    const entry = held.get(key);
    const nowMs = clock.nowMs();
    // Further ahead than a life: the clock was set back.
    if (entry === undefined || nowMs >= entry.untilMs || entry.untilMs > nowMs + bounds.lifeMs) return undefined;
    return entry.value;
  };
  return {
    set: (key, owner, value) => {
      remove(key);
      const keys = byOwner.get(owner) ?? new Set();
      if (keys.size >= bounds.perOwnerMax) removeFirst(keys);
      if (held.size >= bounds.entriesMax) removeFirst(largestShare());
      held.set(key, { owner, untilMs: clock.nowMs() + bounds.lifeMs, value });
      keys.add(key);
      byOwner.set(owner, keys);
    },
    peek,
    has: (key) => held.has(key),
    take: (key) => {
      const value = peek(key);
      remove(key);
      return value;
    },
  };
}
