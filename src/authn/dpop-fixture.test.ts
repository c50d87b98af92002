import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { DpopPolicy, JwsAlgorithm } from '../core/configuration.ts';
import { signToken } from '../crypto/jose/jws-samples.test.ts';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import { read } from '../http/call-fixture.test.ts';
import { type DpopResult, DpopVerifier } from './dpop.ts';
import { DpopNonces } from './dpop-nonce.ts';

export type Json = Readonly<Record<string, unknown>>;

export const NOW = 1_790_000_000;
export const NOW_MS = NOW * 1_000;
export const TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';

export const POLICY: DpopPolicy = {
  algorithms: ['ES256', 'Ed25519'],
  maxAgeSeconds: 60,
  skewSeconds: 5,
  requireNonce: false,
  origin: undefined,
};

/** A client's key. */
export interface Holder {
  readonly alg: JwsAlgorithm;
  readonly privateKey: KeyObject;
  readonly jwk: Json;
  readonly thumbprint: string;
}

/** RFC 7638 §3.2, spelt out once more than in the code. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

export function holderOf(
  alg: JwsAlgorithm,
  pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): Holder {
  const jwk = pair.publicKey.export({ format: 'jwk' }) as Json;
  const members = THUMBPRINT_MEMBERS[String(jwk['kty'])] ?? [];
  const required = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  const thumbprint = createHash('sha256').update(required).digest('base64url');
  return { alg, privateKey: pair.privateKey, jwk, thumbprint };
}

export const ec = holderOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
export const otherEc = holderOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
export const ed = holderOf('Ed25519', generateKeyPairSync('ed25519'));
export const p384 = holderOf('ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }));
export const rsa = holderOf('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }));

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function headerOf(holder: Holder, change: Json = {}): Json {
  return { typ: 'dpop+jwt', alg: holder.alg, jwk: holder.jwk, ...change };
}

/** Members that are undefined are left out. */
export function claimsOf(change: Json = {}): Json {
  return {
    jti: 'e1j3V_bKic8-LAEB',
    htm: 'GET',
    htu: 'https://api.example.com/orders',
    iat: NOW,
    ath: tokenHash(TOKEN),
    ...change,
  };
}

/** A signed proof; right where nothing is changed. */
export function proofOf(claimChange: Json = {}, headerChange: Json = {}, holder: Holder = ec): string {
  return signTexts(JSON.stringify(headerOf(holder, headerChange)), JSON.stringify(claimsOf(claimChange)), holder);
}

/** A right signature over texts that need not be JSON. */
export function signTexts(header: string | Uint8Array, claims: string, { alg, privateKey }: Holder = ec): string {
  return signToken(header, claims, alg, privateKey);
}

export interface Presented {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly encrypted?: boolean;
  readonly token?: string;
  /** `cnf.jkt`; undefined: that of `ec`. */
  readonly thumbprint?: string | 'unbound';
  readonly atMs?: number;
  readonly fields?: readonly string[];
}

/** One thread's verifier, with a replay memory and nonces of its own unless given. */
export function verifierOf(
  change: Partial<DpopPolicy> = {},
  {
    startedAtMs = NOW_MS - 3_600_000,
    entries = 1_024,
    replay = new ReplayGuard(createReplayMemory({ entries, startedAtMs })),
    nonces = new DpopNonces(randomBytes(32)),
  }: {
    readonly startedAtMs?: number;
    readonly entries?: number;
    readonly replay?: ReplayGuard;
    readonly nonces?: DpopNonces;
  } = {},
): {
  readonly present: (proofs: string | readonly string[], how?: Presented) => DpopResult;
  readonly nonces: DpopNonces;
} {
  const verifier = new DpopVerifier({ policy: { ...POLICY, ...change }, replay, nonces });
  return {
    nonces,
    present(proofs, { method = 'GET', target = '/orders', host = 'api.example.com', encrypted = true, ...how } = {}) {
      const fields = (typeof proofs === 'string' ? [proofs] : proofs).flatMap((proof) => ['dpop', proof]);
      // Several fields of this name are refused before: here it is the verifier alone that has to see them.
      const call = {
        ...read({ method, target, encrypted, rawHeaders: ['host', host] }),
        headers: ['host', host, ...fields, ...(how.fields ?? [])],
      };
      const thumbprint = how.thumbprint === 'unbound' ? undefined : (how.thumbprint ?? ec.thumbprint);
      return verifier.verify(call, { text: how.token ?? TOKEN, thumbprint }, how.atMs ?? NOW_MS);
    },
  };
}

/** `ok`, `unknown`, or reason and signal. */
export function outcomeOf(result: DpopResult): string {
  return result.kind === 'refused' ? `${result.reason} ${result.signal}` : result.kind;
}
