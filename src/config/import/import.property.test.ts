import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from '../loading-fixture.test.ts';
import { importSource } from './import.ts';

const NAMES = ['openapi.yaml', 'kong.yml', 'nginx.conf', 'x.json', 'unknown'];

function outcome(text: string, fileName: string): void {
  const result = importSource(text, { fileName }, () => undefined);
  if (!result.ok) return;
  const env = Object.fromEntries(result.imported.variables.map((name) => [name, 'q3v8w1z5x7c9b2n4m6l8k0j1h3g5f7d9']));
  const loaded = load(result.imported.yaml, { env });
  assert.ok(loaded.ok, loaded.ok ? '' : `${JSON.stringify(loaded.diagnostics[0])}\n${result.imported.yaml}`);
  assert.equal(loaded.configuration.mode, 'observe');
}

test('no text makes an importer throw', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      ';',
      '\n',
      '  ',
      '"',
      "'",
      '\\',
      '#',
      '$',
      '${',
      'http',
      'server',
      'location',
      '/a',
      '~',
      'include x',
      ': ',
      '- ',
    ],
    ...[
      'openapi: 3.0.0',
      'paths:',
      '_format_version: "3.0"',
      'services:',
      'proxy_pass http://a',
      '[',
      ']',
      '&a',
      '*a',
      '<<',
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(fc.property(texts, fc.constantFrom(...NAMES), outcome), { numRuns: 1500 });
});

const word = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'x-api-key',
    '/',
    '',
    '${env:HOME}',
    'https://u:p@h/',
    'a b',
    '{id}',
    '*',
    '\u2028',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const path = fc
  .array(fc.oneof(word, fc.constantFrom('{id}', 'users', '{a}.json')), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const requirement = fc.option(
  fc.array(fc.dictionary(fc.constantFrom('s', 't', 'u'), fc.array(word, { maxLength: 2 }))),
  { nil: undefined },
);

test('whatever a document says, what is written of it loads', () => {
  const scheme = fc.record(
    {
      type: fc.constantFrom('apiKey', 'http', 'oauth2', 'openIdConnect', 'basic', 'mutualTLS', 'no'),
      in: word,
      name: word,
      scheme: fc.constantFrom('bearer', 'basic', 'x'),
      openIdConnectUrl: word,
      flows: fc.anything(),
    },
    { requiredKeys: ['type'] },
  );
  const document = fc.record({
    openapi: fc.constant('3.0.1'),
    servers: fc.option(fc.array(fc.record({ url: fc.oneof(word, fc.webUrl()) })), { nil: undefined }),
    security: requirement,
    paths: fc.dictionary(
      path,
      fc.dictionary(
        fc.constantFrom('get', 'post', 'head'),
        fc.record({ security: requirement, operationId: word, deprecated: fc.boolean() }),
      ),
    ),
    components: fc.record({ securitySchemes: fc.dictionary(fc.constantFrom('s', 't'), scheme) }),
  });
  fc.assert(
    fc.property(document, (value) => outcome(JSON.stringify(value), 'x.json')),
    { numRuns: 300 },
  );
});

test('whatever a Kong file says, what is written of it loads', () => {
  const names = [
    'key-auth',
    'jwt',
    'basic-auth',
    'acl',
    'ip-restriction',
    'rate-limiting',
    'rate-limiting-advanced',
    'request-size-limiting',
    'openid-connect',
    'cors',
    'x',
  ];
  const plugin = fc.record({
    name: fc.constantFrom(...names),
    config: fc.dictionary(
      fc.constantFrom(
        'key_names',
        'allow',
        'deny',
        'minute',
        'issuer',
        'limit',
        'window_size',
        'allowed_payload_size',
        'limit_by',
      ),
      fc.oneof(word, fc.array(word), fc.integer(), fc.array(fc.integer())),
    ),
    consumer: fc.option(word, { nil: undefined }),
  });
  const plugins = fc.array(plugin, { maxLength: 4 });
  const route = fc.record({
    name: word,
    paths: fc.array(fc.oneof(path, word), { maxLength: 3 }),
    hosts: fc.array(word, { maxLength: 2 }),
    methods: fc.array(fc.oneof(word, fc.constantFrom('GET', 'TRACE'))),
    headers: fc.dictionary(word, fc.array(word)),
    plugins,
  });
  const consumer = fc.record({
    username: word,
    jwt_secrets: fc.array(
      fc.record({ key: word, algorithm: fc.constantFrom('HS256', 'RS256', 'none'), rsa_public_key: word }),
    ),
    acls: fc.array(fc.record({ group: word })),
  });
  const file = fc.record({
    _format_version: fc.constantFrom('1.1', '2.1', '3.0'),
    services: fc.array(
      fc.record({ name: word, url: fc.oneof(word, fc.webUrl()), routes: fc.array(route, { maxLength: 3 }), plugins }),
      { maxLength: 3 },
    ),
    consumers: fc.array(consumer, { maxLength: 3 }),
    plugins,
  });
  fc.assert(
    fc.property(file, (value) => outcome(JSON.stringify(value), 'x.json')),
    { numRuns: 300 },
  );
});
