import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import { issueApiKey, parseApiKey } from '../../src/crypto/api-key-format.ts';
import { base62Word } from '../../src/crypto/base62.ts';
import { SAMPLES } from '../../src/crypto/secrets/secret-fixture.test.ts';
import { call, sallyport, TestGateway } from '../harness/gateway.ts';

let upstream: http.Server;
let leaked = '';
const config = (onLeak: string) => `mode: enforce
upstreams: { a: { url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: open, match: { path: "/open/*" }, upstream: a, authenticate: none }
  - { id: own, match: { path: "/own/{name}" }, upstream: a, authenticate: { anyOf: [keys] }, authorize: { owner: path.name == principal.subject } }
  - { id: closed, match: { path: "/closed" }, upstream: a, authenticate: { anyOf: [keys] } }
unmatched: deny
apiKeys: { onLeak: ${onLeak} }
`;

before(async () => {
  upstream = http.createServer((request, response) => {
    const text = `{"settings":{"key":"${leaked}"}}`;
    switch (request.url?.split('?')[0]) {
      case '/open/whole':
        response.end(text);
        break;
      case '/open/pieces': {
        const cut = text.indexOf(leaked) + 20;
        response.write(text.slice(0, cut));
        setTimeout(() => response.end(text.slice(cut)), 50);
        break;
      }
      case '/open/redirect':
        response.writeHead(302, { location: `/next?key=${leaked}` }).end();
        break;
      case '/open/compressed':
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
        break;
      case '/open/encoding':
        response.end(String(request.headers['accept-encoding']));
        break;
      default:
        response.end('nothing here');
    }
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

after(() => {
  upstream.closeAllConnections();
  upstream.close();
});

interface Found {
  readonly id: string;
  readonly detector: string;
  readonly actor: string;
  readonly subject: string;
  readonly title: string;
  readonly status: string;
  readonly count: number;
  readonly certainty: number;
  readonly requestIds: readonly string[];
}

async function findings(gateway: TestGateway): Promise<readonly Found[]> {
  return (await gateway.findings()) as readonly Found[];
}

describe('keys where they must not be', () => {
  test('in answers, redirects, queries and referers are found, and the calls pass as they came', async () => {
    const gateway = await TestGateway.start({ config: config('alert') });
    try {
      const { key, keyId } = await gateway.createKey('acme');
      leaked = key;
      const whole = await call(`${gateway.url}/open/whole`);
      assert.ok(whole.text.includes(key), 'watching changes nothing');
      await call(`${gateway.url}/open/pieces`);
      await call(`${gateway.url}/open/redirect`);
      await call(`${gateway.url}/open/plain?api_key=${key}`);
      await call(`${gateway.url}/open/plain`, { headers: { referer: `https://app.example/?key=${key}` } });
      await call(`${gateway.url}/open/compressed`);
      await call(`${gateway.url}/open/plain?api_key=${key.slice(0, -1)}`);
      await call(`${gateway.url}/open/plain/${key}/more`);
      const found = await findings(gateway);
      assert.deepEqual(
        found.map(({ detector, actor, subject, count }) => [detector, actor, subject, count]).toSorted(),
        [
          ['leak.key_in_path', '127.0.0.1', keyId, 1],
          ['leak.key_in_query', '127.0.0.1', keyId, 1],
          ['leak.key_in_referer', '127.0.0.1', keyId, 1],
          ['leak.key_in_response', 'route open', keyId, 3],
        ],
      );
      assert.ok(!JSON.stringify(found).includes(key.slice(-20)), 'the key itself is nowhere');
      assert.equal((await call(`${gateway.url}/closed`, { headers: { 'x-api-key': key } })).status, 200);
      // The value of a path stands in the reason of a refusal, too.
      assert.equal((await call(`${gateway.url}/own/${key}`, { headers: { 'x-api-key': key } })).status, 404);
      const { body: calls } = await gateway.admin('GET', '/api/v1/calls?limit=100');
      assert.ok(JSON.stringify(calls).includes('path.name is'), JSON.stringify(calls));
      assert.ok(JSON.stringify(calls).includes('/open/plain/…/more') && !JSON.stringify(calls).includes(key));

      const listed = await sallyport(['findings', 'list', '--status', 'open', '--config', gateway.configFile]);
      assert.equal(listed.code, 1, 'open findings end with 1');
      assert.match(listed.stdout, /the API answered with the key/);
      const { id, requestIds } = found.find(({ detector }) => detector === 'leak.key_in_response') as Found;
      const shown = await sallyport(['findings', 'show', id, '--config', gateway.configFile]);
      assert.ok(requestIds.length === 3 && shown.stdout.includes(String(requestIds[0])));
      assert.equal(
        (await sallyport(['findings', 'resolve', id, '--as', 'mended', '--config', gateway.configFile])).code,
        0,
      );
      assert.equal((await findings(gateway)).find((one) => one.id === id)?.status, 'resolved');
      await call(`${gateway.url}/open/whole`);
      const again = (await findings(gateway)).find((one) => one.id === id);
      assert.deepEqual([again?.status, again?.count], ['open', 4], 'it opens again');
    } finally {
      await gateway.stop();
    }
  });

  test('a made-up key with the id of a real one revokes nothing', async () => {
    const gateway = await TestGateway.start({ config: config('revoke') });
    try {
      const { key, keyId } = await gateway.createKey('acme');
      const body = `${key.slice(0, key.indexOf(keyId) + keyId.length + 1)}${'A'.repeat(43)}`;
      const forged = body + base62Word(crc32(body));
      assert.equal(parseApiKey(forged).kind, 'ok', 'it has the form and the checksum');
      leaked = forged;
      await call(`${gateway.url}/open/whole`);
      await call(`${gateway.url}/open/plain?k=${forged}`);
      await call(`${gateway.url}/open/plain`, { headers: { referer: `https://a.example/${forged}` } });
      assert.deepEqual(await findings(gateway), []);
      assert.equal((await call(`${gateway.url}/closed`, { headers: { 'x-api-key': key } })).status, 200);
    } finally {
      await gateway.stop();
    }
  });

  test('end after a grace where that is configured, once, and the finding says when', async () => {
    const gateway = await TestGateway.start({ config: config('{ revokeAfter: 1h }') });
    try {
      const { key, keyId } = await gateway.createKey('acme');
      leaked = key;
      const expiry = async () => Number((await gateway.admin('GET', `/api/v1/keys/${keyId}`)).body['expiresAtMs']);
      const before = Date.now();
      await call(`${gateway.url}/open/whole`);
      const [finding] = await findings(gateway);
      const first = await expiry();
      assert.ok(first >= before + 3_600_000 - 1_000 && first <= Date.now() + 3_600_000, `${first}`);
      assert.match(finding?.title ?? '', new RegExp(`; it ends at ${new Date(first).toISOString().slice(0, 19)}`));
      assert.equal((await call(`${gateway.url}/closed`, { headers: { 'x-api-key': key } })).status, 200, 'until then');
      await call(`${gateway.url}/open/whole`);
      await call(`${gateway.url}/open/plain?k=${key}`);
      assert.equal((await findings(gateway)).length, 2);
      assert.equal(await expiry(), first, 'seen again, it is not given longer');
    } finally {
      await gateway.stop();
    }
  });

  test('are revoked where that is configured', async () => {
    const gateway = await TestGateway.start({ config: config('revoke'), workers: 2 });
    try {
      const { key } = await gateway.createKey('acme');
      leaked = key;
      const status = async () => (await call(`${gateway.url}/closed`, { headers: { 'x-api-key': key } })).status;
      assert.equal(await status(), 200);
      await call(`${gateway.url}/open/whole`);
      const startedAt = performance.now();
      while ((await status()) === 200) assert.ok(performance.now() - startedAt < 2_000, 'it still works');
    } finally {
      await gateway.stop();
    }
  });
});

describe('secrets of others', () => {
  test('are told of by vendor and fingerprint, never by themselves, and answers pass as they came', async () => {
    const gateway = await TestGateway.start({ config: config('revoke') });
    try {
      for (const make of Object.values(SAMPLES)) {
        leaked = make();
        const answer = await call(`${gateway.url}/open/pieces`);
        assert.ok(answer.text.includes(leaked));
      }
      const github = SAMPLES['github-token']?.() ?? '';
      const gitlab = SAMPLES['gitlab-token']?.() ?? '';
      leaked = github;
      for (let i = 0; i < 3; i++) await call(`${gateway.url}/open/whole`);
      await call(`${gateway.url}/open/redirect`);
      await call(`${gateway.url}/open/plain?t=${gitlab}`);
      await call(`${gateway.url}/open/plain`, { headers: { referer: `https://a.example/?t=${gitlab}` } });
      const found = await findings(gateway);
      const told = JSON.stringify([found, await gateway.recorded(1)]);
      assert.ok(!told.includes(github.slice(10)) && !told.includes(gitlab.slice(10)), 'the secret itself is nowhere');
      const kinds = new Set(found.map(({ subject }) => subject.split(' ')[0]));
      for (const kind of Object.keys(SAMPLES))
        assert.equal(kinds.has(kind), kind !== 'jwt', `${kind} in an answer; tokens may stand there`);
      assert.deepEqual(
        found.filter(({ count }) => count > 1).map(({ detector, actor, count }) => [detector, actor, count]),
        [['leak.secret_in_response', 'route open', 4]],
      );
      assert.deepEqual(
        found.filter(({ actor }) => actor === '127.0.0.1').map(({ detector }) => detector),
        ['leak.secret_in_referer', 'leak.secret_in_query'],
      );
      assert.match(found.find(({ count }) => count === 4)?.title ?? '', /GitHub token \(gh\w_…\) on route open/);
    } finally {
      await gateway.stop();
    }
  });

  test('a flood of look-alikes in one answer is a few findings', async () => {
    const gateway = await TestGateway.start({ config: config('alert') });
    try {
      leaked = Array.from({ length: 500 }, () => SAMPLES['github-token']?.()).join(' ');
      await call(`${gateway.url}/open/whole`);
      assert.equal((await findings(gateway)).length, 3);
    } finally {
      await gateway.stop();
    }
  });

  test('answers are asked for uncompressed where that is configured, and only where the gateway enforces', async () => {
    const text = config('alert').replace('onLeak: alert', 'uncompressedAnswers: true');
    for (const mode of ['enforce', 'observe']) {
      const gateway = await TestGateway.start({ config: text.replace('mode: enforce', `mode: ${mode}`) });
      try {
        const answer = await call(`${gateway.url}/open/encoding`, { headers: { 'accept-encoding': 'gzip, br' } });
        assert.equal(answer.text, mode === 'enforce' ? 'identity' : 'gzip, br');
      } finally {
        await gateway.stop();
      }
    }
  });
});

describe('planted keys', () => {
  test('never work, look like any wrong key, and their use is a finding with attribution', async () => {
    const gateway = await TestGateway.start({ config: config('alert') });
    try {
      const made = await sallyport(['decoys', 'add', '--place', 'the wiki', '--config', gateway.configFile]);
      const decoy = made.stdout.trim();
      assert.equal(made.code, 0, made.stderr);
      const answer = await call(`${gateway.url}/closed`, { headers: { 'x-api-key': decoy } });
      const wrong = await call(`${gateway.url}/closed`, {
        headers: { 'x-api-key': issueApiKey({ bytes: (count) => randomBytes(count) }, 'sp', 'live').key },
      });
      const comparable = ({ status, text, headers }: typeof answer) => [
        status,
        text.replace(/"requestId":"\w+"/, ''),
        headers['www-authenticate'],
      ];
      assert.deepEqual(comparable(answer), comparable(wrong));
      const [finding, ...others] = await findings(gateway);
      assert.equal(others.length, 0);
      assert.deepEqual([finding?.detector, finding?.actor, finding?.certainty], ['decoy.key_used', '127.0.0.1', 1]);
      assert.match(
        (await sallyport(['decoys', 'list', '--config', gateway.configFile])).stdout,
        new RegExp(`${String(finding?.subject)}[\\s\\S]*the wiki`),
      );
      await sallyport(['decoys', 'remove', String(finding?.subject), '--config', gateway.configFile]);
      await call(`${gateway.url}/closed`, { headers: { 'x-api-key': decoy } });
      assert.equal((await findings(gateway))[0]?.count, 1, 'taken up');
      const enabling = await gateway.admin('PUT', '/api/v1/consumers/sallyport-decoys', { disabled: false });
      assert.equal(enabling.status, 422, 'they cannot be made to work');
    } finally {
      await gateway.stop();
    }
  });
});

describe('alerts', () => {
  test('a finding reaches the webhook, signed, also when the receiver was away and the gateway was restarted', async () => {
    const received: { headers: http.IncomingHttpHeaders; body: string }[] = [];
    let away = true;
    const receiver = http.createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => {
        body += part.toString();
      });
      request.on('end', () => {
        if (!away) received.push({ headers: request.headers, body });
        response.writeHead(away ? 503 : 204).end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const secret = randomBytes(32).toString('base64');
    const withAlerts = `${config('alert')}alerts: { webhook: { url: "${url}", secret: "\${file:secret}", allowPrivateAddresses: true } }\n`;
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-alerts-'));
    const start = () => TestGateway.start({ config: withAlerts, files: { secret }, folder });
    let gateway = await start();
    try {
      leaked = (await gateway.createKey('acme')).key;
      await call(`${gateway.url}/open/whole`);
      assert.equal((await findings(gateway)).length, 1);
      await gateway.stop('SIGKILL');
      away = false;
      gateway = await start();
      for (const giveUpAt = Date.now() + 20_000; received.length === 0; ) {
        assert.ok(Date.now() < giveUpAt, 'the alert never came');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const [{ headers, body }] = received as [{ headers: http.IncomingHttpHeaders; body: string }];
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      const mac = createHmac('sha256', Buffer.from(secret, 'base64')).update(signed).digest('base64');
      assert.equal(headers['webhook-signature'], `v1,${mac}`);
      assert.equal((JSON.parse(body) as { data: Found }).data.detector, 'leak.key_in_response');
    } finally {
      await gateway.stop();
      receiver.closeAllConnections();
      receiver.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('secrets scan', () => {
  test('finds keys in files and in the history of a repository, and nothing else', async () => {
    const gateway = await TestGateway.start({ config: config('alert') });
    try {
      const { key, keyId } = issueApiKey({ bytes: (count) => randomBytes(count) }, 'acme', 'test');
      const folder = join(gateway.folder, 'repository');
      mkdirSync(join(folder, 'deep'), { recursive: true });
      writeFileSync(join(folder, 'deep', 'settings.env'), `A=1\nKEY=${key}\n`);
      writeFileSync(join(folder, 'look-alike.txt'), `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}\n`);
      const scanned = await sallyport(['secrets', 'scan', folder, '--json']);
      assert.equal(scanned.code, 1);
      const { found } = JSON.parse(scanned.stdout) as { found: { file: string; line: number; keyId: string }[] };
      assert.deepEqual(
        found.map(({ line, keyId: id }) => [line, id]),
        [[2, keyId]],
      );
      assert.ok(!scanned.stdout.includes(key), 'the key itself is not printed');
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
          stdio: 'ignore',
        });
      git('init', '-q');
      git('add', '.');
      git('commit', '-qm', 'one');
      writeFileSync(join(folder, 'deep', 'settings.env'), 'A=1\n');
      git('commit', '-qam', 'two');
      assert.equal((await sallyport(['secrets', 'scan', folder])).code, 0);
      const history = await sallyport(['secrets', 'scan', folder, '--git']);
      assert.equal(history.code, 1);
      assert.match(history.stdout, new RegExp(`settings\\.env[\\s\\S]*${keyId}`));
      assert.match((await sallyport(['secrets', 'rule'])).stdout, /sallyport-api-key/);
      const log = gzipSync(`${'GET / 200\n'.repeat(100_000)}GET /?t=${SAMPLES['gitlab-token']?.()} 200\n${key}\n`);
      writeFileSync(join(folder, 'access.log.1.gz'), log);
      writeFileSync(join(folder, 'broken.gz'), log.subarray(0, 300));
      writeFileSync(join(folder, 'id_rsa'), SAMPLES['private-key']?.() ?? '');
      const logs = await sallyport(['secrets', 'scan', folder, '--json']);
      const told = JSON.parse(logs.stdout) as {
        found: { file: string; line: number; kind: string }[];
        unread: string[];
      };
      assert.deepEqual(told.found.map(({ line, kind }) => `${line} ${kind}`).toSorted(), [
        '1 private-key',
        '100001 gitlab-token',
        '100002 api-key',
      ]);
      assert.deepEqual(
        told.unread.map((name) => name.slice(-9)),
        ['broken.gz'],
      );
      const stdin = spawnSync('./sallyport', ['secrets', 'scan', '-', '--min-severity', 'critical'], { input: log });
      assert.equal(stdin.status, 0, 'nothing as bad as that');
      assert.equal(spawnSync('./sallyport', ['secrets', 'scan', '-'], { input: log }).status, 1);
    } finally {
      await gateway.stop();
    }
  });
});
