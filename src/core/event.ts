import type { StageTrace } from './decision.ts';
import type { ReasonCode } from './reasons.ts';

/** What became of a call. `observed` means: would have been denied, went through. */
export type Outcome = 'permitted' | 'denied' | 'observed';

/**
 * What a call has to be known by to be judged anew under other rules. Ids are keyed fingerprints: nobody without the key of
 * the gateway can tell what they stand for.
 */
export interface CallFacts {
  /** Bit i set: PATH_AMBIGUITIES[i] occurs in the path. */
  readonly pathAmbiguities: number;
  /** False: `path` was shortened, or a credential in it was hidden. */
  readonly pathWhole: boolean;
  /** −1 where none was declared. */
  readonly bodyBytesDeclared: number;
  /** When the person behind the call signed in, Unix seconds; 0 where unknown. */
  readonly authenticatedAtSeconds: number;
  /** When the credential was issued, Unix seconds; 0 where unknown, undefined where that was not recorded. */
  readonly issuedAtSeconds: number | undefined;
  readonly subjectIsConsumer: boolean;
  /** Fingerprint of the subject; 0 where nobody was identified. */
  readonly subjectId: number;
  /** The profile (pipeline/call-profile.ts) of the call; 0: none. */
  readonly profileId: number;
  /** The profile itself, on the first record of it and now and then; else empty. */
  readonly profileText: string;
}

/** The compact record of one call. Holds no credential, no query value, no body. */
export interface CallEvent {
  readonly requestId: string;
  /** Unix time of arrival, milliseconds. */
  readonly timeMs: number;
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly httpVersion: string;
  /** Canonical client address. */
  readonly address: string;
  readonly userAgent: string;
  /** Empty where no route matched. */
  readonly routeId: string;
  /** Empty where nobody was identified. */
  readonly consumer: string;
  readonly credentialId: string;
  /** Authenticator that identified the caller, or empty. */
  readonly authenticator: string;
  readonly outcome: Outcome;
  /** Empty on a permit. */
  readonly reason: ReasonCode | '';
  /** Operator's text of the deciding stage; at most 512 bytes. */
  readonly detail: string;
  /** Status sent to the client; 0 where the connection died before one was sent. */
  readonly status: number;
  /** Arrival to last byte, microseconds. */
  readonly durationMicros: number;
  /** Time spent waiting for the upstream's head, microseconds; 0 where it was not asked. */
  readonly upstreamMicros: number;
  /** The gateway's own processing before forwarding or answering, microseconds. */
  readonly decisionMicros: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Code of what went wrong behind the decision (`upstream.unreachable`, …), or empty. */
  readonly error: ReasonCode | '';
  readonly trace: readonly StageTrace[];
  /** Names of what was measured, for instance `jwt.alg_none`; never a credential. */
  readonly signals: readonly string[];
  /** Absent where nothing was judged, and on records of earlier releases. */
  readonly facts?: CallFacts | undefined;
}
