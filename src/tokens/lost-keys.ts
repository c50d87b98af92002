import type { Observation } from '../core/finding.ts';

const NONCE_REUSED = 'jwt.nonce_reused:';

/** What it means that an issuer signed two tokens with one random number; undefined where the signal is another one. */
export function lostKeyOf(
  signal: string,
  call: { readonly timeMs: number; readonly requestId: string; readonly authenticator: string },
): Observation | undefined {
  if (!signal.startsWith(NONCE_REUSED)) return undefined;
  const kid = signal.slice(NONCE_REUSED.length);
  return {
    detector: 'jwt.nonce_reused',
    actor: call.authenticator,
    subject: kid,
    severity: 'critical',
    certainty: 1,
    title: `the issuer of ${call.authenticator} signed two tokens with one random number: its key ${kid} can be computed and must be replaced`,
    timeMs: call.timeMs,
    requestId: call.requestId,
  };
}
