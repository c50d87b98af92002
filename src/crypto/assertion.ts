import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Principal } from '../core/principal.ts';

/** Private key of the gateway's assertions, in a form that can be stored and posted to threads. */
export interface AssertionKey {
  readonly keyId: string;
  /** PKCS #8 PEM, Ed25519. */
  readonly privateKeyPem: string;
}

const LIFETIME_SECONDS = 60;
const REUSE_SECONDS = 30;
const CACHE_ENTRIES_MAX = 10_000;

/** Makes a new Ed25519 key; its id is its RFC 7638 thumbprint. */
export function generateAssertionKey(): AssertionKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { keyId: publicJwk(privateKeyPem)['kid'] ?? '', privateKeyPem };
}

/** The public half as a JWK (RFC 8037 §2), for the admin port's `/.well-known/jwks.json`. */
export function publicJwk(privateKeyPem: string): Record<string, string> {
  const { kty, crv, x } = createPublicKey(createPrivateKey(privateKeyPem)).export({ format: 'jwk' });
  if (kty === undefined || crv === undefined || x === undefined) throw new TypeError('not an Ed25519 key');
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { kty, crv, x, kid, alg: 'Ed25519', use: 'sig' };
}

/**
 * Signs who the gateway identified, so that an upstream can prove that a call passed the gateway.
 * One assertion per principal and upstream, reused while it has at least half its life left: signing costs nothing per call.
 */
export class AssertionSigner {
  readonly #key: KeyObject;
  readonly #header: string;
  readonly #issuer: string;
  readonly #cache = new Map<string, Map<Principal, { token: string; reusableUntilMs: number }>>();

  constructor(key: AssertionKey, issuer: string) {
    this.#key = createPrivateKey(key.privateKeyPem);
    this.#header = encode({ alg: 'Ed25519', typ: 'sallyport-assertion+jwt', kid: key.keyId });
    this.#issuer = issuer;
  }

  /** A JWT (RFC 7519) for `audience`, at most 60 s long, of which at least 30 s are left. */
  assertionFor(principal: Principal, audience: string, nowMs: number): string {
    let ofAudience = this.#cache.get(audience);
    if (ofAudience === undefined) {
      ofAudience = new Map();
      this.#cache.set(audience, ofAudience);
    }
    const known = ofAudience.get(principal);
    if (known !== undefined && known.reusableUntilMs > nowMs) return known.token;
    // Full of principals that may be long gone: begin again rather than track each one's age.
    if (known === undefined && ofAudience.size >= CACHE_ENTRIES_MAX) ofAudience.clear();
    const token = this.#sign(principal, audience, Math.floor(nowMs / 1000));
    ofAudience.set(principal, { token, reusableUntilMs: nowMs + REUSE_SECONDS * 1000 });
    return token;
  }

  #sign(principal: Principal, audience: string, nowSeconds: number): string {
    const claims = encode({
      iss: this.#issuer,
      aud: audience,
      sub: principal.subject,
      consumer: principal.consumer,
      scope: principal.scopes.join(' '),
      amr: [principal.method],
      iat: nowSeconds,
      exp: nowSeconds + LIFETIME_SECONDS,
    });
    const input = `${this.#header}.${claims}`;
    return `${input}.${sign(null, Buffer.from(input), this.#key).toString('base64url')}`;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
