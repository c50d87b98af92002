import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const PATH = '/api/v1/config/replay';

describe('replaying stored calls against a running gateway', () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;
  let keyId = '';
  let counted = '';

  const config = (rules: string, limits: string): string => `
mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { acme: {}, other: {} }
routes:
  - id: items
    match: { path: "/items/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { ${rules} }
    limits: [${limits}]
`;
  const complete = (text: string): string => TestGateway.complete(text, gateway.port, gateway.adminPort);
  const PLENTY = '{ per: consumer, quota: 1000/1mo }';
  const post = (body: unknown) => gateway.admin('POST', PATH, body);

  before(async () => {
    upstream = await echoUpstream();
    gateway = await TestGateway.start({ config: config('consumers: [acme, other]', PLENTY) });
    const acme = await gateway.createKey('acme');
    const other = await gateway.createKey('other');
    keyId = acme.keyId;
    for (const [key, calls] of [
      [acme.key, 6],
      [other.key, 3],
    ] as const)
      for (let i = 0; i < calls; i++) {
        const answer = await call(`${gateway.url}/items/${i}`, { headers: { 'x-api-key': key } });
        assert.equal(answer.status, 200);
        counted = String(answer.headers['ratelimit']);
      }
    await gateway.recorded(9);
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  test('says by rule, route and caller who would be denied, and that the configuration in force changes nothing', async () => {
    const same = await post({});
    assert.equal(same.status, 200);
    assert.deepEqual((same.body['counts'] as Record<string, number>)['unchanged'], 9);
    const { body } = await post({ text: complete(config('consumers: [acme]', PLENTY)), sinceMinutes: 60 });
    assert.deepEqual(body['counts'], {
      newlyDenied: 3,
      newlyAllowed: 0,
      newlyObserved: 0,
      noLongerObserved: 0,
      unchanged: 6,
      unknown: 0,
    });
    const [byRule] = body['byRule'] as Record<string, unknown>[];
    const recorded = await gateway.recorded(3, ({ consumer }) => consumer === 'other');
    assert.deepEqual(byRule, {
      change: 'newlyDenied',
      calls: 3,
      examples: recorded.map(({ requestId }) => requestId),
      reason: 'authz.rule',
      rule: 'consumers',
    });
    assert.deepEqual((body['byConsumer'] as Record<string, unknown>[])[0]?.['caller'], 'other');
    assert.deepEqual((body['byRoute'] as Record<string, unknown>[])[0]?.['route'], 'items');
    const limited = await post({
      text: complete(config('consumers: [acme, other]', '{ per: consumer, rate: 4/1h, burst: 4 }')),
    });
    assert.equal((limited.body['counts'] as Record<string, number>)['newlyDenied'], 2);
    assert.equal((await post({ route: 'elsewhere' })).body['calls'], 0);
  });

  test('changes nothing: no limit is charged, no use of a key is counted, no mode, configuration or record changes', async () => {
    const stateOf = async (): Promise<unknown> => {
      const { body: key } = await gateway.admin('GET', `/api/v1/keys/${keyId}`);
      const { body: usage } = await gateway.admin('GET', `/api/v1/keys/${keyId}/usage`);
      const { body: routes } = await gateway.admin('GET', '/api/v1/routes');
      const { body: shown } = await gateway.admin('GET', '/api/v1/config');
      const calls = (await gateway.recorded(9)).length;
      return { key, usage, routes, shown, calls, file: readFileSync(gateway.configFile, 'utf8') };
    };
    const before = await stateOf();
    const text = complete(config('consumers: [acme]', '{ per: consumer, rate: 1/1h, burst: 1 }')).replace(
      'mode: enforce',
      'mode: observe',
    );
    for (const enforce of [false, true]) assert.equal((await post({ text, enforce })).status, 200);
    assert.deepEqual(await stateOf(), before);
    const { key } = await gateway.createKey('other');
    const answer = await call(`${gateway.url}/items/9`, { headers: { 'x-api-key': key } });
    const left = (field: string): number => Number(/r=(\d+)/.exec(field)?.[1]);
    assert.equal(answer.status, 200);
    // Three calls of this consumer were counted before, and this is the fourth.
    assert.deepEqual([left(counted), left(String(answer.headers['ratelimit']))], [997, 996]);
  });

  test('a broken, hostile or too large text gives problems with their place, and no report', async () => {
    const bombs = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]\n' +
        Array.from({ length: 9 }, (_, i) => {
          const before = String.fromCharCode(97 + i);
          return `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array(10).fill(`*${before}`).join(', ')}]\n`;
        }).join(''),
      `${'['.repeat(50_000)}`,
      `a: ${'{ a: '.repeat(20_000)}`,
    ];
    const wrong = complete(config('consumers: [acme]', PLENTY)).replace('upstream: api', 'upstream: nowhere');
    for (const text of [wrong, '', 'version: 1\nroutes: [', ...bombs]) {
      const { status, body } = await post({ text });
      assert.equal(status, 422, text.slice(0, 40));
      const [problem] = body['problems'] as Record<string, unknown>[];
      assert.match(String(problem?.['code']), /^SP\d{3}$/);
      assert.ok(Number(problem?.['line']) >= 1 && body['counts'] === undefined);
    }
    const large = await post({ text: `# ${'x'.repeat(1_048_576)}` });
    assert.deepEqual([large.status, large.body['counts']], [400, undefined]);
    for (const body of [{ text: 7 }, { sinceMinutes: 0 }, { sinceMinutes: 'x' }, { unknown: 1 }])
      assert.equal((await post(body)).status, 400, JSON.stringify(body));
    assert.deepEqual((await gateway.admin('GET', PATH)).body, { running: false, calls: 0 });
  });

  test('without the token nobody replays, asks how far one is, or ends one', async () => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const answer = await call(`${gateway.adminUrl}${PATH}`, {
        method,
        headers: { authorization: 'Bearer wrong', 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      assert.equal(answer.status, 401, method);
    }
  });

  test('one at a time: another is refused meanwhile, the gateway answers, and it can be ended', async () => {
    assert.deepEqual((await gateway.admin('DELETE', PATH)).body, { cancelled: false });
    const first = post({});
    while ((await gateway.admin('GET', PATH)).body['running'] !== true);
    const second = await post({});
    assert.deepEqual([second.status, second.body['code']], [409, 'replay_running']);
    assert.deepEqual((await gateway.admin('DELETE', PATH)).body, { cancelled: true });
    const ended = await first;
    assert.deepEqual([ended.status, ended.body['code']], [409, 'replay_cancelled']);
    assert.equal((await post({})).status, 200);
  });

  test('the command ends with what CI has to know: 0, 1 for calls that change so, 2 for a configuration with errors', async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(gateway.folder, name), text);
      return name;
    };
    const same = file('same.yaml', complete(config('consumers: [acme, other]', PLENTY)));
    const narrow = file('narrow.yaml', complete(config('consumers: [acme]', PLENTY)));
    const guessing = file('headers.yaml', complete(config('headers: { x-team: [blue] }', PLENTY)));
    const broken = file('broken.yaml', 'version: 1\nroutes: 7\n');
    const codes: [readonly string[], number][] = [
      [[same, '--fail-on', 'newly-denied,newly-allowed,unknown'], 0],
      [[narrow], 0],
      [[narrow, '--fail-on', 'newly-denied'], 1],
      [[narrow, '--fail-on', 'newly-denied:1'], 1],
      [[narrow, '--fail-on', 'newly-denied:1000,newly-allowed'], 0],
      [[guessing, '--fail-on', 'newly-denied'], 0],
      [[guessing, '--fail-on', 'newly-denied,unknown:1'], 1],
      [[broken, '--fail-on', 'newly-denied'], 2],
      [['missing.yaml'], 2],
      [[same, '--fail-on', 'newly'], 2],
      [[same, '--since', '1s'], 2],
    ];
    for (const [args, code] of codes) {
      const run = await gateway.cli(['replay', ...args]);
      assert.equal(run.code, code, `${args.join(' ')}\n${run.stdout}${run.stderr}`);
    }
    const shown = await gateway.cli(['replay', narrow]);
    assert.match(shown.stdout, /newly denied: \d+, authz\.rule \(consumers\); for instance /);
    assert.match(shown.stdout, /\nby rule:\n {2}[^:]+: .*\nthe same calls by route:\n {2}/);
    assert.match(shown.stdout, /\nthe same calls by caller:\n {2}/);
    const told = await gateway.cli(['replay', guessing, '--json']);
    const [why] = (JSON.parse(told.stdout) as { unknownBecause: { why: string }[] }).unknownBecause;
    assert.equal(why?.why, 'header fields');
    const refused = await gateway.cli(['replay', broken]);
    assert.match(refused.stderr, /SP\d{3} line 2:9 /);
  });

  test('a replay that runs does not hold up the end of the gateway, whose calls are replayed without it too', async () => {
    const running = post({}).catch(() => undefined);
    while ((await gateway.admin('GET', PATH)).body['running'] !== true);
    gateway.child.kill('SIGTERM');
    await new Promise((resolve) => gateway.child.once('exit', resolve));
    await running;
    const { code, stdout } = await gateway.cli(['replay', 'narrow.yaml', '--config', gateway.configFile, '--json']);
    assert.equal(code, 0);
    const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
    assert.deepEqual([counts['newlyDenied'], counts['unknown']], [4, 0]);
  });
});
