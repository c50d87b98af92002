import type { Call } from '../../core/call.ts';
import type { PayloadPolicy } from '../../core/payload.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { PASS, type Signal, type Verdict } from '../../core/verdict.ts';
import type { AttackClass } from '../attack-class.ts';
import type { Leaf } from '../leaf.ts';
import type { SegmentNames } from '../leaves/path-leaves.ts';
import { type LeafBody, LeafReader, type LeafReport } from '../leaves/read-call.ts';
import { DEFAULT_LEAF_LIMITS, type LeafVisitor } from '../leaves/walk.ts';
import { Exceptions, type NamedException } from './exceptions.ts';
import { FoundValues } from './found-values.ts';
import { detailOf } from './payload-detail.ts';
import { payloadSignals, UNREAD_FILES } from './payload-record.ts';
import type { ValueJudge } from './scored-value.ts';

/** Counts suspicious calls by client. */
export interface SuspicionCounter {
  /** Counts one call; false where the client has none left. */
  admits(call: Call, consumer: string): boolean;
}

/** By what the calls of one route are judged. */
export interface PayloadRoute {
  readonly id: string;
  readonly policy: Omit<PayloadPolicy, 'exceptions'>;
  readonly exceptions: readonly NamedException[];
  /** What the segments of its path are. */
  readonly names: SegmentNames;
  /** Undefined: clients are not counted. */
  readonly suspicions: SuspicionCounter | undefined;
}

/** What is judged of one call. */
export interface PayloadFacts {
  readonly call: Call;
  readonly path: string;
  readonly body: LeafBody;
  /** Empty where nobody was identified. */
  readonly consumer: string;
  readonly nowMs: number;
}

/**
 * Looks through every value of a call of one route. Refused is a call with one value over the profile's threshold, or with
 * several that come near it and together are over it; one that only comes near passes and counts against its client.
 * Synchronous; used again for the next call.
 */
export class PayloadJudge implements LeafVisitor {
  readonly #judge: ValueJudge;
  readonly #route: PayloadRoute;
  readonly #exceptions: Exceptions;
  readonly #reader: LeafReader;
  readonly #found: FoundValues;
  #consumer = '';
  #nowMs = 0;

  constructor(judge: ValueJudge, route: PayloadRoute) {
    this.#judge = judge;
    this.#route = route;
    this.#exceptions = new Exceptions(route.exceptions);
    this.#reader = new LeafReader({ ...DEFAULT_LEAF_LIMITS, samples: route.policy.onLimit === 'scan-what-fits' });
    this.#found = new FoundValues(judge, route.policy.profile);
  }

  judge(facts: PayloadFacts): Verdict {
    this.#consumer = facts.consumer;
    this.#nowMs = facts.nowMs;
    // Of a reading that threw, something may be left.
    this.#found.clear();
    const report = this.#reader.read(facts.call, facts.path, this.#route.names, facts.body, this);
    const verdict = this.#conclude(facts, report);
    this.#found.clear();
    return verdict;
  }

  visit(leaf: Leaf): void {
    // Where one class may be let through, a value is read to its end: what it hides behind that class counts.
    const untilCertain = this.#exceptions.isEmpty;
    const value = untilCertain ? this.#judge.scoreUntilCertain(leaf) : this.#judge.scoreValue(leaf);
    if (value === undefined) return;
    const { path } = leaf;
    for (const one of value.classes) {
      const exception = this.#exceptions.find(one.class, path, this.#consumer, this.#nowMs);
      if (exception !== undefined) this.#found.except(exception, leaf, one);
      else {
        this.#found.add(leaf, value, one);
        if (untilCertain && !this.#judge.readsWhole && one.score >= this.#judge.thresholdOf('relaxed', one.class))
          this.#found.isCut = true;
      }
    }
  }

  #conclude({ call }: PayloadFacts, report: LeafReport): Verdict {
    const { policy, suspicions, id } = this.#route;
    const found = this.#found.worst;
    const attack = this.#found.attack();
    const signals = this.#signals(report, attack);
    if (found !== undefined && attack !== undefined) {
      const threshold = this.#judge.thresholdOf(policy.profile, found.attack);
      return deny(`payload.${attack}`, detailOf(found, policy.profile, threshold, id), signals);
    }
    if (report.malformations.length > 0 && policy.onMalformed === 'refuse')
      return deny('payload.malformed', `could be read in two ways: ${report.malformations.join(', ')}`, signals);
    if (report.limitsMet.length > 0 && refusesUnread(policy, report.limitsMet))
      return deny('payload.unscanned', `not looked at whole: ${report.limitsMet.join(', ')}`, signals);
    if (this.#found.isSuspicious && suspicions?.admits(call, this.#consumer) === false)
      return deny('payload.suspicious', 'the client has sent too many suspicious calls', signals);
    return signals === undefined ? PASS : { kind: 'pass', signals };
  }

  #signals(report: LeafReport, attack: AttackClass | undefined): readonly Signal[] | undefined {
    const { malformations, oddities, limitsMet, unreadFiles } = report;
    const told = malformations.length + oddities.length + limitsMet.length + unreadFiles;
    if (this.#found.isEmpty && told === 0) return undefined;
    const signals: Signal[] = [];
    if (this.#found.worst !== undefined)
      signals.push({ name: attack === undefined ? 'payload.suspicious' : 'payload.attack' });
    for (const what of malformations) signals.push({ name: `payload.malformed:${what}` });
    for (const what of limitsMet) signals.push({ name: `payload.unscanned:${what}` });
    if (!this.#found.isEmpty) for (const name of payloadSignals(this.#found.record())) signals.push({ name });
    for (const what of oddities) signals.push({ name: `payload.odd:${what}` });
    if (unreadFiles > 0) signals.push({ name: UNREAD_FILES });
    return signals;
  }
}

/** A body of which nothing fits is not looked at by looking at what fits. */
export function refusesUnread({ onLimit }: Pick<PayloadPolicy, 'onLimit'>, limitsMet: readonly string[]): boolean {
  if (onLimit === 'scan-what-fits') return limitsMet.includes('body_size') || limitsMet.includes('expansion');
  return onLimit === 'refuse';
}

function deny(reason: ReasonCode, detail: string, signals: readonly Signal[] | undefined): Verdict {
  return signals === undefined ? { kind: 'deny', reason, detail } : { kind: 'deny', reason, detail, signals };
}
