import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { GithubSigningKeys } from './github-signing-keys.ts';

function pem(curve = 'P-256'): string {
  return generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

class Server {
  nowMs = 1_000_000;
  asked = 0;
  status = 200;
  body = '';
  readonly keys = new GithubSigningKeys({
    url: 'https://keys.example',
    allowPrivateAddresses: false,
    clock: { nowMs: () => this.nowMs, monotonicMicros: () => 0 },
    fetch: async () => {
      this.asked++;
      return { status: this.status, headers: {}, body: Buffer.from(this.body) };
    },
  });

  publish(...ids: readonly string[]): void {
    this.body = JSON.stringify({ public_keys: ids.map((id) => ({ key_identifier: id, key: pem() })) });
  }
}

test('keys are fetched once, and for an unknown one again, not more often than once a minute', async () => {
  const server = new Server();
  server.publish('a');
  assert.equal(typeof (await server.keys.find('a')), 'object');
  for (let i = 0; i < 100; i++) assert.equal(await server.keys.find(`made up ${i}`), 'unknown');
  assert.equal(server.asked, 1);
  server.publish('a', 'b');
  server.nowMs += 60_000;
  const both = await Promise.all([server.keys.find('b'), server.keys.find('b')]);
  assert.ok(both.every((key) => typeof key === 'object'));
  assert.equal(server.asked, 2, 'those who wait, wait for one answer');
});

test('a key that was withdrawn is gone within the hour, and old keys end after a day', async () => {
  const server = new Server();
  server.publish('a', 'b');
  await server.keys.find('a');
  server.publish('b');
  server.nowMs += 3_600_000;
  assert.equal(await server.keys.find('a'), 'unknown');
  server.status = 500;
  server.nowMs += 86_399_000;
  assert.equal(typeof (await server.keys.find('b')), 'object');
  server.nowMs += 1_000;
  assert.equal(await server.keys.find('b'), 'unavailable');
});

test('what is no list of keys on P-256 is none', async () => {
  for (const body of [
    '',
    '{}',
    '[]',
    '{"public_keys":[]}',
    '{"public_keys":[1,null,{"key_identifier":"a","key":"x"}]}',
  ]) {
    const server = new Server();
    server.body = body;
    assert.equal(await server.keys.find('a'), 'unavailable', body);
  }
  const server = new Server();
  server.body = JSON.stringify({ public_keys: [{ key_identifier: 'a', key: pem('P-384') }] });
  assert.equal(await server.keys.find('a'), 'unavailable');
});
