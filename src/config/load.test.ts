import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from './defaults.ts';
import { loadConfiguration } from './load.ts';
import { GOOD, load, NO_PORTS, problemsOf } from './loading-fixture.test.ts';

test('a file is read into the complete configuration, with defaults and units', () => {
  const result = load(GOOD);
  assert.ok(result.ok);
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(result.sources, ['/srv/gateway/sallyport.yaml']);
  assert.deepEqual(result.configuration, {
    mode: 'enforce',
    stages: {},
    listen: { host: '127.0.0.1', port: 8080, tls: undefined, limits: DEFAULT_LIMITS },
    admin: { host: '127.0.0.1', port: 8081 },
    trustedProxies: [],
    geo: undefined,
    store: { url: 'file:/srv/gateway/data' },
    state: { url: 'memory:' },
    upstreams: {
      orders: {
        targets: ['http://127.0.0.1:3000'],
        protocol: 'h1',
        timeoutSeconds: 30,
        connectTimeoutSeconds: 5,
        connectionsMax: 256,
        caFile: undefined,
        preserveHost: false,
        assertion: true,
        openapi: undefined,
        internal: false,
      },
    },
    authenticators: { keys: { type: 'api-key', header: 'x-api-key' } },
    routes: [
      {
        id: 'read-order',
        match: { host: 'api.example.com', path: '/orders/{orderId}', methods: ['GET'] },
        upstream: 'orders',
        mode: undefined,
        stages: {},
        authenticate: { kind: 'anyOf', authenticators: ['keys'] },
        authorize: { scopes: ['orders:read'], access: [] },
        limits: [
          { kind: 'rate', per: ['consumer'], permits: 100, windowSeconds: 60, burst: 20, cost: 1 },
          { kind: 'quota', per: ['consumer', 'route'], permits: 1000, window: 'month', cost: 1 },
        ],
        bodyBytesMax: 1_048_576,
        contract: {
          request: 'enforce',
          response: 'observe',
          unknownFields: 'deny',
          undocumented: 'deny',
          describe: true,
        },
        payload: undefined,
        paths: {},
        keepCredentials: false,
      },
    ],
    owners: {},
    deciders: {},
    unmatched: { kind: 'deny' },
    consumers: {},
    issuer: undefined,
    alerts: { webhook: undefined },
    events: { retainDays: 7, bytesMax: 5 * 2 ** 30 },
    apiKeys: {
      brand: 'sp',
      environment: 'live',
      onLeak: 'alert',
      disableAfterIdleSeconds: 0,
      warnBeforeExpirySeconds: 1_209_600,
      uncompressedAnswers: false,
      secretScanning: undefined,
    },
  });
  assert.deepEqual(structuredClone(result.configuration), result.configuration);
});

test('every key that can be given is taken into the configuration', () => {
  const result = load(`version: 1
mode: observe
stages: { limit: observe, authorise: observe }
listen:
  host: 127.0.0.1
  port: 9000
  limits: { connectionsMax: 10, headerBytesMax: 32KiB, requestTimeoutSeconds: 2m, drainSeconds: 0 }
admin: { host: localhost, port: 0 }
trustedProxies: [10.0.0.0/8, "2001:db8::1"]
store: { url: "file:/var/lib/sallyport" }
state: { url: "memory:" }
upstreams:
  a: { targets: ["https://one.example:8443", "https://two.example/"], protocol: h2, timeoutSeconds: 1.5, connectTimeoutSeconds: 500ms, connectionsMax: 7, preserveHost: true, assertion: false }
  b: { url: "http://[::1]:3000" }
authenticators: { keys: { type: api-key }, more: { type: api-key, header: x-key } }
routes:
  - id: r
    match: { host: "*.example.com", path: /a/* }
    upstream: a
    mode: observe
    stages: { limit: observe }
    authenticate: { allOf: [keys, more] }
    limits: [{ per: key, rate: 10/s, cost: 2 }]
    inspect: { maxBodyBytes: 5MB }
    paths: { encodedSlash: keep, doubleSlash: redirect }
    keepCredentials: true
unmatched: forward
unmatchedUpstream: b
consumers: { acme: { groups: [partners, beta], tier: gold }, other: {} }
events: { retainDays: 30, maxBytes: 1GiB }
apiKeys:
  brand: acme
  environment: test
  onLeak: { revokeAfter: 24h }
  uncompressedAnswers: true
  secretScanning: { publicKeysUrl: "https://keys.example/github" }
  disableAfterIdle: 90d
  warnBeforeExpiry: 7d
`);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
  const { configuration } = result;
  assert.deepEqual(configuration.stages, { limit: 'observe', authorise: 'observe' });
  assert.deepEqual(configuration.listen.limits, {
    ...DEFAULT_LIMITS,
    connectionsMax: 10,
    headerBytesMax: 32_768,
    requestTimeoutSeconds: 120,
    drainSeconds: 0,
  });
  assert.deepEqual(configuration.trustedProxies, ['10.0.0.0/8', '2001:db8::1/128']);
  assert.deepEqual(configuration.store, { url: 'file:/var/lib/sallyport' });
  assert.deepEqual(configuration.upstreams['a'], {
    targets: ['https://one.example:8443', 'https://two.example'],
    protocol: 'h2',
    timeoutSeconds: 1.5,
    connectTimeoutSeconds: 0.5,
    connectionsMax: 7,
    caFile: undefined,
    preserveHost: true,
    assertion: false,
    openapi: undefined,
    internal: false,
  });
  assert.deepEqual(configuration.upstreams['b']?.targets, ['http://[::1]:3000']);
  const route = configuration.routes[0];
  assert.deepEqual(route?.match, { host: '*.example.com', path: '/a/*', methods: [] });
  assert.deepEqual(route?.authenticate, { kind: 'allOf', authenticators: ['keys', 'more'] });
  assert.deepEqual(route?.limits, [{ kind: 'rate', per: ['key'], permits: 10, windowSeconds: 1, burst: 10, cost: 2 }]);
  assert.deepEqual([route?.mode, route?.stages, route?.keepCredentials], ['observe', { limit: 'observe' }, true]);
  assert.deepEqual([route?.bodyBytesMax, route?.paths], [5_000_000, { encodedSlash: 'keep', doubleSlash: 'redirect' }]);
  assert.deepEqual(configuration.unmatched, { kind: 'forward', upstream: 'b' });
  assert.deepEqual(configuration.consumers, {
    acme: { groups: ['partners', 'beta'], tier: 'gold' },
    other: { groups: [], tier: '' },
  });
  assert.deepEqual(configuration.events, { retainDays: 30, bytesMax: 2 ** 30 });
  assert.deepEqual(configuration.apiKeys, {
    brand: 'acme',
    environment: 'test',
    disableAfterIdleSeconds: 90 * 86_400,
    warnBeforeExpirySeconds: 7 * 86_400,
    onLeak: { revokeAfterSeconds: 86_400 },
    uncompressedAnswers: true,
    secretScanning: { publicKeysUrl: 'https://keys.example/github', allowPrivateAddresses: false },
  });
});

test('every problem of a file is reported in one go, in the order of the file', () => {
  const text = GOOD.replace('mode: enforce', 'mode: on')
    .replace('[GET]', '[get]')
    .replace('upstream: orders', 'upstrem: orders');
  assert.deepEqual(problemsOf(text), [
    'SP013 2:7 mode',
    'SP014 9:74 routes[0].match.methods[0]',
    'SP010 10:5 routes[0].upstrem',
  ]);
});

test('a file that is missing, too large or not UTF-8 text of YAML is refused as a whole', () => {
  const missing = loadConfiguration('sallyport.yaml', NO_PORTS);
  assert.ok(!missing.ok);
  assert.deepEqual(
    [missing.diagnostics[0]?.code, missing.diagnostics[0]?.message],
    ['SP001', 'the file cannot be read (ENOENT)'],
  );
  assert.deepEqual(problemsOf(`# ${'x'.repeat(8 * 1024 * 1024)}\n${GOOD}`), ['SP002 1:1']);
});

test('warnings never crowd out an error', () => {
  const routes = Array.from(
    { length: 300 },
    (_, index) => `  - { id: r${index}, match: { path: /r${index} }, upstream: orders, authenticate: none }\n`,
  );
  const result = load(
    `${GOOD}${routes.join('')}  - { id: last, match: { path: /last }, upstream: gone, authenticate: none }\n`,
  );
  assert.ok(!result.ok);
  assert.ok(result.diagnostics.some((problem) => problem.code === 'SP030'));
  assert.ok(result.diagnostics.length <= 201);
});

test('paths of files start from the folder of the configuration', () => {
  const asked: string[] = [];
  const readFile = (path: string): string => {
    asked.push(path);
    return path === '/etc/gw/main.yaml'
      ? GOOD.replace('"http://127.0.0.1:3000"', '"${file:secret/url}"')
      : 'http://127.0.0.1:3000\n';
  };
  const result = loadConfiguration('gw/main.yaml', { env: {}, readFile, cwd: '/etc' });
  assert.ok(result.ok);
  assert.deepEqual(asked, ['/etc/gw/main.yaml', '/etc/gw/secret/url']);
  assert.deepEqual(result.sources, asked);
  assert.equal(result.configuration.store.url, 'file:/etc/gw/data');
  assert.deepEqual(result.configuration.upstreams['orders']?.targets, ['http://127.0.0.1:3000']);
});

test('numbers and modes can come from the environment', () => {
  const text = GOOD.replace('mode: enforce', 'mode: ${env:MODE}\nlisten: { host: "${env:HOST}", port: "${env:PORT}" }');
  const result = load(text, { env: { MODE: 'observe', HOST: '::1', PORT: '9999' } });
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(
    [result.configuration.mode, result.configuration.listen.host, result.configuration.listen.port],
    ['observe', '::1', 9999],
  );
  assert.deepEqual(problemsOf(text, { env: { MODE: 'obsrv', HOST: '::1', PORT: 'ninety' } }), [
    'SP013 2:7 mode',
    'SP012 3:38 listen.port',
  ]);
});

test('a file without a mode observes and says so', () => {
  const result = load(GOOD.replace('mode: enforce\n', ''));
  assert.ok(result.ok);
  assert.equal(result.configuration.mode, 'observe');
  assert.deepEqual(
    result.warnings.map((problem) => problem.code),
    ['SP062'],
  );
});

test('every key the whole product will have is known: reserved ones are refused as such, none as unknown', () => {
  const result = load(`version: 1
mode: observe
listen: { host: 127.0.0.1, port: 8080, tls: { cert: a, key: b, clientAuth: request } }
admin: { host: 127.0.0.1, port: 8081 }
trustedProxies: []
store: { url: "postgres://db/sallyport" }
state: { url: "redis://cache" }
upstreams:
  orders: { url: "http://127.0.0.1:3000", timeoutSeconds: 30, openapi: ./orders.openapi.yaml }
authenticators:
  keys: { type: api-key, header: x-api-key }
  corp: { type: jwt, issuer: "https://id.example.com", audience: "https://api.example.com", algorithms: [ES256], binding: dpop }
  devices: { type: mtls, identity: san-uri }
routes:
  - id: read-order
    match: { host: api.example.com, path: "/orders/{orderId}", methods: [GET] }
    upstream: orders
    authenticate: { anyOf: [keys, corp] }
    authorize:
      scopes: [orders:read]
      when: "principal.claims.tenant == request.headers['x-tenant']"
      owner: "path.orderId in owned(principal)"
    limits:
      - { per: consumer, rate: 100/1m, burst: 20 }
      - { per: address,  rate: 1000/1m }
      - { per: consumer, quota: 100000/1mo }
    inspect: { payload: default, contract: default, maxBodyBytes: 1048576 }
unmatched: deny
consumers: { acme: { groups: [partners], tier: gold } }
issuer: { url: "https://api.example.com", path: /oauth }
events: { retainDays: 7, maxBytes: 5GiB }
decoys: default
`);
  assert.ok(!result.ok);
  assert.deepEqual(new Set(result.diagnostics.map((problem) => problem.code)), new Set(['SP016']));
  assert.equal(result.diagnostics.length, 3);
});
