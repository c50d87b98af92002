import type { LimitRule } from '../core/configuration.ts';
import type { LimitState } from '../core/decision.ts';
import { type Charge, newCharge, refuse } from './charge.ts';
import { compileGcra, decideGcra, type GcraParameters, gcraIdleHi, gcraIdleLo, refundGcra } from './gcra.ts';
import { publishedWindowSeconds } from './limit-rule.ts';
import { type LimitKey, type LimitTable, VALUE_HI_MASK } from './limit-table.ts';
import type { Limits } from './limits.ts';
import { decideQuota, type QuotaParameters, QuotaWindow, quotaIdleHi, quotaIdleLo, refundQuota } from './quota.ts';
import type { LimitedSubject, SubjectKeys } from './subject-keys.ts';

type Arithmetic =
  | { readonly kind: 'rate'; readonly parameters: GcraParameters }
  | { readonly kind: 'quota'; readonly parameters: QuotaParameters; readonly window: QuotaWindow };

/** One rule of one route on one thread: asked, then charged or not, call after call, without allocating. */
export class CompiledRule {
  readonly kind: 'rate' | 'quota';
  readonly policy: string;
  readonly permits: number;
  readonly windowSeconds: number;
  /** Quotas first, then rates by the time they take to come to rest, longest first (see `checkLimits`). */
  readonly chargeRank: number;
  /** What the rule said of the last call. */
  readonly charge: Charge = newCharge();
  /** True: the last call could not be counted anywhere, and is refused. */
  unavailable = false;

  readonly #cost: number;
  readonly #arithmetic: Arithmetic;
  readonly #limits: Limits;
  readonly #subjects: SubjectKeys;
  readonly #verified: LimitTable;
  readonly #anonymous: LimitTable;
  readonly #overflow: LimitTable;
  readonly #refund: Charge = newCharge();

  /** Who is counted. */
  #key: LimitKey;
  #isAnonymous = false;
  /** Where: the key's own slot or a shared one, and its state as it was read. */
  #place: LimitTable;
  #placeKey: LimitKey;
  #stateHi = 0;
  #stateLo = 0;
  #charged = false;

  /** Does not check the rule: see `limitRuleProblem`. */
  constructor(rule: LimitRule, identity: string, policy: string, limits: Limits) {
    this.kind = rule.kind;
    this.policy = policy;
    this.permits = rule.permits;
    this.windowSeconds = publishedWindowSeconds(rule);
    this.#cost = rule.cost;
    this.#limits = limits;
    this.#subjects = limits.subjectKeys(rule, identity);
    if (rule.kind === 'rate') {
      this.chargeRank = -(rule.burst / rule.permits) * rule.windowSeconds;
      this.#arithmetic = { kind: 'rate', parameters: compileGcra(rule) };
      this.#verified = limits.table('verifiedRates');
      this.#anonymous = limits.table('anonymousRates');
      this.#overflow = limits.table('overflowRates');
    } else {
      this.chargeRank = -Number.MAX_VALUE;
      this.#arithmetic = { kind: 'quota', parameters: rule, window: new QuotaWindow(rule.window) };
      this.#verified = limits.table('verifiedQuotas');
      this.#anonymous = limits.table('anonymousQuotas');
      this.#overflow = limits.table('overflowQuotas');
    }
    this.#key = this.#subjects.everyone;
    this.#place = this.#verified;
    this.#placeKey = this.#key;
  }

  /** Whether the call fits; charges nothing. */
  ask(subject: LimitedSubject, nowMicros: number, nowMs: number): boolean {
    this.#charged = false;
    this.#key = this.#subjects.resolve(subject);
    this.#isAnonymous = this.#subjects.anonymous;
    this.#decide(nowMicros, nowMs);
    return this.charge.admitted;
  }

  /** Charges the call that was asked for; false where it no longer fits, and then nothing is charged. */
  commit(nowMicros: number, nowMs: number): boolean {
    while (this.charge.admitted) {
      if (this.#store()) {
        this.#charged = true;
        return true;
      }
      this.#decide(nowMicros, nowMs);
    }
    return false;
  }

  /** Stores a value that replaces an impossible one (see `decideGcra`), where there is one. */
  repair(): void {
    if (!this.charge.admitted && this.charge.store) this.#store();
  }

  /** Gives back what `commit` charged. A slot that is gone had come to rest: there is nothing to give back. */
  refund(): void {
    this.#charged = false;
    const place = this.#place;
    const arithmetic = this.#arithmetic;
    while (place.load(this.#placeKey)) {
      const { stateHi, stateLo } = place;
      const valueHi = stateHi & VALUE_HI_MASK;
      if (arithmetic.kind === 'rate') refundGcra(arithmetic.parameters, valueHi, stateLo, this.#refund);
      else {
        const { valueHi: chargedHi, valueLo: chargedLo } = this.charge;
        refundQuota(arithmetic.parameters, chargedHi, chargedLo, valueHi, stateLo, this.#refund);
      }
      if (place.swap(this.#placeKey.slot, stateHi, stateLo, this.#refund.valueHi, this.#refund.valueLo)) return;
    }
  }

  /** The limit as the last call left it. */
  state(): LimitState {
    const { charge } = this;
    return {
      policy: this.policy,
      limit: this.permits,
      windowSeconds: this.windowSeconds,
      remaining: charge.admitted && !this.#charged ? charge.remaining + this.#cost : charge.remaining,
      resetSeconds: Math.ceil(charge.resetMs / 1000),
    };
  }

  #decide(nowMicros: number, nowMs: number): void {
    this.unavailable = !this.#open(nowMicros, nowMs);
    if (this.unavailable) {
      refuse(this.charge);
      return;
    }
    const valueHi = this.#stateHi & VALUE_HI_MASK;
    const arithmetic = this.#arithmetic;
    if (arithmetic.kind === 'rate') decideGcra(arithmetic.parameters, valueHi, this.#stateLo, nowMicros, this.charge);
    else decideQuota(arithmetic.parameters, arithmetic.window, valueHi, this.#stateLo, nowMs, this.charge);
  }

  /**
   * Finds where the key is counted and reads the state: its own slot; else, where its bucket is full of live keys, one
   * of the rule's shared slots; else nowhere, and the call is refused. A key that finds room later starts there anew,
   * so what overflow costs in exactness is at most one burst per key each time its bucket was full.
   */
  #open(nowMicros: number, nowMs: number): boolean {
    const table = this.#isAnonymous ? this.#anonymous : this.#verified;
    if (table.load(this.#key)) return this.#use(table, this.#key);
    const rate = this.kind === 'rate';
    const idleHi = rate ? gcraIdleHi(nowMicros) : quotaIdleHi(nowMs);
    const idleLo = rate ? gcraIdleLo(nowMicros) : quotaIdleLo(nowMs);
    if (table.claim(this.#key, idleHi, idleLo)) return this.#use(table, this.#key);
    this.#limits.countOverflow(this.kind, this.#isAnonymous);
    const shared = this.#subjects.overflowKey(this.#key, this.#isAnonymous);
    return this.#overflow.claim(shared, idleHi, idleLo) && this.#use(this.#overflow, shared);
  }

  #use(table: LimitTable, key: LimitKey): true {
    this.#place = table;
    this.#placeKey = key;
    this.#stateHi = table.stateHi;
    this.#stateLo = table.stateLo;
    return true;
  }

  #store(): boolean {
    return this.#place.swap(
      this.#placeKey.slot,
      this.#stateHi,
      this.#stateLo,
      this.charge.valueHi,
      this.charge.valueLo,
    );
  }
}
