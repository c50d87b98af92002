import type { Principal } from './principal.ts';
import type { ReasonCode } from './reasons.ts';

/** A measurement on one call that later detectors may use; never contains a credential. */
export interface Signal {
  /** Dotted name, for instance `api_key.checksum_failed`. */
  readonly name: string;
  readonly detail?: string;
}

/** What could not be reached or computed: the answer is unknown, which is never the same as no. */
export interface Fault {
  readonly reason: ReasonCode;
  /** For the operator's record; does not reach the caller. */
  readonly detail: string;
}

/** One `WWW-Authenticate` value (RFC 9110 §11.6.1). */
export type Challenge = string;

/** Where a call departs from what is documented; the caller is told. Never holds a value of the call. */
export interface ProblemError {
  readonly pointer: string;
  readonly expected: string;
  readonly got: string;
}

/** What one stage says of a call. */
export type Verdict =
  | {
      readonly kind: 'pass';
      readonly principal?: Principal;
      readonly signals?: readonly Signal[];
      readonly detail?: string;
      /** Fields added to the answer, a flat list of lower-case names and values. */
      readonly answerFields?: readonly string[];
      /** What goes on in place of the body that came; only inspections say it. */
      readonly body?: Uint8Array;
    }
  | {
      readonly kind: 'deny';
      readonly reason: ReasonCode;
      /** For the operator's record; does not reach the caller. */
      readonly detail?: string;
      /** Public id of a credential that was proved and is refused all the same: revoked, expired, from elsewhere. */
      readonly credentialId?: string;
      readonly signals?: readonly Signal[];
      readonly retryAfterSeconds?: number;
      readonly challenge?: Challenge;
      /** Fields added to the answer, a flat list of lower-case names and values. */
      readonly answerFields?: readonly string[];
      /** Canonical location to redirect to, for reason `path.redirect`. */
      readonly location?: string;
      /** Members of the problem document. */
      readonly errors?: readonly ProblemError[];
      /** Set where the denial is only to be recorded, although its stage may enforce. */
      readonly onlyObserved?: true;
    }
  | {
      readonly kind: 'notApplicable';
      /** Set where there was a credential of this kind but not for this method: the answer, if no other takes it. */
      readonly declined?: {
        readonly reason: ReasonCode;
        readonly detail?: string;
        readonly signals?: readonly Signal[];
        readonly retryAfterSeconds?: number;
      };
    }
  | { readonly kind: 'indeterminate'; readonly fault: Fault };

export type VerdictKind = Verdict['kind'];

/** Shared values, so that the common verdicts cost no allocation. */
export const PASS: Verdict = Object.freeze({ kind: 'pass' });
export const NOT_APPLICABLE: Verdict = Object.freeze({ kind: 'notApplicable' });
