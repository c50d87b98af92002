import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { issueApiKey } from '../../src/crypto/api-key-format.ts';
import { call, sallyport, TestGateway } from '../harness/gateway.ts';

const PATH = '/hooks/github/secret-scanning';
const KEY_ID = 'f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d';
const PLACE = 'https://github.com/octocat/Hello-World/blob/main/foo/bar.txt';
const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let keyServer: http.Server;
let keyRequests = 0;
let keysUrl = '';

before(async () => {
  keyServer = http.createServer((_request, response) => {
    keyRequests++;
    const key = signer.publicKey.export({ type: 'spki', format: 'pem' });
    response.end(JSON.stringify({ public_keys: [{ key_identifier: KEY_ID, key, is_current: true }] }));
  });
  keyServer.listen(0, '127.0.0.1');
  await once(keyServer, 'listening');
  keysUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
});

after(() => {
  keyServer.closeAllConnections();
  keyServer.close();
});

function config(
  onLeak: string,
  scanning = `secretScanning: { publicKeysUrl: "${keysUrl}", allowPrivateAddresses: true }`,
) {
  return `mode: enforce
upstreams: { a: { url: "http://127.0.0.1:1" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: closed, match: { path: "/closed" }, upstream: a, authenticate: { anyOf: [keys] } }
unmatched: deny
apiKeys: { onLeak: ${onLeak}, ${scanning} }
`;
}

function signed(body: string, options: { key?: KeyObject; identifier?: string; over?: string } = {}) {
  const { key = signer.privateKey, identifier = KEY_ID, over = body } = options;
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'github-public-key-identifier': identifier,
      'github-public-key-signature': sign('sha256', Buffer.from(over), key).toString('base64'),
    },
  };
}

function match(token: string, url = PLACE) {
  return { token, type: 'sallyport_api_key', url, source: 'content' };
}

interface Found {
  readonly detector: string;
  readonly title: string;
  readonly count: number;
}

async function findings(gateway: TestGateway): Promise<readonly Found[]> {
  return (await gateway.findings()) as readonly Found[];
}

const statusOf = async (gateway: TestGateway, keyId: string) =>
  (await gateway.admin('GET', `/api/v1/keys/${keyId}`)).body['status'];

describe("messages of GitHub's secret scanning", () => {
  test('end published keys as configured, tell of them once, and are answered by hashes', async () => {
    const gateway = await TestGateway.start({ config: config('revoke') });
    try {
      const { key, keyId } = await gateway.createKey('acme');
      const other = await gateway.createKey('acme');
      const madeUp = issueApiKey({ bytes: (count) => randomBytes(count) }, 'sp', 'live').key;
      const body = JSON.stringify([match(key), match(madeUp), match('something else'), match(other.key.slice(0, -1))]);
      const answer = await call(gateway.adminUrl + PATH, signed(body));
      assert.equal(answer.status, 200, answer.text);
      const hash = (text: string) => createHash('sha256').update(text).digest('hex');
      assert.deepEqual(
        JSON.parse(answer.text),
        [key, madeUp, 'something else', other.key.slice(0, -1)].map((token, at) => ({
          token_hash: hash(token),
          token_type: 'sallyport_api_key',
          label: at === 0 ? 'true_positive' : 'false_positive',
        })),
      );
      assert.ok(!answer.text.includes(key), 'the key is not in the answer');
      await call(gateway.adminUrl + PATH, signed(body));
      const [finding, ...others] = await findings(gateway);
      assert.deepEqual([others.length, finding?.detector, finding?.count], [0, 'leak.key_published', 1], 'a replay');
      assert.ok(
        finding?.title.includes(PLACE) && finding.title.endsWith('it is revoked') && !finding.title.includes(key),
      );
      assert.equal(await statusOf(gateway, keyId), 'revoked');
      assert.equal(await statusOf(gateway, other.keyId), 'active', 'a key with a wrong checksum is nobody');
    } finally {
      await gateway.stop();
    }
  });

  test('do nothing where the signature is not right over these very bytes', async () => {
    const gateway = await TestGateway.start({ config: config('revoke') });
    try {
      const { key, keyId } = await gateway.createKey('acme');
      const body = JSON.stringify([match(key)]);
      const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const { headers } = signed(body);
      const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name));
      const requestsBefore = keyRequests;
      const refused: [string, Parameters<typeof call>[1], number][] = [
        ['another body', signed(body, { over: '[]' }), 403],
        ['a space more', { ...signed(body), body: `${body} ` }, 403],
        ['another key', signed(body, { key: stranger }), 403],
        ['no such key', signed(body, { identifier: 'a'.repeat(64) }), 403],
        ['no such key again', signed(body, { identifier: 'b'.repeat(64) }), 403],
        ['no signature', { method: 'POST', body, headers: without('github-public-key-signature') }, 401],
        ['no identifier', { method: 'POST', body, headers: without('github-public-key-identifier') }, 401],
        ['no base64', { method: 'POST', body, headers: { ...headers, 'github-public-key-signature': '!' } }, 403],
        ['no array', signed(JSON.stringify(match(key))), 400],
        ['no object', signed(JSON.stringify([match(key), 1])), 400],
        ['no JSON', signed('[{'), 400],
        ['too many', signed(JSON.stringify(Array.from({ length: 10_001 }, () => ({ token: '', type: '' })))), 413],
        ['too large', signed(JSON.stringify([{ ...match(key), more: 'x'.repeat(1_100_000) }])), 413],
        [
          'too large, in pieces',
          { ...signed(body), headers: { ...headers, 'transfer-encoding': 'chunked' }, body: Buffer.alloc(1_200_000) },
          413,
        ],
        ['a GET', { headers }, 401],
      ];
      for (const [what, request, status] of refused) {
        const answer = await call(gateway.adminUrl + PATH, request).catch((error: NodeJS.ErrnoException) => error.code);
        // Where a body is too large the connection may be gone before it was sent.
        assert.ok(
          typeof answer === 'string' ? status === 413 : answer?.status === status,
          `${what}: ${JSON.stringify(answer)}`,
        );
      }
      assert.equal(keyRequests - requestsBefore, 1, 'keys are asked for once within the cool-down');
      assert.deepEqual(await findings(gateway), []);
      assert.equal(await statusOf(gateway, keyId), 'active');
    } finally {
      await gateway.stop();
    }
  });

  test('there is no such path without configuration, and without the keys nothing is done', async () => {
    const off = await TestGateway.start({ config: config('revoke', 'brand: sp') });
    try {
      assert.equal((await call(off.adminUrl + PATH, signed('[]'))).status, 401);
    } finally {
      await off.stop();
    }
    const scanning = 'secretScanning: { publicKeysUrl: "http://127.0.0.1:1/", allowPrivateAddresses: true }';
    const blind = await TestGateway.start({ config: config('revoke', scanning) });
    try {
      const { key, keyId } = await blind.createKey('acme');
      assert.equal((await call(blind.adminUrl + PATH, signed(JSON.stringify([match(key)])))).status, 503);
      assert.equal(await statusOf(blind, keyId), 'active');
    } finally {
      await blind.stop();
    }
  });

  test('reach the gateway by a route to its admin port, and a published decoy is told of and ends nothing', async () => {
    const first = await TestGateway.start({ config: config('revoke') });
    try {
      const made = await sallyport(['decoys', 'add', '--place', 'a public gist', '--config', first.configFile]);
      const front = await TestGateway.start({
        config: `mode: enforce
upstreams: { admin: { url: "${first.adminUrl}" } }
routes:
  - { id: scanning, match: { path: "${PATH}", methods: [POST] }, upstream: admin, authenticate: none }
unmatched: deny
`,
      });
      try {
        const body = JSON.stringify([match(made.stdout.trim(), `https://gist.example/${made.stdout.trim()}`)]);
        const answer = await call(front.url + PATH, signed(body));
        assert.equal(answer.status, 200, answer.text);
        assert.match(answer.text, /true_positive/);
        const [finding] = await findings(first);
        assert.equal(finding?.detector, 'leak.key_published');
        assert.ok(!finding?.title.includes(made.stdout.trim()), 'not even by the address it was found at');
        assert.equal((await call(`${front.url}/api/v1/findings`)).status, 404, 'nothing else is open');
      } finally {
        await front.stop();
      }
    } finally {
      await first.stop();
    }
  });
});
