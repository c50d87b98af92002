import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgeHoneyToken } from '../../src/decoy/honey-tokens.ts';
import { type Answer, call, echoUpstream, sallyport, TestGateway } from '../harness/gateway.ts';
import { AUDIENCE, TestIssuer } from '../harness/issuer.ts';

interface Found {
  readonly detector: string;
  readonly actor: string;
  readonly subject: string;
  readonly title: string;
  readonly count: number;
  readonly certainty: number;
}

async function findings(gateway: TestGateway): Promise<readonly Found[]> {
  return (await gateway.findings()) as readonly Found[];
}

/** What a caller can compare. */
function comparable({ status, text, headers }: Answer): unknown {
  const { date: _date, 'sallyport-request-id': _id, ...others } = headers;
  return [status, text.replace(/"requestId":"\w+"/, ''), others];
}

test('planted tokens and clients look like any wrong one, also after a restart, and their use is a finding', async () => {
  const issuer = await TestIssuer.start();
  const upstream = await echoUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-decoys-'));
  const config = `mode: enforce
upstreams: { a: { url: "${upstream.url}" } }
authenticators:
  corp: { type: jwt, issuer: "${issuer.url}", audience: "${AUDIENCE}", algorithms: [ES256], allowPrivateAddresses: true }
routes:
  - { id: orders, match: { path: "/orders/*" }, upstream: a, authenticate: { anyOf: [corp] } }
  - { id: open, match: { path: "/open/*" }, upstream: a, authenticate: none }
unmatched: deny
`;
  const start = () => TestGateway.start({ config, folder, workers: 2 });
  let gateway = await start();
  try {
    const plant = async (kind: string, ...more: readonly string[]) => {
      const made = await sallyport([
        'decoys',
        'add',
        '--kind',
        kind,
        '--place',
        `the ${kind} list`,
        ...more,
        '--config',
        gateway.configFile,
      ]);
      assert.equal(made.code, 0, made.stderr);
      return made.stdout.trim().split('\n');
    };
    const [token = ''] = await plant('token');
    const [clientId = '', clientSecret = ''] = await plant('client');
    const [foreign = ''] = await plant('token', '--issuer', 'https://elsewhere.example');
    const claims = (text: string) =>
      JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    assert.deepEqual([claims(token)['iss'], claims(token)['aud']], [issuer.url, AUDIENCE]);
    assert.equal(claims(foreign)['iss'], 'https://elsewhere.example');
    const kept = readFileSync(join(folder, 'data', 'sallyport.db-wal')).toString('latin1');
    for (const secret of [token.slice(-40), foreign.slice(-40), clientSecret])
      assert.ok(secret.length >= 40 && !kept.includes(secret), 'what is secret is kept nowhere');

    const shape = { issuer: issuer.url, audience: AUDIENCE, algorithm: 'ES256' } as const;
    const wrong = (await forgeHoneyToken(shape, Date.now())).token;
    const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}`, 'user-agent': 'thief/1' } });
    const ordinary = await call(`${gateway.url}/orders/1`, bearer(wrong));
    assert.equal(ordinary.status, 401);
    assert.deepEqual(await findings(gateway), [], 'a wrong token is no finding');
    assert.deepEqual(comparable(await call(`${gateway.url}/orders/1`, bearer(token))), comparable(ordinary));
    await call(`${gateway.url}/orders/1`, bearer(token));
    await call(`${gateway.url}/open/1`, bearer(foreign));
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const none = await call(`${gateway.url}/orders/1`, { headers: { authorization: `Basic ${btoa('nobody:x')}` } });
    const planted = await call(`${gateway.url}/orders/1`, { headers: { authorization: basic } });
    assert.deepEqual(comparable(planted), comparable(none));

    const found = (await findings(gateway)).toSorted((one, other) => one.title.localeCompare(other.title));
    assert.deepEqual(
      found.map(({ detector, actor, count, certainty }) => [detector, actor, count, certainty]),
      [
        ['decoy.client_used', '127.0.0.1', 1, 1],
        ['decoy.token_used', '127.0.0.1', 1, 1],
        ['decoy.token_used', '127.0.0.1', 2, 1],
      ],
    );
    assert.match(found[2]?.title ?? '', /the token list was used from 127\.0\.0\.1 \(thief\/1\) on route orders/);

    await gateway.stop();
    gateway = await start();
    await call(`${gateway.url}/orders/1`, bearer(token));
    const again = (await findings(gateway)).find(({ title }) => title.includes('thief/1) on route orders'));
    assert.equal(again?.count, 3, 'known after a restart');
    assert.equal((await gateway.admin('DELETE', `/api/v1/decoys/${again?.subject}`)).status, 200);
    await call(`${gateway.url}/orders/1`, bearer(token));
    assert.ok(!(await findings(gateway)).some(({ count }) => count > 3), 'taken up');
  } finally {
    await gateway.stop();
    await upstream.close();
    await issuer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
