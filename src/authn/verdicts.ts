import type { ReasonCode } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';

/** A wrong credential, with the signal that goes with it. */
export function refusal(reason: ReasonCode, signal: string, detail: string): Verdict {
  return Object.freeze({ kind: 'deny', reason, detail, signals: [{ name: signal }] } as const);
}

/** It could not be found out who is calling, which is neither yes nor no. */
export function unavailable(detail: string): Verdict {
  return Object.freeze({ kind: 'indeterminate', fault: { reason: 'authn.unavailable', detail } } as const);
}
