import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type JWKS, Provider } from 'oidc-provider';

/** What the tokens of the test issuer are for. */
export const AUDIENCE = 'https://api.example.test';
export const CLIENT = { id: 'reports', secret: 'a secret of the reporting client, long enough' } as const;
/** A client that is not allowed anything. */
export const INTROSPECTING = { id: 'gateway', secret: 'a secret of the gateway at its issuer' } as const;

/**
 * A real OAuth 2.0 issuer on loopback (oidc-provider): client credentials, JWT access tokens (RFC 9068) or opaque ones,
 * introspection, discovery. Its signing key can be replaced while it runs, as an operator would.
 */
export class TestIssuer {
  readonly url: string;
  /** Requests for the key set so far. */
  keySetRequests = 0;
  introspections = 0;
  /** True: every request but those for tokens is answered 503. */
  down = false;
  readonly #server: http.Server;
  #keys: JWK[] = [];
  #provider: Provider | undefined;
  readonly #format: 'jwt' | 'opaque';

  private constructor(server: http.Server, url: string, format: 'jwt' | 'opaque') {
    this.#server = server;
    this.url = url;
    this.#format = format;
  }

  static async start(format: 'jwt' | 'opaque' = 'jwt'): Promise<TestIssuer> {
    const server = http.createServer((request, response) => issuer.#answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new TestIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, format);
    await issuer.rotate('first');
    return issuer;
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (request.url === '/jwks') this.keySetRequests++;
    if (request.url?.startsWith('/token/introspection')) this.introspections++;
    if (this.down && request.url !== '/token') {
      response.writeHead(503).end();
      return;
    }
    void this.#provider?.callback()(request, response);
  }

  /** Signs with a new key from now on; those before stay published unless they are dropped. */
  async rotate(kid: string, options: { readonly dropOld?: boolean } = {}): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' };
    this.#keys = [key, ...(options.dropOld === true ? [] : this.#keys)];
    this.#provider = this.#make({ keys: this.#keys } as JWKS);
  }

  #make(jwks: JWKS): Provider {
    const client = (id: string, secret: string) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256' as const,
    });
    return new Provider(this.url, {
      jwks,
      clients: [client(CLIENT.id, CLIENT.secret), client(INTROSPECTING.id, INTROSPECTING.secret)],
      scopes: ['orders:read', 'orders:write'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true },
        dPoP: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: 'orders:read orders:write',
            audience: AUDIENCE,
            accessTokenTTL: 600,
            accessTokenFormat: this.#format,
            ...(this.#format === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {}),
          }),
        },
      },
    });
  }

  /** An access token by client credentials. */
  async token(scope = 'orders:read', headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
    });
    const answer = (await response.json()) as { access_token?: string; error_description?: string };
    if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
    return answer.access_token;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
