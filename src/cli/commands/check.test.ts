import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dispatch } from '../dispatch.ts';
import { RecordedIo } from '../io-fixture.test.ts';
import { command as check } from './check.ts';
import { command as init } from './init.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-check-'));
after(() => rmSync(folder, { recursive: true }));

const COMMANDS = [check, init].map((command) => ({
  name: command.name,
  summary: command.summary,
  load: async () => ({ command }),
}));

async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RecordedIo & { code: number }> {
  const recorded = new RecordedIo({ cwd: folder, env });
  const code = await dispatch(argv, recorded.io, COMMANDS, '1');
  return Object.assign(recorded, { code });
}

const OPEN = `version: 1
mode: observe
upstreams: { api: { url: "http://127.0.0.1:3000" } }
routes: [{ id: a, match: { path: /x }, upstream: api, authenticate: none }]
`;

test('init writes a file that check accepts, and does not replace it unless told to', async () => {
  const written = await run(['init', '--upstream', 'http://localhost:4000']);
  assert.deepEqual([written.code, written.err], [0, '']);
  assert.match(written.out, /^wrote sallyport\.yaml\nnext: \.\/sallyport check sallyport\.yaml/);
  const checked = await run(['check']);
  assert.deepEqual([checked.code, checked.out, checked.err], [0, 'sallyport.yaml: ok, 1 route\n', '']);
  const again = await run(['init']);
  assert.equal(again.code, 2);
  assert.match(again.err, /sallyport\.yaml exists already\n {2}fix: add --force/);
  assert.equal((await run(['init', '--force', '--json'])).out, '{"version":1,"file":"sallyport.yaml"}\n');
});

test('init names the JSON Schema for editors, prints to stdout on request, and refuses what it cannot do', async () => {
  const printed = await run(['init', '--output', '-']);
  assert.match(printed.out, /^# Configuration of Sallyport/);
  assert.match(printed.out, /url: "http:\/\/127\.0\.0\.1:3000"/);
  const bad = await run(['init', '--upstream', 'http://user:secret@host']);
  assert.equal(bad.code, 2);
  assert.ok(!bad.err.includes('secret'));
  assert.equal((await run(['init', 'gateway.yaml'])).code, 2);
  assert.equal((await run(['init', '--output', 'missing-folder/a.yaml'])).code, 3);
});

test('check reports every problem and exits with 2', async () => {
  writeFileSync(
    join(folder, 'bad.yaml'),
    OPEN.replace('mode: observe', 'mode: observed').replace('path: /x', 'pth: /x'),
  );
  const { code, out, err } = await run(['check', 'bad.yaml']);
  assert.deepEqual([code, err], [2, '']);
  assert.deepEqual(out.match(/^error\[.*$/gm), [
    'error[SP013] bad.yaml:2:7 mode: "observed" is not one of observe, enforce',
    'error[SP010] bad.yaml:4:28 routes[0].match.pth: there is no key "pth" here',
  ]);
  assert.match(out, /\nbad\.yaml: not usable, 2 errors\n$/);
});

test('warnings alone exit with 0, and with 1 under --strict', async () => {
  writeFileSync(join(folder, 'open.yaml'), OPEN);
  const plain = await run(['check', '--config', 'open.yaml']);
  assert.equal(plain.code, 0);
  assert.match(plain.out, /^warning\[SP044\] open\.yaml:4:69 routes\[0\]\.authenticate: /);
  assert.match(plain.out, /open\.yaml: ok, 1 route, 1 warning\n$/);
  assert.equal((await run(['check', '--strict', 'open.yaml'])).code, 1);
});

test('check --json is one document with every field', async () => {
  writeFileSync(join(folder, 'open.yaml'), OPEN);
  const { out } = await run(['check', '--json', 'open.yaml']);
  const document = JSON.parse(out);
  assert.deepEqual(
    [document.version, document.file, document.ok, document.diagnostics.length],
    [1, 'open.yaml', true, 1],
  );
  assert.deepEqual(Object.keys(document.diagnostics[0]), [
    'code',
    'severity',
    'file',
    'line',
    'column',
    'path',
    'message',
    'why',
    'fix',
    'docs',
  ]);
});

test('check --json says of every route where its settings come from, and what is proved of it at its place', async () => {
  const text = `version: 1
mode: observe
upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routeGroups:
  shop: { path: /shop, upstream: api, mode: enforce, authenticate: { anyOf: [keys] } }
routes:
  - id: a
    group: shop
    match: { path: /x }
    authorize: { methods: [jwt] }
  - { id: b, match: { path: /y }, upstream: api, authenticate: { none: "the status page is for everybody" } }
`;
  writeFileSync(join(folder, 'groups.yaml'), text);
  const { code, out } = await run(['check', '--json', 'groups.yaml']);
  const { diagnostics, routes, notAsked } = JSON.parse(out);
  assert.equal(code, 0);
  assert.deepEqual(
    diagnostics.map((one: Record<string, unknown>) => [one['code'], one['line'], one['column'], one['path']]),
    [
      ['SP063', 1, 1, 'unmatched'],
      ['SP149', 11, 27, 'routes[0].authorize.methods'],
    ],
  );
  assert.deepEqual(notAsked, [], 'nothing is asked for that a store could hold');
  const from = (index: number): unknown[] =>
    routes[index].settings
      .filter(({ from }: { from: string }) => from !== 'default')
      .map((one: Record<string, unknown>) => [one['setting'], one['from'], one['line']]);
  assert.deepEqual(from(0), [
    ['path', 'group shop', 6],
    ['path', 'route', 10],
    ['upstream', 'group shop', 6],
    ['mode', 'group shop', 6],
    ['authenticate', 'group shop', 6],
    ['authorize', 'route', 11],
  ]);
  assert.deepEqual([routes[0].authenticates, routes[1].authenticates], [true, false]);
  assert.equal(routes[1].because, 'the status page is for everybody');
  assert.ok(from(1).some((one) => JSON.stringify(one) === '["mode","whole",2]'));
});

test('check reads secrets from the environment and says which file is missing', async () => {
  writeFileSync(join(folder, 'env.yaml'), OPEN.replace('http://127.0.0.1:3000', '${env:API_URL}'));
  assert.equal((await run(['check', 'env.yaml'], { API_URL: 'http://127.0.0.1:3000' })).code, 0);
  assert.match((await run(['check', 'env.yaml'])).out, /SP020.*API_URL is not set/);
  const missing = await run(['check', 'missing.yaml']);
  assert.equal(missing.code, 2);
  assert.match(missing.out, /error\[SP001\] missing\.yaml:1:1: the file cannot be read \(ENOENT\)/);
  assert.equal((await run(['check', 'a.yaml', 'b.yaml'])).code, 2);
});

test('init --from writes a file that check accepts, reports what is missing with its line, and then exits with 1', async () => {
  const kong =
    '_format_version: "3.0"\nservices:\n  - name: api\n    url: http://127.0.0.1:3000\n    routes: [{ name: all, paths: [/] }]\n';
  writeFileSync(join(folder, 'kong.yaml'), `${kong}    plugins: [{ name: key-auth }]\n`);
  const clean = await run(['init', '--from', 'kong.yaml', '--output', 'from-kong.yaml']);
  assert.deepEqual(
    [clean.code, clean.out],
    [
      0,
      'wrote from-kong.yaml: 1 route from 1 of kong.yaml\nnext: ./sallyport check from-kong.yaml && ./sallyport up --config from-kong.yaml\n',
    ],
  );
  assert.match((await run(['check', 'from-kong.yaml'])).out, /ok, 1 route/);
  writeFileSync(join(folder, 'kong.yaml'), `${kong}    plugins: [{ name: house-auth }]\n`);
  const closed = await run(['init', '--from', 'kong.yaml', '--output', 'from-kong.yaml', '--force']);
  assert.equal(closed.code, 1);
  assert.match(closed.err, /^error kong\.yaml:6 house-auth on route all: .*: closed$/m);
  const json = JSON.parse((await run(['init', '--from', 'kong.yaml', '--output', '-', '--json'])).out);
  assert.deepEqual(
    json.notes.map(({ severity }: { severity: string }) => severity),
    ['note', 'error'],
  );
  assert.match(json.text, /not-carried-over/);
  assert.equal((await run(['init', '--from', 'missing.yaml'])).code, 2);
});
