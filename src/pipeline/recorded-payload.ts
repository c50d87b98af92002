import type { CallEvent } from '../core/event.ts';
import type { AddedException } from '../core/payload.ts';
import type { AttackClass } from '../detect/attack-class.ts';
import { Exceptions, exceptionsOf, isBeginning, routePlace } from '../detect/payload/exceptions.ts';
import { refusesUnread } from '../detect/payload/payload-judge.ts';
import {
  type RecordedPayload,
  type RecordedValue,
  readPayloadSignals,
  refuses,
} from '../detect/payload/payload-record.ts';
import { Limits } from '../limit/limits.ts';
import type { RecordedReading } from './call-profile.ts';
import type { Evaluation } from './evaluation.ts';
import type { CompiledRoute, Snapshot } from './snapshot.ts';
import { Suspicions } from './suspicions.ts';

export type PayloadAnswer =
  | { readonly kind: 'pass' }
  | { readonly kind: 'deny'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly why: string };

const PASS: PayloadAnswer = Object.freeze({ kind: 'pass' });
const UNREAD = 'payload.unscanned:';
const MALFORMED = 'payload.malformed:';

/** The values of a call by the exceptions of now. */
interface Sorted {
  readonly remaining: readonly RecordedValue[];
  /** Classes of which an exception takes away what it did not before. */
  readonly dropped: ReadonlySet<AttackClass>;
  /** Classes of which something is no longer let through. */
  readonly added: ReadonlySet<AttackClass>;
  /** Of a place not enough was recorded. */
  readonly isDoubtful: boolean;
}

/** Looks for attacks in recorded calls: by what was recorded of their values, which is what every profile says of them. */
export class RecordedPayloads {
  readonly #limits: Limits;
  readonly #added: readonly AddedException[];
  readonly #exceptions = new Map<CompiledRoute, Exceptions>();
  readonly #suspicions = new Map<number, Suspicions>();
  /** A call may have counted as suspicious, or not: from then on nobody is known to have sent too many. */
  #isDoubted = false;

  constructor({ parts, payloadExceptions }: Pick<Snapshot, 'parts' | 'payloadExceptions'>) {
    this.#limits = new Limits(parts.limits);
    this.#added = payloadExceptions;
  }

  /** `certain` false: the call may have been refused before. `verdict`: what was recorded of it; undefined where it was not looked at. */
  judge(
    event: CallEvent,
    recorded: RecordedReading | undefined,
    verdict: 'pass' | { readonly reason: string } | undefined,
    evaluation: Evaluation,
    route: CompiledRoute,
    certain: boolean,
  ): PayloadAnswer {
    const policy = route.config.payload;
    const { reading } = route;
    if (policy === undefined || reading === undefined) return PASS;
    // Counted as if it were suspicious: then a pass of a later call is certain, and a refusal is not.
    const unknown = (why: string): PayloadAnswer => {
      this.#isDoubted = true;
      this.#count(policy.suspiciousMax, evaluation, route);
      return { kind: 'unknown', why };
    };
    if (recorded === undefined || verdict === undefined) return unknown('what attacks would have been found');
    if (recorded.learns !== reading.learns) return unknown('what attacks are, by what parameters usually hold');
    const payload = readPayloadSignals(event.signals);
    const consumer = evaluation.principal?.consumer ?? '';
    const sorted = this.#sort(payload, route, consumer, evaluation.nowMs);
    const isNear = sorted.remaining.some(({ severity }) => severity !== 'near');
    // Of a value that is not recorded nobody knows whether the call was counted for it.
    if (!payload.isComplete && !isNear) this.#isDoubted = true;
    const isAffected = sorted.dropped.size + sorted.added.size > 0 || sorted.isDoubtful;
    if (recorded.policy === reading.policy && !isAffected) {
      const isCounted = verdict === 'pass' ? isNear : verdict.reason === 'payload.suspicious';
      if (isCounted) return this.#suspicious(policy.suspiciousMax, evaluation, route, certain);
      return verdict === 'pass' ? PASS : { kind: 'deny', reason: verdict.reason };
    }
    const refused = refusedAs(sorted.remaining, policy.profile, verdict === 'pass' ? '' : verdict.reason);
    if (refused !== undefined) return { kind: 'deny', reason: refused };
    if (sorted.isDoubtful) return unknown('whether an exception names the place of what was found');
    if (payload.isCut && sorted.dropped.size > 0) return unknown('what else was in a value that is let through now');
    if (!payload.isComplete) return unknown('everything that was found in the call');
    for (const { attack, severity } of payload.together)
      if (refuses(policy.profile, severity) && !sorted.dropped.has(attack))
        return { kind: 'deny', reason: `payload.${attack}` };
    if (sorted.remaining.some(({ attack }) => sorted.dropped.has(attack) || sorted.added.has(attack)))
      return unknown('what several values that come near weigh together');
    if (policy.onMalformed === 'refuse' && event.signals.some((one) => one.startsWith(MALFORMED)))
      return { kind: 'deny', reason: 'payload.malformed' };
    const unread = event.signals.filter((one) => one.startsWith(UNREAD)).map((one) => one.slice(UNREAD.length));
    if (unread.length > 0) {
      if (refusesUnread(policy, unread)) return { kind: 'deny', reason: 'payload.unscanned' };
      if (recorded.samples !== reading.samples) return unknown('what stands beyond the bounds of what was read');
    }
    return isNear ? this.#suspicious(policy.suspiciousMax, evaluation, route, certain) : PASS;
  }

  /** What becomes of a call that only comes near. */
  #suspicious(permits: number, evaluation: Evaluation, route: CompiledRoute, certain: boolean): PayloadAnswer {
    if (!certain) this.#isDoubted = true;
    if (this.#count(permits, evaluation, route)) return PASS;
    return this.#isDoubted
      ? { kind: 'unknown', why: 'how many suspicious calls were counted' }
      : { kind: 'deny', reason: 'payload.suspicious' };
  }

  #count(permits: number, { call, principal, nowMs, nowMicros }: Evaluation, route: CompiledRoute): boolean {
    if (permits === 0) return true;
    let counter = this.#suspicions.get(permits);
    if (counter === undefined) {
      counter = new Suspicions(permits, route.ruleId, this.#limits);
      this.#suspicions.set(permits, counter);
    }
    counter.at({ nowMs, nowMicros, dryRun: false });
    return counter.admits(call, principal?.consumer ?? '');
  }

  #sort({ values, excepted }: RecordedPayload, route: CompiledRoute, consumer: string, nowMs: number): Sorted {
    const exceptions = this.#exceptionsOf(route);
    const remaining: RecordedValue[] = [];
    const dropped = new Set<AttackClass>();
    const added = new Set<AttackClass>();
    let isDoubtful = false;
    for (const one of values) {
      const covered = covers(exceptions, one, consumer, nowMs);
      if (covered === 'yes') dropped.add(one.attack);
      else if (covered === 'no') remaining.push(one);
      else isDoubtful = true;
    }
    for (const one of excepted) {
      const covered = covers(exceptions, one, consumer, nowMs);
      if (covered === 'no') {
        added.add(one.attack);
        remaining.push(one);
      } else if (covered === 'perhaps' && !exceptions.has(one.exception)) isDoubtful = true;
    }
    return { remaining, dropped, added, isDoubtful };
  }

  #exceptionsOf(route: CompiledRoute): Exceptions {
    let exceptions = this.#exceptions.get(route);
    if (exceptions === undefined) {
      exceptions = new Exceptions(
        exceptionsOf(route.ruleId, routePlace(route.config), route.config.payload?.exceptions ?? [], this.#added),
      );
      this.#exceptions.set(route, exceptions);
    }
    return exceptions;
  }
}

/** The reason a call is refused for by its values alone: the recorded one where it still counts, else that of the gravest. */
function refusedAs(values: readonly RecordedValue[], profile: 'relaxed' | 'default' | 'strict', before: string) {
  const refused = values.filter(({ severity }) => refuses(profile, severity));
  const again = refused.find(({ attack }) => `payload.${attack}` === before) ?? refused[0];
  return again === undefined ? undefined : `payload.${again.attack}`;
}

/** Whether an exception names a place. Of names, and of long paths, only the beginning is recorded. */
function covers(exceptions: Exceptions, { attack, path }: RecordedValue, consumer: string, nowMs: number) {
  if (exceptions.findRecorded(attack, path, consumer, nowMs) !== undefined) return 'yes';
  return isBeginning(path) && exceptions.mayFind(attack, path.slice(0, -1), consumer, nowMs) ? 'perhaps' : 'no';
}
