import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

const REDIRECT = 'https://app.example.test/callback';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: issuerConfig(upstream.url, '  registration: open\n') });
  await gateway.admin('PUT', '/api/v1/consumers/acme', {});
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

async function send(path: string, { method = 'POST', headers = {}, body = '' }: Sent) {
  const answer = await call(`${gateway.url}${path}`, {
    method,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const json = answer.text.startsWith('{') ? (JSON.parse(answer.text) as Record<string, unknown>) : {};
  return { status: answer.status, text: answer.text, json };
}

async function client(): Promise<{ id: string; authorization: string }> {
  const { body } = await gateway.admin('POST', '/api/v1/clients', {
    consumer: 'acme',
    name: 'reports',
    grantTypes: ['client_credentials'],
    authentication: 'client_secret_basic',
  });
  const authorization = `Basic ${Buffer.from(`${body['id']}:${body['secret']}`).toString('base64')}`;
  return { id: String(body['id']), authorization };
}

async function tokenOf(authorization: string): Promise<string> {
  const body = 'grant_type=client_credentials&scope=orders:read';
  return String((await send('/oauth/token', { headers: { authorization }, body })).json['access_token']);
}

const orders = async (token: string): Promise<number> =>
  (await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${token}` } })).status;

test('no other spelling of an endpoint answers that something was done which was not', async () => {
  const { authorization } = await client();
  const token = await tokenOf(authorization);
  for (const path of ['/oauth/REVOKE', '/oauth/revoke/', '/oauth/Revoke/', '/oauth//revoke']) {
    const { status } = await send(path, { headers: { authorization }, body: `token=${token}` });
    assert.ok(status >= 400, `${path}: ${status}`);
  }
  assert.equal(await orders(token), 200);
  for (const path of ['/oauth/JWKS', '/oauth/jwks/', '/oauth/Device/authorize', '/oauth/device/AUTHORIZE'])
    assert.equal((await send(path, { method: 'GET' })).status, 404, path);
});

test('a form that is too long is refused as such', async () => {
  const { authorization } = await client();
  const body = `token=${'x'.repeat(60 * 1024)}`;
  assert.equal((await send('/oauth/introspect', { headers: { authorization }, body })).status, 413);
  const chunked = { authorization, 'transfer-encoding': 'chunked' };
  assert.equal((await send('/oauth/introspect', { headers: chunked, body })).status, 413);
});

describe('whoever registers a client', () => {
  const asJson = { 'content-type': 'application/json' };

  async function registered(more: object = {}) {
    const body = JSON.stringify({ redirect_uris: [REDIRECT], client_name: 'One', ...more });
    const { status, json, text } = await send('/oauth/register', { headers: asJson, body });
    assert.equal(status, 201, text);
    const [id, secret] = [String(json['client_id']), String(json['client_secret'])];
    const manage = { ...asJson, authorization: `Bearer ${json['registration_access_token']}` };
    return { id, secret, manage, path: `/oauth/register/${id}` };
  }

  /** Whether the token endpoint knows the client by this secret. */
  async function knows(id: string, secret: string): Promise<boolean> {
    const authorization = `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}`;
    const body = 'grant_type=refresh_token&refresh_token=x';
    return (await send('/oauth/token', { headers: { authorization }, body })).json['error'] === 'invalid_grant';
  }

  test('is never shown anything in the place of the secret, and keeps it over a change', async () => {
    const { id, secret, manage, path } = await registered();
    assert.ok(await knows(id, secret));
    const read = await send(path, { method: 'GET', headers: manage });
    assert.equal(read.status, 200, read.text);
    assert.equal(read.json['client_name'], 'One');
    assert.ok(!('client_secret' in read.json));
    const change = { client_id: id, redirect_uris: [REDIRECT], client_name: 'Two', client_secret: secret };
    const changed = await send(path, { method: 'PUT', headers: manage, body: JSON.stringify(change) });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.json['client_name'], 'Two');
    assert.ok(!('client_secret' in changed.json));
    assert.ok(await knows(id, secret));
  });

  test('changes nothing with a secret that is not theirs, the stand-in of ours included', async () => {
    const { id, secret, manage, path } = await registered();
    for (const wrong of ['compared elsewhere', 'wrong', '', 7, null]) {
      const change = { client_id: id, redirect_uris: [REDIRECT], client_secret: wrong };
      const { status } = await send(path, { method: 'PUT', headers: manage, body: JSON.stringify(change) });
      assert.equal(status, 400, String(wrong));
      assert.equal(await knows(id, String(wrong)), false);
    }
    assert.ok(await knows(id, secret));
  });

  test('cannot have it do what it would not say: schemes, hosts and keys that are not theirs', async () => {
    const refused: [string, object][] = [
      ['a script', { redirect_uris: ['javascript:alert(1)'] }],
      ['a document', { redirect_uris: ['data:text/html,x'] }],
      ['plain HTTP', { redirect_uris: ['http://app.example.test/'] }],
      ['a fragment', { redirect_uris: [`${REDIRECT}#x`] }],
      ['a pattern', { redirect_uris: ['https://*.example.test/'], response_types: ['token'] }],
      ['a script behind signing out', { post_logout_redirect_uris: ['javascript:alert(1)'] }],
      ['a script for an application', { application_type: 'native', redirect_uris: ['javascript:alert(1)'] }],
      ['tokens in the address', { response_types: ['token'] }],
      ['an ID token under its secret', { id_token_signed_response_alg: 'HS256' }],
      ['an ID token under nothing', { id_token_signed_response_alg: 'none' }],
      ['an assertion under its secret', { token_endpoint_auth_method: 'client_secret_jwt' }],
      ['an exchange', { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }],
      ['a password', { grant_types: ['password'] }],
      ['scopes nobody has', { scope: 'admin' }],
    ];
    for (const [name, more] of refused) {
      const body = JSON.stringify({ redirect_uris: [REDIRECT], ...more });
      const { status, json } = await send('/oauth/register', { headers: asJson, body });
      assert.equal(status, 400, name);
      assert.match(String(json['error']), /^invalid_(client_metadata|redirect_uri)$/, name);
    }
  });
});

describe('a page the library makes itself', () => {
  test('is not shown in a frame of others, nor kept', async () => {
    const { headers, text } = await call(`${gateway.url}/oauth/device?user_code=AAAA-AAAA`);
    assert.match(text, /name="xsrf"/);
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });

  test('does not make the gateway remember its visitor for longer than a visit', async () => {
    const { headers } = await call(`${gateway.url}/oauth/device`);
    const [cookie = ''] = (headers['set-cookie'] ?? []).filter((one) => one.startsWith('sallyport_session='));
    const end = Date.parse(/expires=([^;]+)/.exec(cookie)?.[1] ?? '');
    assert.ok(end - Date.now() <= 1_800_000, cookie);
  });
});

test('nothing an anonymous caller sends stops the server, or is answered as a fault of ours', async () => {
  const forms = ['/token', '/introspect', '/revoke', '/par', '/device/authorize', '/device', '/authorize', '/sign-out'];
  const bodies: (string | Buffer)[] = [
    '',
    '&&&===',
    '%',
    'token=%ff%fe&client_id=%00',
    'token=a.b.c&token=a.b.c&client_id=exchange',
    'client_id[]=1&client_id[constructor]=2&__proto__=3',
    'client_id=__proto__&grant_type=constructor&scope=__proto__',
    `client_id=exchange&grant_type=${encodeURIComponent('urn:ietf:params:oauth:grant-type:token-exchange')}&resource=a&resource=b`,
    `client_id=exchange&token=${'a.'.repeat(20_000)}`,
    Buffer.from([0xef, 0xbb, 0xbf, 0x74, 0x6f, 0x6b, 0x65, 0x6e, 0x3d, 0x61]),
    Buffer.from('client_id=exchange&token=a.b.c', 'utf16le'),
    `client_id=exchange&token=${Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url')}.e30.AA`,
  ];
  const types = [
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-16le',
    'application/x-www-form-urlencoded; charset=nothing',
    'application/json',
    'multipart/form-data; boundary=x',
  ];
  const more: Record<string, string>[] = [
    {},
    { authorization: 'Basic' },
    { authorization: 'Basic !!!' },
    { authorization: `Basic ${Buffer.from('%:%').toString('base64')}` },
    { dpop: 'e30.e30.e30' },
    { cookie: 'sallyport_session=x; sallyport_session.sig=y; sallyport_sign_in=%00' },
    { 'content-encoding': 'gzip' },
    { 'sallyport-client-certificate': 'AAAA', 'sallyport-client-address': '10.0.0.1' },
  ];
  const requests: [string, Sent][] = [];
  for (const path of forms) {
    for (const body of bodies)
      for (const type of types) requests.push([path, { body, headers: { 'content-type': type } }]);
    for (const headers of more) requests.push([path, { body: 'client_id=exchange&token=a.b.c', headers }]);
    requests.push([
      `${path}?client_id=exchange&user_code=%22%3E%3Cimg%20src=x%3E&request_uri=urn:x&id_token_hint=a.b.c`,
      { method: 'GET' },
    ]);
  }
  for (const path of ['/authorize/x', '/device/x', '/sign-in/aaaaaaaaaaaaaaaaaaaa', '/register/x', '/.well-known/x'])
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) requests.push([path, { method }]);
  const faults: string[] = [];
  for (const [path, sent] of requests) {
    const { status, text } = await send(`/oauth${path}`, sent);
    if (status >= 500 && faults.length < 5)
      faults.push(`${path} ${JSON.stringify(sent).slice(0, 200)}: ${status} ${text.slice(0, 100)}`);
    assert.ok(!text.includes('<img'), path);
  }
  assert.deepEqual(faults, []);
  assert.equal(gateway.child.exitCode, null);
  assert.doesNotMatch(
    gateway.output,
    /TypeError|the authorization server failed|a request to the authorization server failed/,
  );
});
