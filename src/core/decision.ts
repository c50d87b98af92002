import type { Principal } from './principal.ts';
import type { ReasonCode } from './reasons.ts';
import type { Challenge, ProblemError, Signal, VerdictKind } from './verdict.ts';

/** The stages of a call, in their order (ARCHITECTURE §1). `answer` judges what the upstream says, behind the decision. */
export const STAGE_IDS = [
  'framing',
  'admit',
  'route',
  'authenticate',
  'authorise',
  'limit',
  'inspect',
  'answer',
] as const;
export type StageId = (typeof STAGE_IDS)[number];

export type Mode = 'observe' | 'enforce';

/** What one stage said, how long it took, and whether its denial counts. */
export interface StageTrace {
  readonly stage: StageId;
  readonly kind: VerdictKind;
  /** Microseconds, saturating at 65,535. */
  readonly micros: number;
  readonly reason?: ReasonCode;
  readonly detail?: string;
  /** False where the stage only observes. */
  readonly enforced: boolean;
}

/** State of one rate limit or quota after the call, for the `RateLimit` fields. */
export interface LimitState {
  /** Policy name shown to the caller, for instance `consumer-100-60`. */
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Where a call goes when it goes. */
export interface Forwarding {
  readonly upstream: string;
  /** Path and query exactly as they are sent. */
  readonly target: string;
  /** True in observe mode: credentials and forwarded fields stay, nothing is added. */
  readonly asItCame: boolean;
  readonly keepCredentials: boolean;
  /** Bytes a body may have; the whole of it in observe mode. */
  readonly bodyBytesMax: number;
  /** What is sent in place of the body that came; undefined: that body. */
  readonly body: Uint8Array | undefined;
}

interface DecisionBase {
  /** Where the call was routed, or undefined where no route matched. */
  readonly routeId: string | undefined;
  readonly principal: Principal | undefined;
  readonly trace: readonly StageTrace[];
  readonly signals: readonly Signal[];
  readonly limits: readonly LimitState[];
  /** Fields that stages add to the answer, a flat list of lower-case names and values. */
  readonly answerFields: readonly string[];
  /** Undefined where the call cannot be forwarded, whatever its effect. */
  readonly forward: Forwarding | undefined;
  /**
   * Of a call that went on while a stage that only observes was still asking somebody outside: what the whole comes to
   * once that is known, for its record. Never rejects.
   */
  readonly whole?: Promise<Decision>;
}

/**
 * What `evaluate()` returns: plain data.
 * A deny with `enforced: false` is recorded and shown, and the call goes through untouched.
 */
export type Decision =
  | (DecisionBase & { readonly effect: 'permit' })
  | (DecisionBase & {
      readonly effect: 'deny';
      readonly enforced: boolean;
      readonly status: number;
      readonly reason: ReasonCode;
      readonly detail: string;
      readonly stage: StageId;
      readonly retryAfterSeconds: number | undefined;
      readonly challenge: Challenge | undefined;
      readonly location: string | undefined;
      /** What the caller is told besides the reason. */
      readonly errors?: readonly ProblemError[] | undefined;
      /** Public id of the credential that was proved and refused, or empty. */
      readonly credentialId: string;
    });
