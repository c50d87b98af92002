import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportJWK } from 'jose';
import * as oidc from 'openid-client';
import { type Answer, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../harness/pki.ts';

const NAME = 'https://one.example/app';

describe('clients that prove themselves by their certificate (RFC 8705)', { skip: NO_OPENSSL }, () => {
  if (!HAS_OPENSSL) return;
  const pki = new Pki();
  const root = pki.authority('root');
  const foreignRoot = pki.authority('foreign');
  const server = pki.issue('localhost', { extensions: ['subjectAltName=DNS:localhost,IP:127.0.0.1'] });
  const good = pki.client('good', root, `URI:${NAME}`);
  const other = pki.client('other', root, 'URI:https://two.example/app');
  const untrusted = pki.client('untrusted', foreignRoot, `URI:${NAME}`);
  const caFile = join(pki.folder, 'clients.pem');
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;

  before(async () => {
    upstream = await echoUpstream();
    writeFileSync(caFile, root.pem);
    gateway = await TestGateway.start({
      config: `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators:
  tokens:
    type: jwt
    issuer: "https://127.0.0.1:{{port}}/oauth"
    audience: "https://127.0.0.1:{{port}}"
    algorithms: [ES256]
    allowPrivateAddresses: true
    consumer: { claim: consumer, prefix: "" }
routes:
  - { id: read, match: { path: "/orders/*" }, upstream: api, authenticate: { anyOf: [tokens] }, authorize: { scopes: ["orders:read"] } }
issuer: { url: "https://127.0.0.1:{{port}}" }
`,
      tls: { cert: server.certFile, key: server.keyFile, more: `clientAuth: request, clientCa: ${caFile}` },
      workers: 2,
    });
    await gateway.admin('PUT', '/api/v1/consumers/acme', {});
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
    pki.close();
  });

  function tlsCall(
    path: string,
    certificate: Issued | undefined,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: '127.0.0.1',
          port: gateway.port,
          path,
          method: options.method ?? 'GET',
          headers: options.headers ?? {},
          rejectUnauthorized: false,
          agent: false,
          ...(certificate === undefined ? {} : { cert: certificate.pem, key: certificate.key }),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        },
      );
      request.on('error', reject);
      request.end(options.body);
    });
  }

  const token = async (
    id: string,
    certificate: Issued | undefined,
    headers: Record<string, string> = {},
  ): Promise<Record<string, unknown>> => {
    const answer = await tlsCall('/oauth/token', certificate, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders:read', client_id: id }).toString(),
    });
    return JSON.parse(answer.text) as Record<string, unknown>;
  };

  const orders = async (bearer: unknown, certificate: Issued | undefined): Promise<number> =>
    (await tlsCall('/orders/1', certificate, { headers: { authorization: `Bearer ${String(bearer)}` } })).status;

  async function create(body: object): Promise<string> {
    const created = await gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'machine',
      grantTypes: ['client_credentials'],
      ...body,
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    return String(created.body['id']);
  }

  test('of an authority: the registered name counts, nobody else’s, and tokens are bound to the certificate', async () => {
    const id = await create({ authentication: 'tls_client_auth', certificateUri: NAME, certificateBound: true });
    const { access_token: bearer } = await token(id, good);
    const payload = JSON.parse(Buffer.from(String(bearer).split('.')[1] ?? '', 'base64url').toString()) as {
      cnf: Record<string, string>;
    };
    const thumbprint = createHash('sha256').update(new X509Certificate(good.pem).raw).digest('base64url');
    assert.deepEqual(payload.cnf, { 'x5t#S256': thumbprint });
    assert.equal(await orders(bearer, good), 200);
    assert.equal(await orders(bearer, other), 401);
    assert.equal(await orders(bearer, undefined), 401);
    for (const wrong of [other, untrusted, undefined])
      assert.equal((await token(id, wrong))['error'], 'invalid_client', wrong?.name ?? 'none');
  });

  test('a certificate written into a header is nobody’s', async () => {
    const id = await create({ authentication: 'tls_client_auth', certificateUri: NAME });
    const forged = {
      'sallyport-client-certificate': Buffer.from(good.der).toString('base64'),
      'sallyport-client-certificate-error': '',
    };
    assert.equal((await token(id, undefined, forged))['error'], 'invalid_client');
    assert.equal((await token(id, untrusted, forged))['error'], 'invalid_client');
  });

  test('signed by itself: the registered certificate counts', async () => {
    const own = pki.issue('own', { extensions: ['extendedKeyUsage=clientAuth'] });
    const jwk = {
      ...(await exportJWK(new X509Certificate(own.pem).publicKey)),
      x5c: [Buffer.from(own.der).toString('base64')],
    };
    const id = await create({ authentication: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } });
    const { access_token: bearer } = await token(id, own);
    assert.equal(await orders(bearer, own), 200);
    assert.equal((await token(id, good))['error'], 'invalid_client');
    assert.equal((await token(id, undefined))['error'], 'invalid_client');
  });

  test('with a client library', async () => {
    const id = await create({ authentication: 'tls_client_auth', certificateUri: NAME, certificateBound: true });
    const client = await oidc.discovery(
      new URL(`https://127.0.0.1:${gateway.port}/oauth`),
      id,
      { use_mtls_endpoint_aliases: false },
      oidc.TlsClientAuth(),
      {
        algorithm: 'oauth2',
        [oidc.customFetch]: async (url, options) => {
          const { pathname, search } = new URL(url);
          const answer = await tlsCall(pathname + search, good, {
            method: options.method,
            headers: Object.fromEntries(new Headers(options.headers).entries()),
            body: options.body === undefined || options.body === null ? '' : String(options.body),
          });
          return new Response(answer.text, {
            status: answer.status,
            headers: { 'content-type': String(answer.headers['content-type']) },
          });
        },
      },
    );
    const { access_token: bearer } = await oidc.clientCredentialsGrant(client, { scope: 'orders:read' });
    assert.equal(await orders(bearer, good), 200);
  });
});
