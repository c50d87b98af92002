import type { Observation, Severity } from '../../core/finding.ts';
import type { SharedPrime } from '../../crypto/jose/shared-factors.ts';
import type { JoseFault } from '../../crypto/jose/types.ts';

/** Anyone can have the private key of these, or has it. */
const LOST = ['jwk.shared_prime', 'jwk.roca', 'jwk.rsa_close_primes', 'jwk.rsa_small_factor', 'jwk.private'];
/** Against these there is an attack, or nearly one. */
const WEAK = [
  'jwk.rsa_size',
  'jwk.rsa_exponent',
  'jwk.off_curve',
  'jwk.small_order',
  'jwk.short_secret',
  'jwk.symmetric',
];
const SUBJECT_CHARACTERS_MAX = 200;

/** A key an issuer publishes that is not fit to sign, and is left out. */
export function weakKey(authenticator: string, { signal, detail, kid }: JoseFault, timeMs: number): Observation {
  return {
    detector: 'issuer.weak_key',
    actor: authenticator,
    subject: `${signal} ${kid ?? detail}`.slice(0, SUBJECT_CHARACTERS_MAX),
    severity: severityOf(signal),
    certainty: 1,
    title: `the issuer of ${authenticator} publishes a key that is not used: ${detail}`,
    timeMs,
    requestId: '',
  };
}

/**
 * A key that shares a prime with one of another place. It is told of and, unlike one whose set shows it, still used: which of
 * the issuers is at fault cannot be seen, and leaving both out would let either take the other down.
 */
export function lostPrime({ name, position, kid }: SharedPrime, timeMs: number): Observation {
  const key = kid === undefined ? `key ${position + 1}` : `key ${kid.slice(0, SUBJECT_CHARACTERS_MAX)}`;
  return {
    detector: 'issuer.shared_prime',
    actor: name,
    subject: key,
    severity: 'critical',
    certainty: 1,
    title: `the RSA ${key} of ${name} shares a prime with another known key: whoever sees both can compute it, and it must be replaced`,
    timeMs,
    requestId: '',
  };
}

function severityOf(signal: string): Severity {
  if (LOST.includes(signal)) return 'critical';
  return WEAK.includes(signal) ? 'high' : 'low';
}
