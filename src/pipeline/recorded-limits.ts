import type { LimitRule } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { limitIdentity } from '../limit/limit-rule.ts';
import type { Evaluation } from './evaluation.ts';
import type { CompiledRoute } from './snapshot.ts';
import { judgeLimits } from './stages/limit.ts';

const DOUBTS_MAX = 100_000;
const MONTH_MS = 31 * 86_400_000;

/**
 * Limits over recorded calls, counted in a memory of their own by the times of the record.
 *
 * A call that may have been refused before is counted as if it had not been: then a pass is certain, and a refusal is not.
 * After an uncertain refusal nothing is certain of these counters until they have come to rest.
 */
export class RecordedLimits {
  /** By rule and who is counted: until when a call that may not have counted is in the count. */
  readonly #doubted = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  #full = false;

  judge(evaluation: Evaluation, route: CompiledRoute, certain: boolean): Verdict | 'unknown' {
    const rules = rulesOf(evaluation, route);
    const verdict = judgeLimits(evaluation);
    if (rules.length === 0) return verdict;
    if (this.#full) return 'unknown';
    const { nowMs } = evaluation;
    const keys = rules.map((rule) => keyOf(rule, route.ruleId, evaluation));
    if (!certain) this.#noteAll(this.#doubted, rules, keys, nowMs);
    if (verdict.kind === 'deny' && verdict.reason === 'body.too_large') return verdict;
    const anyLost = rules.some(
      (rule, i) => isNoted(this.#lost, keys[i], nowMs) || isNoted(this.#lost, limitIdentity(rule, route.ruleId), nowMs),
    );
    if (anyLost) {
      // What it would have used up is not known either.
      this.#noteAll(this.#lost, rules, keys, nowMs);
      return 'unknown';
    }
    if (verdict.kind === 'pass' || !keys.some((key) => isNoted(this.#doubted, key, nowMs))) return verdict;
    this.#noteAll(this.#lost, rules, keys, nowMs);
    return 'unknown';
  }

  /** A call that may have been counted, for nobody knows whom. */
  lose(evaluation: Evaluation, route: CompiledRoute): void {
    for (const rule of rulesOf(evaluation, route))
      this.#note(this.#lost, limitIdentity(rule, route.ruleId), evaluation.nowMs + restMs(rule));
  }

  #noteAll(notes: Map<string, number>, rules: readonly LimitRule[], keys: readonly string[], nowMs: number): void {
    for (const [i, rule] of rules.entries()) this.#note(notes, keys[i] ?? '', nowMs + restMs(rule));
  }

  #note(notes: Map<string, number>, key: string, untilMs: number): void {
    if (notes.size >= DOUBTS_MAX) this.#full = true;
    else notes.set(key, Math.max(notes.get(key) ?? 0, untilMs));
  }
}

function isNoted(notes: ReadonlyMap<string, number>, key: string | undefined, nowMs: number): boolean {
  return key !== undefined && notes.size > 0 && (notes.get(key) ?? 0) >= nowMs;
}

function rulesOf({ principal }: Evaluation, { config }: CompiledRoute): readonly LimitRule[] {
  const own = principal?.restrictions;
  return own === undefined ? config.limits : [...config.limits, ...own.flatMap(({ limits }) => limits)];
}

/** Time after which a counter is as if it had never been used. */
function restMs(rule: LimitRule): number {
  if (rule.kind === 'rate') return 1_000 * rule.windowSeconds * (1 + rule.burst / rule.permits);
  return typeof rule.window === 'number' ? rule.window * 1_000 : MONTH_MS;
}

function keyOf(rule: LimitRule, routeId: string, { call, principal }: Evaluation): string {
  const parts = rule.per.map((subject) => {
    if (subject === 'route') return '';
    if (subject === 'key' && principal !== undefined) return `k${principal.credentialId}`;
    if (subject !== 'address' && principal !== undefined && principal.consumer !== '') return `c${principal.consumer}`;
    return `a${call.address.group}`;
  });
  return `${limitIdentity(rule, routeId)} ${parts.join(' ')}`;
}
