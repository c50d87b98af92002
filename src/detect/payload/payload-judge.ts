import type { Call } from '../../core/call.ts';
import type { PayloadPolicy } from '../../core/payload.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { PASS, type Signal, type Verdict } from '../../core/verdict.ts';
import type { AttackClass } from '../attack-class.ts';
import type { Leaf } from '../leaf.ts';
import type { SegmentNames } from '../leaves/path-leaves.ts';
import { type LeafBody, LeafReader, type LeafReport } from '../leaves/read-call.ts';
import { DEFAULT_LEAF_LIMITS, type LeafVisitor } from '../leaves/walk.ts';
import { Exceptions } from './exceptions.ts';
import { detailOf, type FoundValue } from './payload-detail.ts';
import type { ScoredValue, ValueJudge } from './scored-value.ts';

/** Values that come near are combined up to here; more of them say nothing new. */
const NEAR_VALUES_MAX = 16;
/** `exp` of more than this is no longer a number. */
const ODDS_MAX = 500;

/** Counts suspicious calls by client. */
export interface SuspicionCounter {
  /** Counts one call; false where the client has none left. */
  admits(call: Call, consumer: string): boolean;
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
  readonly #policy: PayloadPolicy;
  readonly #names: SegmentNames;
  readonly #suspicions: SuspicionCounter | undefined;
  readonly #exceptions: Exceptions;
  /** Where one class may be let through, a value is read to its end: what it hides behind that class counts. */
  readonly #nothingIsExcepted: boolean;
  readonly #reader: LeafReader;
  #consumer = '';
  #nowMs = 0;
  #worst: FoundValue | undefined;
  #worstMargin = 0;
  /** By class: how unlikely it is that none of the values is an attack. */
  readonly #innocence = new Map<AttackClass, number>();
  readonly #near = new Set<string>();
  readonly #excepted: number[] = [];

  /** `names` says what the segments of the route's path are; without `suspicions` clients are not counted. */
  constructor(judge: ValueJudge, policy: PayloadPolicy, names: SegmentNames, suspicions: SuspicionCounter | undefined) {
    this.#judge = judge;
    this.#policy = policy;
    this.#names = names;
    this.#suspicions = suspicions;
    this.#exceptions = new Exceptions(policy.exceptions);
    this.#nothingIsExcepted = policy.exceptions.length === 0;
    this.#reader = new LeafReader({ ...DEFAULT_LEAF_LIMITS, samples: policy.onLimit === 'scan-what-fits' });
  }

  judge(facts: PayloadFacts): Verdict {
    this.#begin(facts);
    const report = this.#reader.read(facts.call, facts.path, this.#names, facts.body, this);
    const verdict = this.#conclude(facts, report);
    this.#worst = undefined;
    this.#near.clear();
    this.#innocence.clear();
    return verdict;
  }

  #begin({ consumer, nowMs }: PayloadFacts): void {
    this.#consumer = consumer;
    this.#nowMs = nowMs;
    this.#worst = undefined;
    this.#worstMargin = Number.NEGATIVE_INFINITY;
    if (this.#excepted.length > 0) this.#excepted.length = 0;
  }

  visit(leaf: Leaf): void {
    const value = this.#nothingIsExcepted ? this.#judge.scoreUntilCertain(leaf) : this.#judge.scoreValue(leaf);
    if (value === undefined) return;
    const { path } = leaf;
    for (const one of value.classes) {
      const exception = this.#exceptions.find(one.class, path, this.#consumer, this.#nowMs);
      if (exception >= 0) {
        if (!this.#excepted.includes(exception)) this.#excepted.push(exception);
        continue;
      }
      this.#combine(one.class, one.probability, leaf.text);
      const margin = one.score - this.#judge.thresholdOf(this.#policy.profile, one.class);
      if (margin <= this.#worstMargin) continue;
      this.#worstMargin = margin;
      this.#worst = foundIn(leaf, path, value, one);
    }
  }

  /** Noisy or: each further text that comes near makes it less likely that none is an attack. The same text says nothing new. */
  #combine(attack: AttackClass, probability: number, text: string): void {
    if (this.#near.size >= NEAR_VALUES_MAX) return;
    const key = `${attack}:${text}`;
    if (this.#near.has(key)) return;
    this.#near.add(key);
    this.#innocence.set(attack, (this.#innocence.get(attack) ?? 1) * (1 - probability));
  }

  #conclude({ call, nowMs }: PayloadFacts, report: LeafReport): Verdict {
    const found = this.#worst;
    const attack = found === undefined ? undefined : this.#attackOf(found);
    const signals = this.#signals(report, attack);
    if (found !== undefined && attack !== undefined) {
      const threshold = this.#judge.thresholdOf(this.#policy.profile, found.attack);
      return deny(`payload.${attack}`, detailOf(found, this.#policy.profile, threshold, nowMs), signals);
    }
    if (report.malformations.length > 0 && this.#policy.onMalformed === 'refuse')
      return deny('payload.malformed', `could be read in two ways: ${report.malformations.join(', ')}`, signals);
    if (report.limitsMet.length > 0 && this.#refusesUnread(report))
      return deny('payload.unscanned', `not looked at whole: ${report.limitsMet.join(', ')}`, signals);
    if (found !== undefined && this.#suspicions?.admits(call, this.#consumer) === false)
      return deny('payload.suspicious', 'the client has sent too many suspicious calls', signals);
    return signals === undefined ? PASS : { kind: 'pass', signals };
  }

  /** The class of attack a call is refused for: that of its worst value, or of several that come near. */
  #attackOf(found: FoundValue): AttackClass | undefined {
    if (this.#worstMargin >= 0) return found.attack;
    for (const [attack, innocence] of this.#innocence) {
      const odds = Math.min(Math.log((1 - innocence) / Math.max(innocence, Number.MIN_VALUE)), ODDS_MAX);
      if (odds >= this.#judge.thresholdOf(this.#policy.profile, attack)) return attack;
    }
    return undefined;
  }

  /** A body of which nothing fits is not looked at by looking at what fits. */
  #refusesUnread({ limitsMet }: LeafReport): boolean {
    if (this.#policy.onLimit === 'scan-what-fits')
      return limitsMet.includes('body_size') || limitsMet.includes('expansion');
    return this.#policy.onLimit === 'refuse';
  }

  #signals(report: LeafReport, attack: AttackClass | undefined): readonly Signal[] | undefined {
    const found = this.#worst;
    const { malformations, oddities, limitsMet } = report;
    const excepted = this.#excepted;
    if (found === undefined && malformations.length + oddities.length + limitsMet.length + excepted.length === 0)
      return undefined;
    const signals: Signal[] = [];
    if (found !== undefined) {
      signals.push({ name: attack === undefined ? 'payload.suspicious' : 'payload.attack' });
      // For replay: class, strictest profile that lets it pass, and the place.
      signals.push({ name: `payload.${found.attack}:${this.#bucket(found)}:${found.path}` });
    }
    for (const index of excepted) signals.push({ name: `payload.excepted:${index}` });
    for (const what of malformations) signals.push({ name: `payload.malformed:${what}` });
    for (const what of oddities) signals.push({ name: `payload.odd:${what}` });
    for (const what of limitsMet) signals.push({ name: `payload.unscanned:${what}` });
    return signals;
  }

  /** The mildest profile that refuses the value, or `near`. */
  #bucket({ attack, score }: FoundValue): string {
    for (const profile of ['relaxed', 'default', 'strict'] as const)
      if (score >= this.#judge.thresholdOf(profile, attack)) return profile;
    return 'near';
  }
}

function foundIn(leaf: Leaf, path: string, value: ScoredValue, one: ScoredValue['classes'][number]): FoundValue {
  const { location, isKey, decoded } = leaf;
  // The last segment of a name's path is the name: it may be what the attack is written in.
  const dot = path.lastIndexOf('.');
  const place = isKey && dot > 0 ? path.slice(0, dot) : path;
  return {
    value,
    attack: one.class,
    score: one.score,
    probability: one.probability,
    location,
    path: place,
    isKey,
    decoded,
  };
}

function deny(reason: ReasonCode, detail: string, signals: readonly Signal[] | undefined): Verdict {
  return signals === undefined ? { kind: 'deny', reason, detail } : { kind: 'deny', reason, detail, signals };
}
