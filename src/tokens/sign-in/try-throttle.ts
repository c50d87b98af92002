export interface TryAllowance {
  /** Tries without any wait. */
  readonly free: number;
  /** The wait after the first try beyond them; it doubles with each. */
  readonly firstWaitMs: number;
  readonly waitMsMax: number;
  /** After so long without a try, all is forgotten. */
  readonly forgetMs: number;
}

/** Slows guessing down. A wait ends by itself: nobody is locked out for good. */
export interface TryThrottle {
  /** Milliseconds to wait, or 0. */
  waitMs(key: string, nowMs: number): number;
  /** Counts a try when it begins, so that many at once count as many. */
  charge(key: string, nowMs: number): void;
  /** Takes one back, because it was right. */
  refund(key: string): void;
  /** Forgets all of them. */
  clear(key: string): void;
}

/** Beyond it, who tried longest ago is forgotten. */
const KEYS_MAX = 16_384;

interface Tries {
  readonly count: number;
  readonly lastMs: number;
  readonly untilMs: number;
}

export function createTryThrottle({ free, firstWaitMs, waitMsMax, forgetMs }: TryAllowance): TryThrottle {
  const held = new Map<string, Tries>();
  return {
    waitMs: (key, nowMs) => {
      const tries = held.get(key);
      if (tries === undefined) return 0;
      const waitMs = tries.untilMs - nowMs;
      // More than can be: the clock was set back.
      return waitMs > 0 && waitMs <= waitMsMax ? waitMs : 0;
    },
    charge: (key, nowMs) => {
      const known = held.get(key);
      const isForgotten = known === undefined || nowMs - known.lastMs >= forgetMs;
      const count = isForgotten ? 1 : known.count + 1;
      const beyond = count - free;
      const untilMs = beyond <= 0 ? 0 : nowMs + Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(beyond - 1, 30));
      held.delete(key);
      if (held.size >= KEYS_MAX) {
        const oldest = held.keys().next();
        if (oldest.done !== true) held.delete(oldest.value);
      }
      held.set(key, { count, lastMs: nowMs, untilMs });
    },
    refund: (key) => {
      const known = held.get(key);
      if (known === undefined) return;
      if (known.count <= 1) held.delete(key);
      else held.set(key, { ...known, count: known.count - 1, untilMs: 0 });
    },
    clear: (key) => {
      held.delete(key);
    },
  };
}
