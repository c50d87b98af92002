import type { CallEvent, Outcome } from '../core/event.ts';
import type { CallProfile } from './call-profile.ts';
import { parseProfile } from './call-profile.ts';
import { RecordedCalls, type RecordedJudgement } from './recorded-call.ts';
import type { Snapshot } from './snapshot.ts';

/** How a call fares by other rules than those in force. `newlyObserved`: it goes through and would have been denied, were its stage enforced. */
export const CHANGES = [
  'newlyDenied',
  'newlyAllowed',
  'newlyObserved',
  'noLongerObserved',
  'unchanged',
  'unknown',
] as const;
export type Change = (typeof CHANGES)[number];

const LISTED_MAX = 50;
const COUNTED_MAX = 10_000;
const EXAMPLES_MAX = 3;
const PROFILES_MAX = 20_000;

export interface ChangeCount {
  readonly change: Change;
  readonly calls: number;
  /** Request ids. */
  readonly examples: readonly string[];
}

/** A configuration next to what is in force, over recorded calls; every call is in exactly one of the counts. */
export interface Comparison {
  readonly calls: number;
  readonly counts: Readonly<Record<Change, number>>;
  /** Of the calls that could not be told: go through as things are, and may be denied. */
  readonly mayBeDenied: number;
  /** Calls that are denied as things are, whatever becomes of them. */
  readonly deniedInForce: number;
  readonly byRule: readonly (ChangeCount & { readonly reason: string; readonly rule: string })[];
  readonly byRoute: readonly (ChangeCount & { readonly route: string })[];
  readonly byConsumer: readonly (ChangeCount & { readonly caller: string; readonly identified: boolean })[];
  /** What was not recorded that the answer depends on. */
  readonly unknownBecause: readonly {
    readonly why: string;
    readonly calls: number;
    readonly examples: readonly string[];
  }[];
  readonly sinceMs: number;
  readonly untilMs: number;
  /** True where calls were left out, or there was more to list than is listed. */
  readonly incomplete: boolean;
  /** True where the replay stopped at its bound: later calls are in none of the counts. */
  readonly stopped: boolean;
}

interface Tally {
  calls: number;
  readonly examples: string[];
}

/**
 * Judges recorded calls anew, in the order of their time, by a configuration and by what is in force, and counts where the two differ: what
 * became of a call then may have had other rules and modes. Where what is in force cannot be told of a call, what was recorded stands for
 * it, but for a denial by what only observes now, and without `inForce` it always does. Bounded in memory; changes nothing.
 */
export class Comparing {
  readonly #calls: RecordedCalls;
  readonly #inForce: RecordedCalls | undefined;
  readonly #routeId: string | undefined;
  readonly #profileText: (id: number) => string | undefined;
  readonly #profiles = new Map<number, CallProfile | undefined>();
  readonly #counts: Record<Change, number> = {
    newlyDenied: 0,
    newlyAllowed: 0,
    newlyObserved: 0,
    noLongerObserved: 0,
    unchanged: 0,
    unknown: 0,
  };
  readonly #tallies = {
    rule: new Map<string, Tally>(),
    route: new Map<string, Tally>(),
    caller: new Map<string, Tally>(),
    why: new Map<string, Tally>(),
  };
  #mayBeDenied = 0;
  #deniedInForce = 0;
  #seen = 0;
  #sinceMs = 0;
  #untilMs = 0;
  #incomplete = false;
  #stopped = false;

  /** `routeId`: only calls that were recorded on this route, or are on it by the configuration, count. */
  constructor(
    snapshot: Snapshot,
    profileText: (id: number) => string | undefined,
    inForce?: Snapshot,
    routeId?: string,
  ) {
    this.#routeId = routeId;
    this.#calls = new RecordedCalls(snapshot);
    this.#inForce = inForce === undefined ? undefined : new RecordedCalls(inForce);
    this.#profileText = profileText;
  }

  get calls(): number {
    return this.#seen;
  }

  /** `counted` false: the call only uses up limits. */
  add(event: CallEvent, counted: boolean): void {
    const profile = this.#profileOf(event);
    const judgement = this.#calls.judge(event, profile);
    const inForce = this.#inForce?.judge(event, profile);
    // A call may have been recorded on a route that a mode for a path made, and that went with it.
    const isOfRoute = this.#routeId === undefined || [event.routeId, judgement.routeId].includes(this.#routeId);
    if (!counted || !isOfRoute) return;
    if (this.#seen++ === 0) this.#sinceMs = event.timeMs;
    this.#sinceMs = Math.min(this.#sinceMs, event.timeMs);
    this.#untilMs = Math.max(this.#untilMs, event.timeMs);
    const before = asThingsAre(event, inForce);
    if (before.outcome === 'denied') this.#deniedInForce++;
    const change = changeOf(before.outcome, judgement);
    this.#counts[change]++;
    if (change === 'unchanged') return;
    const { requestId, consumer, address } = event;
    if (judgement.kind === 'unknown') {
      if (judgement.mayBeDenied && before.outcome !== 'denied') this.#mayBeDenied++;
      this.#count(this.#tallies.why, [judgement.why], requestId);
    } else {
      // Of a call that is let through, what denies it as things are is what changes.
      const { reason, rule } = judgement.reason === '' ? before : judgement;
      this.#count(this.#tallies.rule, [change, reason, rule], requestId);
    }
    this.#count(this.#tallies.route, [change, judgement.routeId], requestId);
    this.#count(
      this.#tallies.caller,
      [change, consumer === '' ? address : consumer, consumer === '' ? '' : 'consumer'],
      requestId,
    );
  }

  /** More calls there are, and they are not looked at. */
  stopped(): void {
    this.#stopped = true;
  }

  report(): Comparison {
    const list = <T>(
      tallies: ReadonlyMap<string, Tally>,
      entry: (parts: readonly string[], tally: Tally) => T,
    ): T[] => {
      if (tallies.size > LISTED_MAX) this.#incomplete = true;
      return [...tallies]
        .sort(([, a], [, b]) => b.calls - a.calls)
        .slice(0, LISTED_MAX)
        .map(([key, tally]) => entry(JSON.parse(key) as string[], tally));
    };
    const changed = ([change = 'unknown']: readonly string[], { calls, examples }: Tally): ChangeCount => ({
      change: CHANGES.find((known) => known === change) ?? 'unknown',
      calls,
      examples,
    });
    const byRule = list(this.#tallies.rule, (parts, tally) => ({
      ...changed(parts, tally),
      reason: parts[1] ?? '',
      rule: parts[2] ?? '',
    }));
    const byRoute = list(this.#tallies.route, (parts, tally) => ({ ...changed(parts, tally), route: parts[1] ?? '' }));
    const byConsumer = list(this.#tallies.caller, (parts, tally) => ({
      ...changed(parts, tally),
      caller: parts[1] ?? '',
      identified: parts[2] === 'consumer',
    }));
    const unknownBecause = list(this.#tallies.why, ([why = ''], { calls, examples }) => ({ why, calls, examples }));
    return {
      calls: this.#seen,
      counts: { ...this.#counts },
      mayBeDenied: this.#mayBeDenied,
      deniedInForce: this.#deniedInForce,
      byRule,
      byRoute,
      byConsumer,
      unknownBecause,
      sinceMs: this.#sinceMs,
      untilMs: this.#untilMs,
      incomplete: this.#incomplete || this.#stopped,
      stopped: this.#stopped,
    };
  }

  #count(tallies: Map<string, Tally>, parts: readonly string[], requestId: string): void {
    const key = JSON.stringify(parts);
    let tally = tallies.get(key);
    if (tally === undefined) {
      if (tallies.size >= COUNTED_MAX) {
        this.#incomplete = true;
        return;
      }
      tally = { calls: 0, examples: [] };
      tallies.set(key, tally);
    }
    tally.calls++;
    if (tally.examples.length < EXAMPLES_MAX) tally.examples.push(requestId);
  }

  #profileOf({ facts }: CallEvent): CallProfile | undefined {
    if (facts === undefined || facts.profileId === 0) return undefined;
    if (this.#profiles.has(facts.profileId) && facts.profileText === '') return this.#profiles.get(facts.profileId);
    if (this.#profiles.size >= PROFILES_MAX) this.#profiles.clear();
    const text = facts.profileText === '' ? this.#profileText(facts.profileId) : facts.profileText;
    const profile = text === undefined ? undefined : parseProfile(text);
    this.#profiles.set(facts.profileId, profile);
    return profile;
  }
}

/** How a call fares by what is in force. What nothing in force denies goes through, whatever became of it then. */
function asThingsAre(
  { outcome, reason }: CallEvent,
  inForce: RecordedJudgement | undefined,
): { readonly outcome: Outcome; readonly reason: string; readonly rule: string } {
  if (inForce?.kind === 'known') return inForce;
  const goesThrough = inForce !== undefined && !inForce.mayBeDenied;
  return { outcome: goesThrough && outcome === 'denied' ? 'observed' : outcome, reason, rule: '' };
}

function changeOf(before: Outcome, judgement: RecordedJudgement): Change {
  if (judgement.kind === 'unknown') return 'unknown';
  const { outcome: after } = judgement;
  if (before === after) return 'unchanged';
  if (after === 'denied') return 'newlyDenied';
  if (before === 'denied') return 'newlyAllowed';
  return after === 'observed' ? 'newlyObserved' : 'noLongerObserved';
}
