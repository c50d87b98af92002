import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { call, sallyport, TestGateway } from '../harness/gateway.ts';

let upstream: http.Server;
let gateway: TestGateway;

const CONFIG = (url: string, more = '') => `mode: enforce
upstreams: { orders: { url: "${url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: read, match: { path: "/orders/*", methods: [GET] }, upstream: orders, authenticate: { anyOf: [keys] }, authorize: { scopes: [read] } }
  - { id: open, match: { path: /open }, upstream: orders, authenticate: none }
unmatched: deny
consumers: { acme: { groups: [partners], tier: gold }${more} }
`;

before(async () => {
  upstream = http.createServer((request, response) => response.end(JSON.stringify(request.headers)));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  gateway = await TestGateway.start({ config: CONFIG(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`) });
});

after(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  upstream.close();
});

/** Runs a command against the gateway; fails where it ends with anything but `code`. */
async function run(args: readonly string[], code = 0): Promise<string> {
  const ended = await sallyport([...args, '--config', gateway.configFile]);
  assert.equal(ended.code, code, `sallyport ${args.join(' ')}: ${ended.stderr}`);
  return code === 0 || code === 1 ? ended.stdout.trim() : ended.stderr;
}

async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await run([...args, '--json'])) as Record<string, unknown>;
}

async function status(key: string, path = '/orders/1'): Promise<number> {
  return (await call(`${gateway.url}${path}`, { headers: key === '' ? {} : { 'x-api-key': key } })).status;
}

describe('keys by command', () => {
  test('are made, shown without their secret, rotated with grace, and revoked', async () => {
    const key = await run(['keys', 'create', '--consumer', 'acme', '--scope', 'read', '--name', 'first']);
    assert.equal(await status(key), 200);
    const { items } = await json(['keys', 'list', '--consumer', 'acme']);
    const [record] = items as Record<string, unknown>[];
    const keyId = String(record?.['keyId']);
    assert.ok(key.includes(keyId));
    const shown = await run(['keys', 'show', keyId, '--json']);
    assert.ok(!shown.includes(key.slice(-20)), 'the secret is never shown again');
    const next = await run(['keys', 'rotate', keyId, '--grace', '1h']);
    assert.deepEqual([await status(key), await status(next)], [200, 200]);
    const used = await json(['keys', 'usage', keyId]);
    assert.equal(used['calls'], 2, 'the old key is still in use');
    assert.equal((used['addresses'] as { value: string }[])[0]?.value, '127.0.0.1');
    await run(['keys', 'revoke', keyId, '--reason', 'lost']);
    assert.deepEqual([await status(key), await status(next)], [401, 200]);
    assert.match(await run(['keys', 'show', keyId]), /revoked/);
    // Whoever still uses it is seen, although it is refused.
    const after = await json(['keys', 'usage', keyId]);
    assert.deepEqual([after['calls'], after['refusals']], [3, 1]);
    assert.match(await run(['keys', 'usage', keyId]), /3 calls, 1 refused[\s\S]*127\.0\.0\.1/);
    await run(['keys', 'rotate', keyId], 1);
  });

  test('of another system are taken over by their hash', async () => {
    const theirs = 'sk_live_51Habcdefghijklmnopqrstuvwxyz';
    const file = join(gateway.folder, 'import.jsonl');
    const sha256 = createHash('sha256').update(theirs).digest('hex');
    writeFileSync(file, `${JSON.stringify({ consumer: 'acme', sha256, scopes: ['read'] })}\n`);
    assert.equal(await status(theirs), 401);
    await run(['keys', 'import', file]);
    assert.equal(await status(theirs), 200);
    writeFileSync(file, '{"consumer":"acme","sha256":"short"}\n');
    assert.notEqual((await sallyport(['keys', 'import', file, '--config', gateway.configFile])).code, 0);
  });

  test('mistakes are told as such', async () => {
    assert.match(await run(['keys', 'create'], 2), /consumer/);
    assert.match(await run(['keys', 'create', '--consumer', 'acme', '--expires', 'soon'], 2), /duration/);
    assert.match(await run(['keys', 'create', '--consumer', 'acme', '--colour', 'red'], 2), /colour/);
    assert.match(await run(['keys', 'fly'], 2), /./);
    assert.match(await run(['fly'], 2), /fly/);
    assert.notEqual((await sallyport(['keys', 'show', 'nosuchkey123', '--config', gateway.configFile])).code, 0);
  });
});

describe('consumers by command', () => {
  test('are listed, changed, disabled with everything they have, and enabled again', async () => {
    const key = await run(['keys', 'create', '--consumer', 'birch', '--scope', 'read']);
    await run(['consumers', 'set', 'birch', '--group', 'a', '--group', 'b', '--tier', 'silver']);
    assert.match(await run(['consumers', 'show', 'birch']), /silver/);
    assert.match(await run(['consumers', 'list']), /acme[\s\S]*birch/);
    await run(['consumers', 'set', 'birch', '--disable']);
    assert.equal(await status(key), 401);
    await run(['consumers', 'set', 'birch', '--enable']);
    assert.equal(await status(key), 200);
    assert.match(await run(['consumers', 'set', 'birch', '--disable', '--enable'], 2), /exclude/);
  });

  test('of the file are changed by a reload', async () => {
    const text = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, text.replace('tier: gold }', 'tier: platinum }, cedar: { tier: new }'));
    assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
    const { body } = await gateway.admin('GET', '/api/v1/consumers/acme');
    assert.equal(body['tier'], 'platinum');
    assert.equal((await gateway.admin('GET', '/api/v1/consumers/cedar')).body['tier'], 'new');
  });
});

describe('modes and explanations by command', () => {
  test('observing a route lets its calls pass, enforcing tells what it would have denied and ends that', async () => {
    assert.equal(await status(''), 401);
    const observed = await sallyport(['observe', '/orders/*', '--config', gateway.configFile]);
    assert.match(observed.stdout, /^\d+ of \d+ calls in the last hour were denied; observed, they go through/);
    assert.match(
      observed.stderr,
      /is set to observe\. Take it back with:\n {2}\.\/sallyport modes clear '\/orders\/\*' --config \S+\n/,
    );
    assert.equal(await status(''), 200);
    assert.equal(await run(['modes', 'list']), 'path\t/orders/*\tobserve\tobserve\tenforce');
    const back = await sallyport(['enforce', '/orders/*', '--config', gateway.configFile]);
    assert.match(back.stdout, /would have denied/);
    assert.match(back.stderr, /is set to enforce, as the configuration says\.\n$/);
    assert.equal(await status(''), 401);
    assert.match(await run(['modes', 'list']), /nothing is set by command/);
  });

  test('switching to and fro leaves nothing behind, and what is taken back is as the configuration says', async () => {
    for (const mode of ['observe', 'enforce', 'observe', 'enforce']) await run([mode, 'authorise@read']);
    assert.match(await run(['modes', 'list']), /nothing is set by command/);
    await run(['observe', 'read']);
    await run(['enforce', 'authorise@read']);
    const again = await sallyport(['observe', 'read', '--config', gateway.configFile]);
    assert.match(
      again.stderr,
      /is set to observe\. Parts of it are not, .* modes list --config \S+ shows which\. Take/,
    );
    const modes = (await run(['modes', 'list'])).split('\n').sort();
    assert.deepEqual(modes, [
      'route\tread\tobserve\tmixed\tenforce',
      'route-stage\tauthorise@read\tenforce\tenforce\tenforce',
    ]);
    assert.match(await run(['modes', 'clear', 'authorise@read']), /now: observe, by other modes that are set/);
    assert.match(
      await run(['modes', 'clear', 'read']),
      /^cleared: observe is no longer set for route read\nin force there now: enforce, as the configuration says$/,
    );
    assert.equal(await status(''), 401);
    await run(['modes', 'clear', 'read'], 1);
  });

  test('a call is explained by its request id, and a request by its file', async () => {
    const refused = await call(`${gateway.url}/orders/7`);
    const id = String(refused.headers['sallyport-request-id']);
    for (const giveUpAt = Date.now() + 5_000; ; ) {
      const explained = await sallyport(['explain', id, '--config', gateway.configFile]);
      if (explained.code === 0) {
        assert.match(explained.stdout, /authn\.missing/);
        break;
      }
      assert.ok(Date.now() < giveUpAt, explained.stderr);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const file = join(gateway.folder, 'a.http');
    writeFileSync(file, 'GET /open HTTP/1.1\nHost: x\n\n');
    assert.match(await run(['explain', '--request', file]), /would be permitted/);
    writeFileSync(file, 'nonsense\n');
    assert.notEqual((await sallyport(['explain', '--request', file, '--config', gateway.configFile])).code, 0);
    assert.notEqual((await sallyport(['explain', 'nosuchcall', '--config', gateway.configFile])).code, 0);
  });
});

test('a second gateway on one folder of data is told which process has it and what to do', async () => {
  const second = await sallyport(['up', '--config', gateway.configFile]);
  assert.equal(second.code, 3);
  assert.match(second.stderr, /a gateway runs on \S+ already \(process \d+\)/);
  assert.match(second.stderr, /fix: stop process \d+, or give this gateway a folder of its own with --data DIR\n/);
});

describe('configurations by command', () => {
  test('init writes one that check takes, and does not write over another', async () => {
    const file = join(gateway.folder, 'fresh.yaml');
    const made = await sallyport(['init', '--file', file], { cwd: gateway.folder });
    const path = made.code === 0 ? file : join(gateway.folder, 'sallyport.yaml');
    assert.equal((await sallyport(['check', '--config', path])).code, 0, made.stderr);
  });

  test('check names line, column, why and fix, and ends with 2 where the file cannot be used', async () => {
    const file = join(gateway.folder, 'wrong.yaml');
    writeFileSync(file, readFileSync(gateway.configFile, 'utf8').replace('mode: enforce', 'mode: enfroce'));
    const checked = await sallyport(['check', '--config', file]);
    assert.equal(checked.code, 2);
    assert.match(checked.stdout + checked.stderr, /wrong\.yaml:\d+:\d+[\s\S]*why:[\s\S]*fix:/);
  });
});

describe('check asks the gateway that runs', () => {
  const ASKING = (from: string, asked: string): string =>
    from.replace('scopes: [read]', asked).replace(/tier: (gold|platinum)/, 'tier: tin');
  const check = async (asked: string): Promise<{ found: string[]; notAsked: string[] }> => {
    const file = join(gateway.folder, 'asking.yaml');
    writeFileSync(file, ASKING(readFileSync(gateway.configFile, 'utf8'), asked));
    const document = JSON.parse((await sallyport(['check', '--json', '--config', file])).stdout);
    return {
      found: document.diagnostics
        .filter(({ code }: { code: string }) => code === 'SP195')
        .map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`),
      notAsked: document.notAsked,
    };
  };

  test('for scopes, groups and tiers: what a key or a consumer has is held, and what nobody has is said', async () => {
    const { keyId } = JSON.parse(
      await run(['keys', 'create', '--consumer', 'held', '--scope', 'kept', '--json']),
    ).record;
    assert.equal((await gateway.admin('PUT', '/api/v1/consumers/held', { groups: ['g1'], tier: 't1' })).status, 200);
    const all = '{ scopes: [kept], groups: [g0, g1], tiers: [t1] }';
    assert.deepEqual((await check(all.slice(1, -1))).found, []);
    assert.deepEqual((await check('scopes: [kept, lost], groups: [g0], tiers: [t0]')).found, [
      'routes[0].authorize.scopes: nobody who may call "read" holds the scope lost: every call is refused',
      'routes[0].authorize.groups: no consumer is in g0: "read" refuses every call',
      'routes[0].authorize.tiers: no consumer is of t0: "read" refuses every call',
    ]);
    // What the file itself gives a consumer counts before the gateway has read it.
    assert.deepEqual((await check('groups: [partners], tiers: [tin]')).found, []);
    await run(['keys', 'revoke', keyId]);
    assert.equal((await check('scopes: [kept]')).found.length, 1, 'a key that is revoked holds nothing');
  });

  test('and says what it could not ask', async () => {
    assert.deepEqual((await check('scopes: [read]')).notAsked, []);
    const alone = await sallyport(['check', '--config', gateway.configFile, '--data', join(gateway.folder, 'nowhere')]);
    assert.equal(alone.code, 0);
    assert.match(alone.stderr, /^not asked: scopes of keys, groups and tiers of consumers: no gateway runs on /);
  });
});

describe('the admin API', () => {
  test('every operation of its document answers what the document says, and nothing without the token', async () => {
    const { body: document } = await gateway.admin('GET', '/api/v1/openapi.json');
    const paths = document['paths'] as Record<
      string,
      Record<string, { responses: Record<string, unknown>; security?: unknown[] }>
    >;
    const examples: Record<string, string> = {
      keyId: 'nosuchkey123',
      name: 'acme',
      requestId: 'nosuchcall',
      scope: 'route',
      target: 'read',
    };
    let seen = 0;
    for (const [path, operations] of Object.entries(paths))
      for (const [method, operation] of Object.entries(operations)) {
        if (path.endsWith('/reload') || path.includes('stream')) continue;
        const target = path.replace(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? 'x');
        const body = method === 'get' || method === 'delete' ? undefined : {};
        const answer = await gateway.admin(method.toUpperCase(), target, body).catch(() => ({ status: 200 }));
        assert.ok(answer.status < 500, `${method} ${target}: ${answer.status}`);
        const declared = Object.keys(operation.responses);
        assert.ok(
          declared.includes(String(answer.status)) || declared.includes('default') || answer.status >= 400,
          `${method} ${target} answered ${answer.status}, not one of ${declared.join(', ')}`,
        );
        if (path.startsWith('/api/') && operation.security === undefined) {
          const stranger = await call(`${gateway.adminUrl}${target}`, { method: method.toUpperCase() });
          assert.equal(stranger.status, 401, `${method} ${target} without a token`);
        }
        seen++;
      }
    assert.ok(seen >= 15, `${seen} operations`);
  });

  test('lists go page by page, and each thing is there once', async () => {
    for (let i = 0; i < 7; i++)
      await gateway.admin('POST', '/api/v1/keys', { consumer: 'paged', scopes: [], allowedCidrs: [], name: `${i}` });
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await gateway.admin('GET', `/api/v1/keys?consumer=paged&limit=3${cursor}`);
      seen.push(...(body['items'] as { keyId: string }[]).map(({ keyId }) => keyId));
      if (typeof body['next'] !== 'string') break;
      cursor = `&cursor=${encodeURIComponent(body['next'])}`;
    }
    assert.equal(seen.length, 7);
    assert.equal(new Set(seen).size, 7);
    assert.equal((await gateway.admin('GET', '/api/v1/keys?limit=0')).status, 400);
    assert.equal((await gateway.admin('GET', '/api/v1/keys?colour=red')).status, 400);
    assert.equal((await gateway.admin('POST', '/api/v1/keys', { consumer: '' })).status >= 400, true);
    assert.equal(
      (await gateway.admin('POST', '/api/v1/revocations', { kind: 'aud', issuer: 'a', value: 'b' })).status,
      400,
    );
  });
});
