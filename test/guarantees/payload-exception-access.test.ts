import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admit } from '../../src/admin/api.ts';
import { TestGateway } from '../harness/gateway.ts';

test('a viewer sees exceptions, an operator changes them, and nobody else sees that there are any', () => {
  const statusOf = (method: string, target: string, role?: 'viewer' | 'operator' | 'administrator') => {
    const caller = role === undefined ? undefined : { name: role, role, session: undefined };
    const admitted = admit({ method, target, caller });
    return 'text' in admitted ? admitted.status : 200;
  };
  for (const [method, target, viewer] of [
    ['GET', '/api/v1/exceptions', 200],
    ['POST', '/api/v1/exceptions', 403],
    ['DELETE', '/api/v1/exceptions/0123456789ab', 403],
  ] as const) {
    assert.equal(statusOf(method, target), 401);
    assert.equal(statusOf(method, target, 'viewer'), viewer);
    assert.equal(statusOf(method, target, 'operator'), 200);
    assert.equal(statusOf(method, target, 'administrator'), 200);
  }
});

test('texts of an exception say nothing to the terminal they are listed on', { timeout: 60_000 }, async () => {
  const gateway = await TestGateway.start({
    config: `upstreams: { api: { url: "http://127.0.0.1:9" } }
routes: [{ id: r, match: { path: "/*" }, upstream: api, authenticate: none, inspect: { payload: default } }]
`,
  });
  try {
    const wanted = { route: 'r', path: 'body.a', class: 'sqli', days: 1 };
    const reason = '\u001b[2J\u202e<script>alert(1)</script>\r\nanother line';
    assert.equal((await gateway.admin('POST', '/api/v1/exceptions', { ...wanted, reason })).status, 200);
    const consumer = await gateway.admin('POST', '/api/v1/exceptions', { ...wanted, consumer: 'a\u001b[2J' });
    assert.deepEqual([consumer.status, consumer.body['code']], [422, 'consumer_invalid']);
    const { stdout } = await gateway.cli(['exceptions', 'list']);
    assert.ok(stdout.includes('<script>alert(1)</script>'));
    for (const character of ['\u001b', '\u202e', '\r', '\nanother line'])
      assert.ok(!stdout.includes(character), JSON.stringify(stdout));
  } finally {
    await gateway.stop();
  }
});
