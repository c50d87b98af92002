import type { LimitState } from '../core/decision.ts';

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10 §3, §4) and `Retry-After`
 * (RFC 9110 §10.2.3), as field values. The fields are lists of strings with parameters (RFC 9651).
 */

/**
 * One item of `RateLimit-Policy`: quota and window in seconds. Computed once, when a route is compiled; that is also
 * where a name that could not be written is found.
 */
export function rateLimitPolicyItem(policy: string, limit: number, windowSeconds: number): string {
  return `${quoted(policy)};q=${limit};w=${windowSeconds}`;
}

/** Value of `RateLimit-Policy` for states that are those of no route alone. */
export function rateLimitPolicyField(states: readonly LimitState[]): string {
  return states.map(({ policy, limit, windowSeconds }) => rateLimitPolicyItem(policy, limit, windowSeconds)).join(', ');
}

/**
 * Value of `RateLimit`: what remains (`r`) and the seconds until more becomes available (`t`, §4.1.2);
 * empty where there are no limits.
 */
export function rateLimitField(states: readonly LimitState[]): string {
  let value = '';
  for (const state of states) {
    const item = `"${state.policy}";r=${state.remaining};t=${state.resetSeconds}`;
    value = value === '' ? item : `${value}, ${item}`;
  }
  return value;
}

/** Whole seconds of a wait, rounded up and at least 1, so that nobody is told to come back too early. */
export function retryAfterSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

/** A structured-field string (RFC 9651 §3.3.3). Policy names are ours; one that cannot be written is a fault of ours. */
function quoted(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
      throw new TypeError('a policy name must be printable ASCII without quotes and backslashes');
    }
  }
  return `"${name}"`;
}
