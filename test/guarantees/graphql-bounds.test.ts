import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const routes = (url: string): string => `mode: enforce
upstreams: { api: { url: "${url}" } }
routes:
  - id: graphql
    match: { path: /graphql, methods: [GET, POST] }
    upstream: api
    authenticate: none
    inspect: { graphql: { depth: 3, weights: { search: 500 } } }
  - id: watched
    match: { path: /watched, methods: [POST] }
    upstream: api
    authenticate: none
    inspect: { graphql: { mode: observe, depth: 3 } }
  - id: listed
    match: { path: /listed, methods: [POST] }
    upstream: api
    authenticate: none
    inspect: { graphql: { persistedOnly: ./documents.json } }
`;

const post = (gateway: TestGateway, path: string, body: unknown, type = 'application/json') =>
  call(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('a GraphQL document beyond its bounds never reaches the API, however it is sent', async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({
    config: routes(upstream.url),
    files: { 'documents.json': '{"me":"{ me }"}' },
  });
  try {
    const deep = '{ a { b { c { d } } } }';
    const refused: readonly (readonly [number, string, unknown, string?])[] = [
      [403, '/graphql', { query: deep }],
      [403, '/graphql', { query: '{ ...f } fragment f on Q { a { b { c { d } } } }' }],
      [403, '/graphql', [{ query: '{ me }' }, { query: deep }]],
      [403, '/graphql', { query: '{ a: search b: search { x } }' }],
      [403, '/graphql', { query: '{ x: __schema { types { name } } }' }],
      [403, '/graphql', deep, 'application/graphql'],
      [400, '/graphql', '{"query":"{ me }","query":"{ me }"}'],
      [400, '/graphql?query={me}', { query: '{ me }' }],
      [415, '/graphql', `query=${deep}`, 'application/x-www-form-urlencoded'],
      [415, '/graphql', JSON.stringify({ query: deep }), 'text/plain'],
      [400, '/listed', { query: '{ you }' }],
      [413, '/graphql', { query: `{ me }${' '.repeat(70_000)}` }],
    ];
    for (const [status, path, body, type] of refused) {
      const answer = await post(gateway, path, body, type);
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body).slice(0, 80)}: ${answer.text}`);
    }
    const link = await call(`${gateway.url}/graphql?query=${encodeURIComponent('mutation { drop }')}`);
    assert.equal(link.status, 405);
    assert.deepEqual(upstream.seen, []);
    assert.equal((await post(gateway, '/graphql', { query: '{ a { b { c } } }' })).status, 200);
    assert.equal((await post(gateway, '/listed', { query: '{ me }' })).status, 200);
    const watched = await post(gateway, '/watched', { query: deep });
    assert.equal(watched.status, 200);
    assert.equal(JSON.parse(watched.text).body, JSON.stringify({ query: deep }), 'what is observed passes as it came');
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
