import type { StageId } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { Router } from '../http/router.ts';

/** Lines of a list; what is not shown is in the totals. */
const LISTED_MAX = 20;
/** Distinct consumers, and addresses, that are counted apart. Calls of any further one count in the totals alone. */
const COUNTED_MAX = 10_000;

export interface ReasonCount {
  readonly reason: ReasonCode | '';
  readonly calls: number;
}

export interface CallerCount {
  /** Selected calls of this caller, those that were denied already included. */
  readonly calls: number;
  readonly wouldDeny: number;
  /** Most frequent first. */
  readonly reasons: readonly ReasonCount[];
}

/** What enforcing would have done to recorded calls. Lists hold the most affected first, and only those affected. */
export interface ReplayReport {
  /** Calls the selection covers. */
  readonly calls: number;
  /** Of these, denied already, because something was enforced. */
  readonly denied: number;
  /** Of those denied, by one of the stages that were asked for; without any, all. */
  readonly deniedByStages: number;
  /** Of these, went through and would have been denied. */
  readonly wouldDeny: number;
  readonly byReason: readonly ReasonCount[];
  readonly byConsumer: readonly (CallerCount & { readonly consumer: string })[];
  /** Callers nobody identified. */
  readonly byAddress: readonly (CallerCount & { readonly address: string })[];
  /** True where not every affected caller is in a list. */
  readonly incomplete: boolean;
  /** Arrival of the first and last selected call; 0 where there is none. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Tally {
  calls: number;
  wouldDeny: number;
  readonly reasons: Map<ReasonCode | '', number>;
}

/** Which recorded calls are of a path template. */
export function callsOfPath(template: string): (event: CallEvent) => boolean {
  const router = new Router([{ id: template, host: '*', path: template, methods: [] }]);
  return ({ path, method }) => router.match('', path, method) === 0;
}

/**
 * Answers "would have denied N of M": what the recorded verdicts say would have happened, had the stages denied that
 * only observed. `stages` narrows that to the stages about to be enforced; without it, to all.
 *
 * The first denying stage of a call counts, as it would have ended the call. Does not judge anything anew: a limit that
 * would have been less used up behind an earlier denial is taken as recorded.
 */
export function replay(
  events: Iterable<CallEvent>,
  selects: (event: CallEvent) => boolean,
  stages?: ReadonlySet<StageId>,
): ReplayReport {
  const byReason = new Map<ReasonCode | '', number>();
  const byConsumer = new Map<string, Tally>();
  const byAddress = new Map<string, Tally>();
  let calls = 0;
  let denied = 0;
  let deniedByStages = 0;
  let wouldDeny = 0;
  let sinceMs = Number.POSITIVE_INFINITY;
  let untilMs = 0;
  let uncounted = false;

  for (const event of events) {
    if (!selects(event)) continue;
    calls++;
    sinceMs = Math.min(sinceMs, event.timeMs);
    untilMs = Math.max(untilMs, event.timeMs);
    const tally = event.consumer !== '' ? tallyOf(byConsumer, event.consumer) : tallyOf(byAddress, event.address);
    if (tally !== undefined) tally.calls++;
    if (event.outcome === 'denied') {
      denied++;
      if (stages === undefined || isDeniedBy(event, stages)) deniedByStages++;
      continue;
    }
    const reason = observedDenial(event, stages);
    if (reason === undefined) continue;
    wouldDeny++;
    increment(byReason, reason);
    if (tally === undefined) {
      uncounted = true;
      continue;
    }
    tally.wouldDeny++;
    increment(tally.reasons, reason);
  }

  const consumers = affected(byConsumer);
  const addresses = affected(byAddress);
  return {
    calls,
    denied,
    deniedByStages,
    wouldDeny,
    byReason: ranked(byReason),
    byConsumer: consumers.slice(0, LISTED_MAX).map(([consumer, tally]) => ({ consumer, ...countOf(tally) })),
    byAddress: addresses.slice(0, LISTED_MAX).map(([address, tally]) => ({ address, ...countOf(tally) })),
    incomplete: uncounted || consumers.length > LISTED_MAX || addresses.length > LISTED_MAX,
    sinceMs: calls === 0 ? 0 : sinceMs,
    untilMs,
  };
}

/** Reason for which a call that went through would have been denied, or undefined. */
function observedDenial(event: CallEvent, stages: ReadonlySet<StageId> | undefined): ReasonCode | '' | undefined {
  for (const entry of event.trace) {
    // What could not be judged denies as well (ARCHITECTURE §4).
    if (entry.kind !== 'deny' && entry.kind !== 'indeterminate') continue;
    if (stages === undefined || stages.has(entry.stage)) return entry.reason ?? '';
  }
  // A denial after the stages, such as a body over its bound, stands in the event alone.
  return stages === undefined && event.outcome === 'observed' ? event.reason : undefined;
}

/** The stage whose denial counted is the one that ended the run. */
function isDeniedBy({ trace }: CallEvent, stages: ReadonlySet<StageId>): boolean {
  return trace.some(
    ({ kind, enforced, stage }) => enforced && (kind === 'deny' || kind === 'indeterminate') && stages.has(stage),
  );
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally | undefined {
  let tally = tallies.get(name);
  if (tally === undefined && tallies.size < COUNTED_MAX) {
    tally = { calls: 0, wouldDeny: 0, reasons: new Map() };
    tallies.set(name, tally);
  }
  return tally;
}

function increment(counts: Map<ReasonCode | '', number>, reason: ReasonCode | ''): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function affected(tallies: ReadonlyMap<string, Tally>): [string, Tally][] {
  return [...tallies]
    .filter(([, tally]) => tally.wouldDeny > 0)
    .sort(([nameA, a], [nameB, b]) => b.wouldDeny - a.wouldDeny || (nameA < nameB ? -1 : 1));
}

function countOf(tally: Tally): CallerCount {
  return { calls: tally.calls, wouldDeny: tally.wouldDeny, reasons: ranked(tally.reasons) };
}

function ranked(counts: ReadonlyMap<ReasonCode | '', number>): ReasonCount[] {
  return [...counts]
    .map(([reason, calls]) => ({ reason, calls }))
    .sort((a, b) => b.calls - a.calls || (a.reason < b.reason ? -1 : 1))
    .slice(0, LISTED_MAX);
}
