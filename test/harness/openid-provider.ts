import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { SignInProviderConfig } from '../../src/core/sign-in.ts';
import type { Fetch, OutboundRequest } from '../../src/ports.ts';

export const PROVIDER: SignInProviderConfig = {
  name: 'corp',
  title: 'Corp',
  issuer: 'https://login.corp.test',
  clientId: 'gateway',
  clientSecret: 'a secret of the gateway at its provider',
  scopes: ['openid', 'profile', 'email'],
  allow: 'anyone',
  createAccounts: true,
  timeoutSeconds: 5,
  allowPrivateAddresses: false,
};

/** An OpenID provider without a network: it answers what `send` asks, and lies where a test tells it to. */
export class MemoryOpenIdProvider {
  readonly requests: OutboundRequest[] = [];
  readonly config: SignInProviderConfig;
  down = false;
  /** Claims of the next ID token, over the honest ones. */
  claims: Record<string, unknown> = {};
  metadata: Record<string, unknown> = {};
  userInfo: Record<string, unknown> | undefined;
  #challenge = '';
  #nonce = '';
  #signing = generateKeyPair('RS256', { extractable: true });
  /** Signs with another key than the one that is published. */
  forge = false;

  constructor(config: SignInProviderConfig = PROVIDER) {
    this.config = config;
  }

  readonly send: Fetch = async (request) => {
    this.requests.push(request);
    if (this.down) throw new Error('it could not be reached');
    const url = new URL(request.url);
    if (url.origin !== this.config.issuer) throw new Error('an unexpected server');
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return this.#json({
          issuer: this.config.issuer,
          authorization_endpoint: `${this.config.issuer}/authorize`,
          token_endpoint: `${this.config.issuer}/token`,
          jwks_uri: `${this.config.issuer}/jwks`,
          response_types_supported: ['code'],
          authorization_response_iss_parameter_supported: true,
          ...(this.userInfo === undefined ? {} : { userinfo_endpoint: `${this.config.issuer}/userinfo` }),
          ...this.metadata,
        });
      case '/jwks': {
        const { publicKey } = await this.#signing;
        return this.#json({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'k' }] });
      }
      case '/token':
        return this.#token(new URLSearchParams(request.body));
      case '/userinfo':
        return this.#json(this.userInfo ?? {});
      default:
        throw new Error('an unexpected path');
    }
  };

  /** What the provider would do with the browser: keeps what was asked, and answers the query of the way back. */
  authorize(url: string, change: Record<string, string | undefined> = {}): string {
    const asked = new URL(url).searchParams;
    this.#challenge = asked.get('code_challenge') ?? '';
    this.#nonce = asked.get('nonce') ?? '';
    const answer = { code: 'the-code', state: asked.get('state') ?? '', iss: this.config.issuer, ...change };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(answer)) if (value !== undefined) query.append(name, value);
    return query.toString();
  }

  async #token(body: URLSearchParams): ReturnType<Fetch> {
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (challenge !== this.#challenge || body.get('code') !== 'the-code')
      return { ...this.#json({ error: 'invalid_grant' }), status: 400 };
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const { privateKey } = this.forge ? await generateKeyPair('RS256') : await this.#signing;
    const idToken = await new SignJWT({
      iss: this.config.issuer,
      sub: 'u-1',
      aud: this.config.clientId,
      iat: nowSeconds,
      exp: nowSeconds + 300,
      nonce: this.#nonce,
      ...this.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .sign(privateKey);
    return this.#json({ access_token: 'at', token_type: 'Bearer', id_token: idToken });
  }

  #json(value: unknown) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
  }
}
