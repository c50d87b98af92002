import type { Running } from '../measure/processes.ts';

/** What a system does for every call. The canary proves each before anything is measured. */
export type Check = 'key' | 'scope' | 'limit' | 'payload' | 'event';

/** Where a system stands and what it works with. */
export interface Surroundings {
  /** Folder of this run; removed at its end. */
  readonly folder: string;
  readonly upstreamPort: number;
  /** The CPU the system under test has to itself, or undefined on a machine with one CPU. */
  readonly cpu: number | undefined;
  /** The key that peers let in; Sallyport makes its own. */
  readonly key: string;
}

export interface StartedSystem {
  readonly port: number;
  readonly process: Running;
  /** The key of a call that is let through, or undefined where none is asked for. */
  readonly key: string | undefined;
  /** A valid key without the scope, where scopes are checked. */
  readonly keyWithoutScope?: string;
  /** Proves that the call with this answer was recorded, where calls are recorded. */
  provesEvent?(headers: Readonly<Record<string, string | string[] | undefined>>): Promise<boolean>;
}

export interface System {
  readonly name: string;
  readonly title: string;
  readonly checks: readonly Check[];
  /** Why it cannot run here, or undefined. */
  unavailable(): string | undefined;
  /** Version of what runs, for the report. */
  version(): string;
  start(around: Surroundings): Promise<StartedSystem>;
}

/** What the upstream answers on every path: about 200 bytes, as a small resource has them. */
export const UPSTREAM_BODY = JSON.stringify({
  id: 1001,
  account: 'acme',
  status: 'open',
  items: [{ productId: 'garden-004', quantity: 2, unitPriceCents: 4075 }],
  totalCents: 8150,
  currency: 'EUR',
  createdAt: '2026-01-05T08:00:00.000Z',
});

export const MEASURED_PATH = '/data/1001';
/** Guarded by a limit of one call a minute, so that the canary can use it up. */
export const LIMITED_PATH = '/limited/1001';
