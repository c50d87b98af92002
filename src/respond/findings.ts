import { createHash } from 'node:crypto';
import { type Finding, type FindingChange, type FindingStatus, type Observation, SEVERITIES } from '../core/finding.ts';
import type { Clock, FindingStore, Logger } from '../ports.ts';

/** Observations that wait to be stored, by finding; further ones of new findings are counted as lost. */
const WAITING_MAX = 10_000;
const REQUEST_IDS_MAX = 8;
const RESOLUTION_CHARACTERS_MAX = 500;
const CHANGES_MAX = 50;
const HOUR_MS = 3_600_000;
const HOURS_MAX = 168;
const SNOOZED_COUNT_MIN = 10;

/** What somebody decided; `open`: that it is not settled after all. */
export interface FindingDecision {
  readonly status: FindingStatus;
  readonly note: string;
  readonly by: string;
}

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

  /** Takes down what somebody decided of a finding; undefined where there is none. */
  async decide(id: string, decision: FindingDecision): Promise<Finding | undefined> {
    // One after the other with what is written down, so that neither overwrites the other.
    const decided = this.flush().then(() => this.#decide(id, decision));
    this.#writing = decided.then(nothing, nothing);
    return decided;
  }

  async #decide(id: string, { status, note, by }: FindingDecision): Promise<Finding | undefined> {
    const { store, clock } = this.#options;
    const known = await store.find(id);
    if (known === undefined) return undefined;
    const atMs = clock.nowMs();
    const word = note.slice(0, RESOLUTION_CHARACTERS_MAX);
    const { count, severity } = known;
    const decided: Finding = {
      ...known,
      status,
      resolvedAtMs: status === 'open' ? 0 : atMs,
      resolution: status === 'open' ? '' : word,
      timeline: withChange(known.timeline, { atMs, status, by, note: word, count, severity }),
    };
    await store.put(decided);
    return decided;
  }

  async #write(): Promise<void> {
    const { store, logger, opened } = this.#options;
    for (const [id, observed] of this.#waiting) {
      this.#waiting.delete(id);
      try {
        const known = await store.find(id);
        const next = known === undefined ? firstOf(observed) : observedAgain(known, observed);
        if (next.status === 'open' && known?.status !== 'open') await opened(next);
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
    timeline: [],
    hourly: [[hourOf(timeMs), 1]],
  };
}

function firstOf(observed: Finding): Finding {
  const { firstMs, severity } = observed;
  const opened: FindingChange = { atMs: firstMs, status: 'open', by: '', note: '', count: 0, severity };
  return { ...observed, timeline: [opened] };
}

/** What was known of it with what was observed since; open again where what was decided no longer holds. */
function observedAgain(known: Finding, observed: Finding): Finding {
  const both = joined(known, observed);
  const { resolvedAtMs, resolution, timeline } = known;
  if (known.status === 'open' || !opensAgain(known, both))
    return { ...both, status: known.status, resolvedAtMs, resolution, timeline };
  const { lastMs, count, severity } = both;
  const opened: FindingChange = { atMs: lastMs, status: 'open', by: '', note: '', count, severity };
  return { ...both, status: 'open', timeline: withChange(timeline, opened) };
}

/** A snoozed one is worse when it is more severe than it was, or was observed as often again, and ten times at least. */
function opensAgain(known: Finding, both: Finding): boolean {
  switch (known.status) {
    case 'open':
    case 'resolved':
      return true;
    case 'expected':
      return false;
    case 'snoozed': {
      const then = known.timeline.findLast(({ status }) => status === 'snoozed') ?? known;
      const isMoreSevere = SEVERITIES.indexOf(both.severity) > SEVERITIES.indexOf(then.severity);
      return isMoreSevere || both.count - then.count >= Math.max(SNOOZED_COUNT_MIN, then.count);
    }
  }
}

function withChange(timeline: readonly FindingChange[], change: FindingChange): readonly FindingChange[] {
  const all = [...timeline, change];
  return all.length <= CHANGES_MAX ? all : [...all.slice(0, 1), ...all.slice(1 - CHANGES_MAX)];
}

function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** Added up by hour, oldest first; of too many the oldest are forgotten. */
function hoursOf(one: Finding['hourly'], other: Finding['hourly']): Finding['hourly'] {
  const counts = new Map<number, number>();
  for (const [hourMs, count] of [...one, ...other]) counts.set(hourMs, (counts.get(hourMs) ?? 0) + count);
  return [...counts].sort(([first], [second]) => first - second).slice(-HOURS_MAX);
}

function nothing(): void {}

/** The newer one speaks for both; the calls kept are the first few and the newest. */
function joined(one: Finding, other: Finding): Finding {
  const requestIds = [...new Set([...one.requestIds, ...other.requestIds])];
  const half = REQUEST_IDS_MAX / 2;
  return {
    ...other,
    hourly: hoursOf(one.hourly, other.hourly),
    count: one.count + other.count,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
    requestIds:
      requestIds.length <= REQUEST_IDS_MAX ? requestIds : [...requestIds.slice(0, half), ...requestIds.slice(-half)],
  };
}
