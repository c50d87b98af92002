import type { Call } from '../core/call.ts';
import type { SuspicionCounter } from '../detect/payload/payload-judge.ts';
import { type CompiledLimits, checkLimits, compileLimits, peekLimits } from '../limit/limiter.ts';
import type { Limits } from '../limit/limits.ts';

const WINDOW_SECONDS = 600;

/** Suspicious calls by client, counted in the memory all threads share, apart from every configured limit. */
export class Suspicions implements SuspicionCounter {
  readonly #limits: CompiledLimits;
  #nowMs = 0;
  #nowMicros = 0;
  #dryRun = false;

  constructor(permits: number, ruleId: string, limits: Limits) {
    this.#limits = compileLimits(
      [{ kind: 'rate', per: ['consumer'], permits, windowSeconds: WINDOW_SECONDS, burst: permits, cost: 1 }],
      ruleId,
      limits,
      // No configured rule begins so. Counted over all routes with the same bound: a client does not begin anew on each.
      { identity: () => `suspicious:${permits}`, policy: () => 'suspicious' },
    );
  }

  /** The time of the call that is judged next. */
  at({ nowMs, nowMicros, dryRun }: { readonly nowMs: number; readonly nowMicros: number; readonly dryRun: boolean }) {
    this.#nowMs = nowMs;
    this.#nowMicros = nowMicros;
    this.#dryRun = dryRun;
  }

  admits(call: Call, consumer: string): boolean {
    const check = this.#dryRun ? peekLimits : checkLimits;
    const subject = { consumer, keyId: '', addressGroup: call.address.group };
    return check(this.#limits, subject, this.#nowMicros, this.#nowMs).kind === 'pass';
  }
}
