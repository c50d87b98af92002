import type { Call, HeaderFields } from './call.ts';
import type { Principal } from './principal.ts';
import type { ReasonCode } from './reasons.ts';
import type { Signal } from './verdict.ts';

/** The head of an upstream's answer, and the call it is for. */
export interface AnswerFacts {
  readonly call: Call;
  readonly principal: Principal | undefined;
  readonly routeId: string;
  /** Canonical path as it was forwarded. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly status: number;
  /** Lower-case names. */
  readonly headers: HeaderFields;
  readonly nowMs: number;
}

export type AnswerVerdict =
  | { readonly kind: 'pass'; readonly signals?: readonly Signal[] }
  | {
      readonly kind: 'deny';
      readonly reason: ReasonCode;
      /** For the operator's record; does not reach the caller. */
      readonly detail: string;
      readonly signals?: readonly Signal[];
    };

/** Changes a body as it passes. */
export interface AnswerRewriter {
  /** What may be passed on after this piece; empty where nothing may yet. Throws `AnswerUnreadable`. */
  write(piece: Uint8Array): Uint8Array;
  /** The rest. Throws `AnswerUnreadable` where the body ended too early. */
  end(): Uint8Array;
  readonly signals: readonly Signal[];
}

/** A body a rewriter cannot follow: nothing more of it may pass. The message names the place, never a value. */
export class AnswerUnreadable extends Error {
  override readonly name = 'AnswerUnreadable';
}

/** What one check needs of one answer. Bodies are given decoded, whatever their coding was. */
export type AnswerPlan =
  | AnswerVerdict
  /** The whole body, at most `bytesMax` of it; a longer one is unreadable. */
  | { readonly kind: 'whole'; readonly bytesMax: number; judge(body: Uint8Array): AnswerVerdict }
  /** `bytesMax` bounds what is held where the body cannot be streamed through. */
  | { readonly kind: 'rewrite'; readonly bytesMax: number; readonly rewriter: AnswerRewriter };

/** One thing that is asked of answers to calls of a route, compiled once. */
export interface AnswerCheck {
  readonly id: string;
  /** False: it only observes, and the answer passes as it came. */
  readonly enforced: boolean;
  /** True: what passes for one caller may not pass for another. */
  readonly isPersonal: boolean;
  begin(answer: AnswerFacts): AnswerPlan;
}
