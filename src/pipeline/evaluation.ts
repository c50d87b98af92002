import type { BodySource, Call } from '../core/call.ts';
import type { LimitState } from '../core/decision.ts';
import type { Principal } from '../core/principal.ts';
import type { CompiledRoute, Snapshot } from './snapshot.ts';

/**
 * What the stages of one call share. Each field below the line is written by exactly one stage and read by later ones;
 * this is the only way stages know of each other.
 */
export interface Evaluation {
  readonly call: Call;
  readonly body: BodySource;
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly nowMicros: number;
  /** Calls in progress on this thread, this one included. */
  readonly callsInProgress: number;
  /** True: nothing is charged (explaining a request that is not made). */
  readonly dryRun: boolean;
  // ---- written by `route`
  route: CompiledRoute | undefined;
  /** Canonical path to forward: `call.path`, or its decoded form where the route decodes. */
  path: string;
  // ---- written by `authenticate`
  principal: Principal | undefined;
  // ---- written by `limit`
  limits: readonly LimitState[];
  // ---- written by `inspect`
  /** What goes on in place of the body that came; undefined: that body. */
  forwardedBody: Uint8Array | undefined;
}

/** Of a call without a body, or one that is only explained. */
export const EMPTY_BODY: BodySource = Object.freeze({
  collect: () => ({ kind: 'whole', bytes: new Uint8Array(0) }) as const,
});

const NO_LIMITS: readonly LimitState[] = Object.freeze([]);

/** The call with the path that is forwarded: where the route mends paths, rules see what the upstream will see. */
export function asForwarded({ call, path }: Pick<Evaluation, 'call' | 'path'>): Call {
  return path === call.path ? call : { ...call, path };
}

/** Starts the evaluation of one call. */
export function beginEvaluation(
  call: Call,
  body: BodySource,
  snapshot: Snapshot,
  nowMs: number,
  nowMicros: number,
  callsInProgress: number,
  dryRun: boolean,
): Evaluation {
  return {
    call,
    body,
    snapshot,
    nowMs,
    nowMicros,
    callsInProgress,
    dryRun,
    route: undefined,
    path: call.path,
    principal: undefined,
    limits: NO_LIMITS,
    forwardedBody: undefined,
  };
}
