import type { Mode } from './decision.ts';

/** Of everything a mode was set for; `mixed` where it is not one and the same, `none` where there is no such thing. */
export type ModeThere = Mode | 'mixed' | 'none';

/** What holds at a place that a mode may be set for. */
export interface ModesThere {
  /** With every mode that was set by command. */
  readonly inForce: ModeThere;
  /** By the configuration alone: what holds once nothing is set by command. */
  readonly configured: ModeThere;
}

/** The same after a change, with what became of calls that match no route. */
export interface ModesNow extends ModesThere {
  /** They go on, only observed, although a route enforces. */
  readonly unmatchedPass: boolean;
}
