import { createHash } from 'node:crypto';
import type { Finding, Observation } from '../core/finding.ts';
import type { Clock, FindingStore, Logger } from '../ports.ts';

/** Observations that wait to be stored, by finding; further ones of new findings are counted as lost. */
const WAITING_MAX = 10_000;
const REQUEST_IDS_MAX = 8;
const RESOLUTION_CHARACTERS_MAX = 500;

export interface FindingsOptions {
  readonly store: FindingStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Told of every finding that is new, or open again, before it is stored as such: where that fails, it is told of again.
   */
  readonly opened: (finding: Finding) => Promise<void>;
}

/**
 * Puts observations together and keeps them: one finding for each actor, detector and subject, with how often and since when.
 * Observing costs the caller a map entry; storing happens when `flush` is called.
 */
export class Findings {
  readonly #options: FindingsOptions;
  #waiting = new Map<string, Finding>();
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  lostObservations = 0;

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  observe(observation: Observation): void {
    const id = findingId(observation);
    const known = this.#waiting.get(id);
    if (known === undefined && this.#waiting.size >= WAITING_MAX) {
      this.lostObservations++;
      return;
    }
    this.#waiting.set(id, known === undefined ? findingOf(id, observation) : joined(known, findingOf(id, observation)));
  }

  /** Stores what waits and tells of what is new. Resolves when that is done; never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Closes a finding, with a word of what was done about it; undefined where there is none. */
  async resolve(id: string, resolution: string): Promise<Finding | undefined> {
    await this.flush();
    const known = await this.#options.store.find(id);
    if (known === undefined) return undefined;
    const resolved: Finding = {
      ...known,
      status: 'resolved',
      resolvedAtMs: this.#options.clock.nowMs(),
      resolution: resolution.slice(0, RESOLUTION_CHARACTERS_MAX),
    };
    await this.#options.store.put(resolved);
    return resolved;
  }

  async #write(): Promise<void> {
    const { store, logger, opened } = this.#options;
    for (const [id, observed] of this.#waiting) {
      this.#waiting.delete(id);
      try {
        const known = await store.find(id);
        const next = known === undefined ? observed : joined(known, observed);
        if (known === undefined || known.status === 'resolved') await opened(next);
        await store.put(next);
        this.#failing = false;
      } catch (error) {
        const meanwhile = this.#waiting.get(id);
        this.#waiting.set(id, meanwhile === undefined ? observed : joined(observed, meanwhile));
        if (!this.#failing) logger.warn({ error: String(error) }, 'findings cannot be stored; they wait');
        this.#failing = true;
        return;
      }
    }
  }
}

/** Sixteen characters, so that it can be typed. */
export function findingId({ detector, actor, subject }: Pick<Observation, 'detector' | 'actor' | 'subject'>): string {
  return createHash('sha256')
    .update(JSON.stringify([detector, actor, subject]))
    .digest('hex')
    .slice(0, 16);
}

function findingOf(id: string, { timeMs, requestId, ...observation }: Observation): Finding {
  return {
    id,
    ...observation,
    count: 1,
    firstMs: timeMs,
    lastMs: timeMs,
    requestIds: requestId === '' ? [] : [requestId],
    status: 'open',
    resolvedAtMs: 0,
    resolution: '',
  };
}

/** The newer one speaks for both; the calls kept are the first few and the newest. */
function joined(one: Finding, other: Finding): Finding {
  const requestIds = [...new Set([...one.requestIds, ...other.requestIds])];
  const half = REQUEST_IDS_MAX / 2;
  return {
    ...other,
    count: one.count + other.count,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
    requestIds:
      requestIds.length <= REQUEST_IDS_MAX ? requestIds : [...requestIds.slice(0, half), ...requestIds.slice(-half)],
  };
}
