import type { StageTrace } from './decision.ts';
import type { ReasonCode } from './reasons.ts';

/** What became of a call. `observed` means: would have been denied, went through. */
export type Outcome = 'permitted' | 'denied' | 'observed';

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
}
