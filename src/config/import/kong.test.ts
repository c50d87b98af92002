import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorsOf, imported, isClosed, routeOf } from './import-fixture.test.ts';

const SHOP = `_format_version: "3.0"
services:
  - name: shop
    protocol: http
    host: shop-pool
    read_timeout: 20000
    routes:
      - { name: orders, paths: [/orders/], strip_path: false, methods: [GET, POST] }
      - { name: one-user, paths: ['~/users/(?<id>\\d+)$'], strip_path: false, hosts: [shop.example] }
      - name: health
        paths: [/health/]
        plugins: [{ name: request-size-limiting, config: { allowed_payload_size: 4, size_unit: kilobytes } }]
      - name: odd
        paths: [/odd/]
        plugins: [{ name: house-rules }]
    plugins:
      - { name: key-auth, config: { key_names: [apikey], hide_credentials: true, key_in_query: false } }
      - { name: rate-limiting, config: { minute: 60, day: 1000, limit_by: consumer } }
      - { name: acl, config: { allow: [partners], deny: [former] } }
  - name: tokens
    url: http://127.0.0.1:9000
    routes: [{ name: tokens, paths: [/tokens/], preserve_host: true, headers: { x-version: ["2"] } }]
    plugins: [{ name: jwt }]
  - name: free
    url: http://127.0.0.1:9001
    routes: [{ name: free, paths: [/free/] }]
upstreams: [{ name: shop-pool, targets: [{ target: "10.0.0.1:8000" }, { target: "10.0.0.2:8000" }] }]
consumers:
  - username: acme
    acls: [{ group: partners }]
    keyauth_credentials: [{ key: a-secret-key-of-acme }]
    jwt_secrets: [{ key: acme-app, secret: a-secret-of-acme-for-tokens, algorithm: HS256 }]
    basicauth_credentials: [{ username: ann, password: a-secret-password }]
plugins:
  - { name: ip-restriction, config: { deny: [203.0.113.7] } }
  - { name: key-auth, config: { key_names: [other] } , service: free, enabled: false }
`;

test('plugins become what routes ask, by the precedence they have in Kong', () => {
  const { configuration } = imported(SHOP, 'kong.yml');
  const orders = routeOf(configuration, '/orders/*');
  assert.deepEqual(orders.authenticate, { kind: 'anyOf', authenticators: ['keys-apikey'] });
  assert.deepEqual(orders.authorize.access[0]?.conditions.groups, ['partners']);
  assert.deepEqual(
    orders.authorize.access[0]?.deny.map((rule) => [rule.conditions.groups, rule.conditions.addresses]),
    [
      [['former'], []],
      [[], ['203.0.113.7/32']],
    ],
  );
  assert.deepEqual(
    orders.limits.map(({ kind, per, permits }) => [kind, per, permits]),
    [
      ['rate', ['consumer'], 60],
      ['quota', ['consumer'], 1000],
    ],
  );
  assert.deepEqual(configuration.upstreams['shop']?.targets, ['http://10.0.0.1:8000', 'http://10.0.0.2:8000']);
  assert.equal(routeOf(configuration, '/health/*').bodyBytesMax, 4000);
  assert.deepEqual(configuration.consumers['acme']?.groups, ['partners']);
  assert.equal(routeOf(configuration, '/users/{id}').match.host, 'shop.example');
  assert.deepEqual(routeOf(configuration, '/free/*').authenticate, {
    kind: 'none',
    because: 'no plugin of Kong asks who is calling',
  });
});

test('a route whose protection is not known is closed, and the report says the line', () => {
  const result = imported(SHOP, 'kong.yml');
  assert.ok(isClosed(routeOf(result.configuration, '/odd/*')));
  assert.ok(!isClosed(routeOf(result.configuration, '/orders/*')));
  assert.deepEqual(errorsOf(result), ['15 house-rules on route odd']);
});

test('no key, password or secret of the file stands in the configuration or the report', () => {
  const result = imported(SHOP, 'kong.yml');
  assert.ok(!`${result.yaml}${JSON.stringify(result.notes)}`.includes('a-secret'));
  assert.deepEqual(result.variables, ['KONG_JWT_ACME']);
  const token = result.configuration.authenticators['jwt-acme'];
  assert.ok(token?.type === 'jwt' && token.keys.kind === 'secrets');
  assert.equal(result.configuration.upstreams['tokens']?.preserveHost, true);
});

test('a pattern no template says closes what would take its calls with less', () => {
  const text = `_format_version: "3.0"
services:
  - name: a
    url: http://127.0.0.1:9000
    routes:
      - { name: everything, paths: [/] }
      - { name: secret, paths: ['~/secret.*'], plugins: [{ name: key-auth }] }
`;
  const result = imported(text, 'kong.yml');
  assert.ok(isClosed(routeOf(result.configuration, '/*')));
  assert.deepEqual(errorsOf(result), ['7 route secret']);
});

test('a prefix that ends within a segment is reported where the rest falls to an open route', () => {
  const text = `_format_version: "3.0"
services:
  - name: a
    url: http://127.0.0.1:9000
    routes:
      - { name: everything, paths: [/] }
      - { name: admin, paths: [/admin], plugins: [{ name: key-auth }] }
`;
  assert.deepEqual(errorsOf(imported(text, 'kong.yml')), ['7 admin']);
});

test('a plugin of a route or service that is not in the file, and one of a consumer, are in the report', () => {
  const text = `_format_version: "3.0"
services:
  - name: a
    url: http://127.0.0.1:9000
    routes: [{ name: everything, paths: [/] }]
consumers:
  - username: acme
    plugins: [{ name: ip-restriction, config: { allow: [10.0.0.0/8] } }]
plugins:
  - { name: key-auth, route: everythin }
  - { name: acl, service: { name: b } }
  - { name: cors, route: { name: everything } }
`;
  assert.deepEqual(errorsOf(imported(text, 'kong.yml')), [
    '8 plugins of a consumer',
    '10 plugin key-auth',
    '11 plugin acl',
  ]);
});
