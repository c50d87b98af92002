import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfiguration, upstreamUrlProblem } from './default-configuration.ts';
import { initialConfigurationText } from './initial-file.ts';
import { load } from './loading-fixture.test.ts';

test('without a file the gateway stands in front of one upstream, observes, and asks for API keys', () => {
  const configuration = defaultConfiguration({ upstreamUrl: 'http://localhost:3000/', port: 1, adminPort: 2 });
  assert.equal(configuration.mode, 'observe');
  assert.deepEqual([configuration.listen.port, configuration.admin.port], [1, 2]);
  assert.deepEqual(configuration.upstreams['default']?.targets, ['http://localhost:3000']);
  assert.deepEqual(
    configuration.routes.map(({ id, match, authenticate }) => ({ id, match, authenticate })),
    [
      {
        id: 'everything',
        match: { host: '*', path: '/*', methods: [] },
        authenticate: { kind: 'anyOf', authenticators: ['keys'] },
      },
    ],
  );
  assert.equal(defaultConfiguration({ mode: 'enforce' }).mode, 'enforce');
});

test('the file that init writes says the same as having no file', () => {
  const result = load(initialConfigurationText({ upstreamUrl: 'http://localhost:3000', schemaPath: './schema.json' }));
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(
    result.configuration,
    defaultConfiguration({ upstreamUrl: 'http://localhost:3000', dataFolder: '/srv/gateway/data' }),
  );
});

test('what stands in comments in the file that init writes is valid too', () => {
  const text = initialConfigurationText({ upstreamUrl: 'http://localhost:3000' })
    .replace('consumers: {}\n', '')
    .replace('# consumers:', 'consumers:')
    .replace(/^ {2}# (- id|[ ]+\S)/gm, '  $1');
  const result = load(text);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(
    result.configuration.routes.map((route) => route.id),
    ['everything', 'read-order'],
  );
  assert.deepEqual(Object.keys(result.configuration.consumers), ['acme']);
});

test('an address that is no origin is named as wrong without being repeated', () => {
  assert.equal(upstreamUrlProblem('http://localhost:3000'), undefined);
  for (const url of [
    'localhost:3000',
    'http://u:secret@h',
    'http://h/path',
    'http://h?secret',
    'file:///secret',
    'http:secret',
  ]) {
    const problem = upstreamUrlProblem(url);
    assert.ok(problem !== undefined, url);
    assert.ok(!JSON.stringify(problem).includes('secret'), url);
    assert.throws(() => defaultConfiguration({ upstreamUrl: url }), TypeError);
  }
});
