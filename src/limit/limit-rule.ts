import type { LimitRule, LimitSubject } from '../core/configuration.ts';
import { QUOTA_PERMITS_MAX, QUOTA_WINDOW_SECONDS_MAX } from './quota.ts';

/** Longest a burst may take to be earned: beyond it the arithmetic would no longer be exact. */
const REFILL_SECONDS_MAX = 366 * 86_400;
const SUBJECT_ORDER: readonly LimitSubject[] = ['consumer', 'key', 'address', 'route'];
/** The longest month, so that the published policy never promises more than there is. */
const MONTH_SECONDS = 31 * 86_400;

/** Says what is wrong with a rule in the words of the configuration, or undefined. */
export function limitRuleProblem(rule: LimitRule): string | undefined {
  if (rule.per.length === 0) return 'per names nobody to count';
  if (new Set(rule.per).size !== rule.per.length) return 'per names one subject twice';
  if (!isWhole(rule.permits, QUOTA_PERMITS_MAX)) return `permits must be a whole number from 1 to ${QUOTA_PERMITS_MAX}`;
  if (!isWhole(rule.cost, QUOTA_PERMITS_MAX)) return 'cost must be a whole number of at least 1';
  if (rule.kind === 'quota') {
    if (typeof rule.window === 'number' && !isWhole(rule.window, QUOTA_WINDOW_SECONDS_MAX)) {
      return 'a quota window must be a whole number of seconds, at most 366 days';
    }
    return rule.cost > rule.permits ? 'cost is more than the whole quota: no call could ever pass' : undefined;
  }
  if (!isWhole(rule.windowSeconds, REFILL_SECONDS_MAX)) {
    return 'a rate window must be a whole number of seconds, at most 366 days';
  }
  if (!isWhole(rule.burst, QUOTA_PERMITS_MAX)) return 'burst must be a whole number of at least 1';
  if ((rule.burst / rule.permits) * rule.windowSeconds > REFILL_SECONDS_MAX) {
    return 'burst would take more than 366 days to be earned at this rate';
  }
  return rule.cost > rule.burst ? 'cost is more than burst: no call could ever pass' : undefined;
}

/** The subjects of a rule in one fixed order, so that `[route, consumer]` and `[consumer, route]` are one rule. */
export function orderedSubjects(rule: LimitRule): readonly LimitSubject[] {
  return SUBJECT_ORDER.filter((subject) => rule.per.includes(subject));
}

/**
 * What makes two rules one counter. A rule is its definition: the same rule on two routes counts both, unless `route`
 * is among its subjects. `cost` is left out, so that routes may weigh differently against one limit.
 */
export function limitIdentity(rule: LimitRule, routeId: string): string {
  const subjects = orderedSubjects(rule);
  const definition =
    rule.kind === 'rate' ? `${rule.permits}/${rule.windowSeconds}/${rule.burst}` : `${rule.permits}/${rule.window}`;
  const scope = subjects.includes('route') ? `@${routeId}` : '';
  return `${rule.kind}:${subjects.join('+')}:${definition}${scope}`;
}

/** The policy name shown to callers: `consumer-100-60`, `consumer-quota-100000-month`. Printable ASCII without quotes. */
export function policyName(rule: LimitRule): string {
  const subjects = orderedSubjects(rule).join('-');
  return rule.kind === 'rate'
    ? `${subjects}-${rule.permits}-${rule.windowSeconds}`
    : `${subjects}-quota-${rule.permits}-${rule.window}`;
}

/** The length of a rule's window, as published. */
export function publishedWindowSeconds(rule: LimitRule): number {
  if (rule.kind === 'rate') return rule.windowSeconds;
  if (rule.window === 'day') return 86_400;
  return rule.window === 'month' ? MONTH_SECONDS : rule.window;
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
