import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from '../../src/config/loading-fixture.test.ts';
import type { Decision } from '../../src/core/decision.ts';
import { compileSnapshot } from '../../src/pipeline/snapshot.ts';
import { emptyParts } from '../../src/pipeline/snapshot-fixture.test.ts';
import { Judge } from '../harness/judge.ts';
import { credentials, KEY_SET, NOW_MS, presentedBy } from './decisions/callers.ts';

/** Doors that other gateways were found to leave open, each tried here as a configuration or a call. */

const HEAD = `version: 1
mode: enforce
upstreams: { a: { url: "http://127.0.0.1:9" } }
authenticators:
  keys: { type: api-key, header: x-api-key }
  corp: { type: jwt, issuer: "https://id.example.com", audience: "https://api.example.com", algorithms: [ES256], jwks: { file: corp }, groupsClaim: groups, rolesClaim: roles, consumer: { prefix: "" } }
`;
const ROUTES = `routes:
  - { id: open, match: { path: "/open/*" }, upstream: a, authenticate: none }
  - { id: admin, match: { path: "/admin/*" }, upstream: a, authenticate: { anyOf: [keys, corp] }, authorize: { groups: [staff] } }
  - { id: orders, match: { path: "/orders/{id}", methods: [GET, POST] }, upstream: a, authenticate: { anyOf: [corp, keys] }, authorize: { fields: { request: [{ allow: [name] }] } } }
  - { id: decoding, match: { path: "/files/*" }, upstream: a, authenticate: none, paths: { encodedSlash: decode, dotSegments: decode, doubleEncoding: decode, backslash: decode } }
`;

function judgeOf(configuration = HEAD + ROUTES): Judge {
  return new Judge({
    configuration,
    nowMs: NOW_MS,
    files: { corp: KEY_SET },
    parts: { credentials: credentials() },
  });
}

function outcomeOf(decision: Decision): string {
  if (decision.effect === 'permit') return `to ${decision.routeId}`;
  return decision.enforced ? decision.reason : `observed ${decision.reason}`;
}

/** Codes and places of what is wrong with a configuration; it must not load. */
function refused(routes: string, head = HEAD): string {
  const loaded = load(head + routes, { readFile: () => KEY_SET });
  assert.ok(!loaded.ok, `it was loaded:\n${routes}`);
  for (const { line, column } of loaded.diagnostics) assert.ok(line > 0 && column > 0);
  return loaded.diagnostics.map(({ code, path }) => `${code} ${path}`).join(', ');
}

const route = (rest: string): string =>
  `routes: [{ id: r, match: { path: "/*" }, upstream: a, authenticate: { anyOf: [keys] }, ${rest} }]\n`;

describe('what a configuration does not know is refused when it is loaded, never skipped', () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['a kind of rule there is not', route('authorize: { jwtAuth: { scopes: [a] } }'), /SP010 routes\[0\]\.authorize/],
    ['a policy there is not', route('authorize: { policies: [none] }'), /SP100/],
    [
      'a rule that denies by something there is not',
      route('authorize: { deny: [{ name: d, ip: [10.0.0.0/8] }] }'),
      /SP010/,
    ],
    ['a rule that denies and asks nothing', route('authorize: { deny: [{ name: d }] }'), /SP102/],
    ['an authenticator there is not', route('authorize: {}').replace('keys', 'kyes'), /SP03/],
    ['no authenticator at all', route('authorize: {}').replace('[keys]', '[]'), /SP/],
    ['no word about authentication', 'routes: [{ id: r, match: { path: "/*" }, upstream: a }]\n', /SP011/],
    ['an operator there is not in an expression', route(`authorize: { when: 'principal.subject ~ "a"' }`), /SP101/],
    ['a variable there is not in an expression', route(`authorize: { when: 'principle.subject == "a"' }`), /SP101/],
    ['a function there is not in an expression', route(`authorize: { when: 'matchesGlob(path, "x")' }`), /SP101/],
    ['an expression that is neither true nor false', route(`authorize: { when: 'principal.subject' }`), /SP101/],
    ['nothing where an expression belongs', route(`authorize: { when: '' }`), /SP/],
    ['nothing where a condition belongs', route('authorize: { groups: }'), /SP/],
    ['an action there is not', route('authorize: { fields: { response: [{ log: [ssn] }] } }'), /SP/],
    ['a mode there is not', route('mode: log'), /SP/],
    ['a stage there is not', route('stages: { authorization: enforce }'), /SP/],
    [
      'a match that matches by something there is not',
      route('authorize: {}').replace('path: "/*"', 'path: "/*", regex: ".*"'),
      /SP010/,
    ],
    ['a block of addresses that is none', route('authorize: { addresses: [10.0.0.0/33] }'), /SP/],
    [
      'a block with a typing error in a rule that denies',
      route('authorize: { deny: [{ name: d, addresses: ["10.0.0.0/8", "10.1.0.O/16"] }] }'),
      /SP/,
    ],
    ['a proxy that is no block', `trustedProxies: [10.0.0.0/8, proxy.internal]\n${route('authorize: {}')}`, /SP/],
    ['a contract that cannot be read', route('inspect: { contract: default }'), /SP/],
    [
      'forwarding what no route matches while something enforces',
      `unmatched: forward\n${route('authorize: {}')}`,
      /SP060/,
    ],
  ];
  for (const [name, routes, expected] of rows)
    test(name, () => {
      assert.match(refused(routes), expected);
    });

  test('a stored configuration comes through the same door: what compiles it knows no kinds beside those it names', () => {
    const { snapshot } = judgeOf();
    const { configuration } = snapshot;
    const stored = { ...configuration, authenticators: { ...configuration.authenticators, keys: { type: 'cookie' } } };
    assert.throws(() =>
      compileSnapshot(
        {
          version: 1,
          configuration: stored as unknown as typeof configuration,
          peppers: { current: 1, byVersion: { 1: new Uint8Array(32) } },
          consumers: new Map(),
          clientTrust: undefined,
          decoys: { tokens: [], clients: [] },
          assertionKey: { keyId: '', privateKey: '' } as never,
        },
        emptyParts(),
      ),
    );
  });
});

describe('a call that cannot be judged does not pass', () => {
  const post = (body: string, type: readonly string[] = ['content-type', 'application/json']) => ({
    method: 'POST',
    target: '/orders/7',
    body: Buffer.from(body),
    fields: [...(presentedBy('alice', {}).fields ?? []), ...type],
  });

  test('a body that cannot be read is no empty body', async () => {
    const judge = judgeOf();
    assert.equal(outcomeOf(await judge.judge(post('{"name":"x"}'))), 'to orders');
    for (const body of ['{"name":"x"', '{"name":"x","name":"y"}', '\u0000', `${'['.repeat(1_000)}`])
      assert.match(outcomeOf(await judge.judge(post(body))), /^authz\.field_body$/, body.slice(0, 20));
    for (const type of [
      [],
      ['content-type', 'text/plain'],
      ['content-type', 'application/json', 'content-type', 'text/html'],
    ])
      assert.match(outcomeOf(await judge.judge(post('{"role":"admin"}', type))), /^authz\.field|^framing\./);
  });

  test('a stage that fails refuses with 503 and says nothing of what it read', async () => {
    const judge = judgeOf();
    const call = { target: '/admin/x', fields: presentedBy('alice', {}).fields ?? [] };
    assert.equal(outcomeOf(await judge.judge(call)), 'to admin');
    const route = judge.snapshot.routeById('admin');
    assert.ok(route !== undefined);
    Object.assign(route.access, {
      asks: true,
      judge: () => {
        throw new Error('alice');
      },
    });
    const decision = await judge.judge(call);
    assert.ok(decision.effect === 'deny' && decision.enforced);
    assert.deepEqual([decision.status, decision.reason], [503, 'gateway.fault']);
    assert.doesNotMatch(decision.detail, /alice/);
  });

  test('an issuer whose keys were never found is 503, and no call of its tokens passes', async () => {
    const judge = new Judge({
      configuration: (HEAD + ROUTES).replace('jwks: { file: corp }', 'jwks: { url: "https://id.example.com/jwks" }'),
      nowMs: NOW_MS,
      parts: { credentials: credentials() },
    });
    const decision = await judge.judge({ target: '/admin/x', fields: presentedBy('alice', {}).fields ?? [] });
    assert.ok(decision.effect === 'deny' && decision.enforced);
    assert.equal(decision.status, 503);
  });

  test('nobody is not somebody without conditions', async () => {
    for (const authorize of [
      '{ groups: [staff] }',
      `{ when: 'principal.subject == ""' }`,
      `{ when: '!(consumer.name == "x")' }`,
    ]) {
      const judge = judgeOf(
        `${HEAD}routes: [{ id: r, match: { path: "/*" }, upstream: a, authenticate: { anyOf: [keys, corp] }, authorize: ${authorize} }]\n`,
      );
      assert.equal(outcomeOf(await judge.judge({ target: '/x' })), 'authn.missing');
    }
  });
});

describe('what a call says of itself moves it past no rule', () => {
  test('fields of proxies that are not trusted neither name another path, method, host or address', async () => {
    const judge = judgeOf();
    for (const fields of [
      ['x-original-url', '/open/x'],
      ['x-rewrite-url', '/open/x'],
      ['x-forwarded-uri', '/open/x'],
      ['x-forwarded-path', '/open/x'],
      ['x-forwarded-prefix', '/open'],
      ['x-forwarded-host', 'open.example.com'],
      ['x-http-method-override', 'OPTIONS'],
      ['x-forwarded-method', 'OPTIONS'],
      ['x-forwarded-for', '127.0.0.1'],
      ['forwarded', 'for=127.0.0.1;host=open;proto=https'],
      ['x-real-ip', '127.0.0.1'],
      ['sallyport-consumer', 'acme'],
      ['sallyport-subject', 'alice'],
    ])
      assert.match(
        outcomeOf(await judge.judge({ target: '/admin/x', fields })),
        /^authn\.missing$|^framing\./,
        fields[0],
      );
  });

  test('the order of methods decides nothing where two credentials come at once', async () => {
    const both = presentedBy('alice-with-key', {}).fields ?? [];
    for (const target of ['/admin/x', '/orders/7'])
      assert.equal(outcomeOf(await judgeOf().judge({ target, fields: both })), 'authn.ambiguous');
  });

  test('no spelling of a path is authorised as one thing and forwarded as another', async () => {
    const judge = judgeOf();
    for (const target of [
      '/open/..%2fadmin/x',
      '/open/%2e%2e/admin/x',
      '/open/../admin/x',
      '/open//../admin/x',
      '/open/..;/admin/x',
      '/open/%252e%252e/admin/x',
      '/open\\..\\admin/x',
      '/admin%2fx',
      '/%61dmin/x',
      '/ADMIN/x',
      '//admin/x',
      '/./admin/x',
    ]) {
      const outcome = outcomeOf(await judge.judge({ target }));
      assert.match(outcome, /^path\.|^authn\.missing$|^route\.not_found$|^framing\./, `${target}: ${outcome}`);
    }
  });

  test('a path is routed once: where decoding it would lead to another route, it goes nowhere', async () => {
    const judge = judgeOf();
    for (const target of [
      '/files/..%2f..%2fadmin/x',
      '/files/%2e%2e/admin/x',
      '/files/..%5c..%5cadmin/x',
      '/files/%252e%252e%252fadmin/x',
    ]) {
      const decision = await judge.judge({ target });
      if (decision.effect === 'permit') assert.match(decision.forward?.target ?? '', /^\/files\//, target);
      else assert.match(outcomeOf(decision), /^path\.|^route\.|^authn\./, target);
    }
  });
});

test('a decision holds no credential, whatever was wrong with it', async () => {
  const judge = judgeOf();
  for (const caller of [
    'alice',
    'forged',
    'expired',
    'bound-elsewhere',
    'acme-key',
    'guessed-key',
    'revoked-key',
    'garbled-key',
  ]) {
    const fields = presentedBy(caller, {}).fields ?? [];
    const decision = await judge.judge({ target: '/admin/x', fields });
    const secret = (fields[1] ?? '').replace('Bearer ', '');
    const told = JSON.stringify({ ...decision, forward: undefined });
    // A token has three parts, of which the last alone is enough to tell that it leaked; a key ends in its secret.
    for (const part of [...secret.split('.'), secret.slice(-40)])
      assert.ok(part.length < 8 || !told.includes(part), `${caller} is in its decision`);
  }
});
