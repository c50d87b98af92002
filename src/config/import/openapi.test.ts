import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GITHUB_DOCUMENT } from '../../../test/harness/documents.ts';
import { load } from '../loading-fixture.test.ts';
import { errorsOf, imported, isClosed, routeOf } from './import-fixture.test.ts';

const LIBRARY = `openapi: 3.1.0
info: { title: Library, version: "1" }
servers: [{ url: "https://{host}/v1", variables: { host: { default: api.library.example } } }]
security: [{ login: ["books:read"] }]
paths:
  /books:
    get: { operationId: listBooks, responses: { 200: { description: ok } } }
    post: { operationId: addBook, security: [{ login: ["books:write"] }], responses: {} }
  /books/{id}:
    get: { operationId: getBook, deprecated: true, responses: {} }
    delete: { operationId: dropBook, security: [{ login: ["books:write"] }], responses: {} }
  /health:
    get: { operationId: health, security: [], responses: {} }
  /covers/{id}.png:
    get: { operationId: cover, security: [], responses: {} }
  /partners:
    get: { operationId: partners, security: [{ key: [], login: [] }], responses: {} }
    put: { operationId: change, security: [{ cert: [] }], responses: {} }
components:
  securitySchemes:
    login: { type: openIdConnect, openIdConnectUrl: "https://id.library.example/.well-known/openid-configuration" }
    key: { type: apiKey, in: header, name: X-Library-Key }
    cert: { type: mutualTLS }
`;

test('operations that ask the same of a method share a route, and what is open stands alone', () => {
  const { configuration, yaml } = imported(LIBRARY, 'library.yaml');
  assert.deepEqual(configuration.upstreams['api']?.targets, ['https://api.library.example']);
  assert.deepEqual(routeOf(configuration, '/v1/books/*', 'GET').authorize.scopes, ['books:read']);
  assert.deepEqual(routeOf(configuration, '/v1/books/*', 'POST').authorize.scopes, ['books:write']);
  assert.deepEqual(routeOf(configuration, '/v1/books/*', 'DELETE').match.methods, ['POST', 'DELETE']);
  assert.deepEqual(routeOf(configuration, '/v1/health').authenticate, {
    kind: 'none',
    because: 'the document says security: []',
  });
  assert.deepEqual(routeOf(configuration, '/v1/partners', 'GET').authenticate, {
    kind: 'allOf',
    authenticators: ['key', 'login'],
  });
  assert.equal(configuration.mode, 'observe');
  assert.match(yaml, /deprecated: getBook/);
});

test('what cannot be said is stricter: a path that widens asks for a credential, certificates without authorities close', () => {
  const result = imported(LIBRARY, 'library.yaml');
  assert.notEqual(routeOf(result.configuration, '/v1/covers/{segment3}').authenticate.kind, 'none');
  assert.ok(isClosed(routeOf(result.configuration, '/v1/partners', 'PUT')));
  assert.deepEqual(errorsOf(result), ['18 PUT /partners', '23 security scheme cert']);
});

test('a document cannot write keys of the configuration, nor refer to secrets of the gateway', () => {
  const hostile = {
    openapi: '3.0.0',
    servers: [{ url: 'https://a.example/${env:HOME}' }],
    paths: {
      '/x': {
        get: { operationId: 'a\nmode: enforce', deprecated: true, security: [{ s: ['${env:HOME}'] }] },
        post: { operationId: 'b # }', security: [{ t: [] }] },
      },
    },
    components: {
      securitySchemes: {
        s: { type: 'openIdConnect', openIdConnectUrl: 'https://evil.example/${env:HOME}/.well-known/x' },
        t: { type: 'openIdConnect', openIdConnectUrl: 'https://evil.example/${env:HOME}/.well-known/x' },
      },
    },
  };
  const { configuration, yaml } = imported(JSON.stringify(hostile), 'x.json');
  assert.equal(configuration.mode, 'observe');
  assert.ok(!yaml.includes('${'), yaml);
  assert.ok(isClosed(routeOf(configuration, '/x', 'GET')));
});

test('Swagger 2.0 is read too, and what says nothing of security asks for a key', () => {
  const { configuration } = imported(
    JSON.stringify({
      swagger: '2.0',
      host: 'old.example',
      basePath: '/api',
      schemes: ['http'],
      paths: { '/a': { get: {} } },
    }),
    'old.json',
  );
  assert.deepEqual(configuration.upstreams['api']?.targets, ['http://old.example']);
  assert.deepEqual(routeOf(configuration, '/api/a').authenticate, { kind: 'anyOf', authenticators: ['keys'] });
});

test('what is not asked of calls yet is said, with lines that can be written as they are', () => {
  const { notes, yaml } = imported(LIBRARY, 'library.yaml');
  const lineOf = (subject: string): string =>
    /: write (.*) (?:into|beside) /.exec(notes.find((note) => note.subject === subject)?.message ?? '')?.[1] ?? '';
  const [contract, payload] = [lineOf('contract'), lineOf('payload')];
  for (const line of [contract, payload]) assert.ok(line !== '' && yaml.includes(line), `${line}\n${yaml}`);
  const text = yaml
    .replace(' } # to hold calls', `, ${contract} } # to hold calls`)
    .replace('mode: observe', `mode: observe\n${payload}`);
  const asked: string[] = [];
  const readFile = (path: string): string => {
    asked.push(path);
    return LIBRARY;
  };
  const loaded = load(text, { readFile });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.equal(loaded.configuration.routes[0]?.payload?.profile, 'default');
  assert.deepEqual(asked, ['/srv/gateway/library.yaml']);
});

test('an API on a port of the gateway keeps it, and the gateway listens on others', () => {
  for (const [port, wanted] of [
    [8080, [8081, 8082]],
    [8081, [8080, 8082]],
    [3000, [8080, 8081]],
  ] as const) {
    const servers = [{ url: `http://localhost:${port}` }];
    const { configuration } = imported(
      JSON.stringify({ openapi: '3.0.0', servers, paths: { '/a': { get: {} } } }),
      'x.json',
    );
    assert.deepEqual([configuration.listen.port, configuration.admin.port], wanted);
  }
});

test('the document of GitHub becomes less than a page per 20 operations', () => {
  const { operations, yaml, configuration } = imported(readFileSync(GITHUB_DOCUMENT, 'utf8'), 'github.json');
  assert.ok(operations > 1000);
  assert.ok(yaml.split('\n').length <= 60 * Math.ceil(operations / 20), `${yaml.split('\n').length} lines`);
  assert.ok(configuration.routes.some(({ match }) => match.path === '/repos/*'));
});

test('twenty operations that all ask for something else fit on a page', () => {
  const paths = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [
      `/things-${at}`,
      { get: { deprecated: true, security: [{ o: [`s${at}`] }] } },
    ]),
  );
  const document = {
    openapi: '3.0.0',
    paths,
    components: { securitySchemes: { o: { type: 'http', scheme: 'bearer' } } },
  };
  const { yaml, routes } = imported(JSON.stringify(document), 'x.json');
  assert.equal(routes, 20);
  assert.ok(yaml.split('\n').length <= 60, `${yaml.split('\n').length} lines`);
});
