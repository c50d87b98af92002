import { jwtVerify } from 'jose';
import { judgeTimes, readClaims } from '../../src/authn/token-claims.ts';
import type { TokenClaimsPolicy } from '../../src/core/configuration.ts';
import { algorithmOf } from '../../src/crypto/jose/algorithms.ts';
import { readCompactJws } from '../../src/crypto/jose/compact-jws.ts';
import { parseStrictJson } from '../../src/crypto/jose/strict-json.ts';
import { verifyJws } from '../../src/crypto/jose/verify.ts';
import type { Signer } from './signer.ts';

export const ISSUER = 'https://id.example.com';
export const AUDIENCES = ['https://api.example.com', 'orders'] as const;
/** The moment every token is judged at, in Unix seconds. */
export const NOW = 1_790_000_000;
export const SKEW_SECONDS = 30;
export const LIFETIME_SECONDS = 3_600;

const REQUIRED_CLAIMS = ['iss', 'aud', 'exp', 'iat', 'sub'];

const CLAIMS_POLICY: TokenClaimsPolicy = {
  audiences: AUDIENCES,
  requiredClaims: REQUIRED_CLAIMS,
  skewSeconds: SKEW_SECONDS,
  lifetimeSecondsMax: LIFETIME_SECONDS,
  scopeClaim: 'scope',
  groupsClaim: undefined,
  consumer: { claim: undefined, prefix: '' },
  binding: {
    require: 'none',
    dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, skewSeconds: 5, requireNonce: false, origin: undefined },
  },
  stepUp: { acrValues: [], maxAgeSeconds: 0 },
};

/** What one side read in a token as one text, or undefined where it refuses it, and why. */
export interface Judgement {
  readonly read: string | undefined;
  readonly why: string;
}

/**
 * Our answer for one key, its one algorithm, one issuer, two audiences and the times of the token. Does not ask for a
 * type, nor look at revocations and bindings, which no peer knows.
 */
export function judgeOurselves(token: string, { algorithm, key }: Signer): Judgement {
  const result = readCompactJws(token, { bytesMax: 8_192, toleratePadding: false });
  if (result.kind === 'jwe') return refused('jwe');
  if (result.kind === 'fault') return refused(result.fault.signal);
  if (algorithmOf(result.jws.algorithm) !== algorithm) return refused('jwt.alg_not_allowed');
  if (!verifyJws(result.jws, { algorithm, kid: undefined, key })) return refused('jwt.signature');
  const claims = parseStrictJson(result.jws.payload, { depthMax: 8, membersMax: 64 });
  if (!claims.ok) return refused(`payload: ${claims.fault.signal}`);
  const reading = readClaims(claims.value, CLAIMS_POLICY, true);
  if (!reading.ok) return refused(reading.refusal.signal);
  if (reading.facts.issuer !== ISSUER) return refused('jwt.issuer');
  const refusal = judgeTimes(reading.facts, CLAIMS_POLICY, NOW);
  if (refusal !== undefined) return refused(refusal.signal);
  return { read: JSON.stringify([result.jws.header, claims.value]), why: '' };
}

/**
 * The answer of jose under the same policy. Its greatest age of `iat` is no stricter than ours: a token that lives at most
 * so long and has not expired is never older.
 */
export async function judgeWithJose(token: string, { algorithm, key }: Signer): Promise<Judgement> {
  const algorithms = algorithm === 'Ed25519' ? ['Ed25519', 'EdDSA'] : [algorithm];
  try {
    const { protectedHeader, payload } = await jwtVerify(token, key, {
      algorithms,
      issuer: ISSUER,
      audience: [...AUDIENCES],
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: LIFETIME_SECONDS,
      currentDate: new Date(NOW * 1_000),
    });
    return { read: JSON.stringify([protectedHeader, payload]), why: '' };
  } catch (error) {
    return refused(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

function refused(why: string): Judgement {
  return { read: undefined, why };
}
