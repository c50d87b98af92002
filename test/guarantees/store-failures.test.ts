import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

interface Database {
  exec(sql: string): void;
  pragma(text: string): unknown;
  prepare(sql: string): { all(): { key_id: string; status: string }[] };
  close(): void;
}
const open: new (file: string) => Database = createRequire(import.meta.url)('better-sqlite3');

const CONFIG = (upstream: string) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: all
    match: { path: "/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
`;

test('a locked database never stops traffic, is visible, and what waits is stored afterwards', {
  timeout: 90_000,
}, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: CONFIG(upstream.url) });
  const locks = ['sallyport.db', 'events.db'].map((name) => new open(join(gateway.folder, 'data', name)));
  try {
    const { key } = await gateway.createKey('acme');
    for (const lock of locks) lock.exec('BEGIN IMMEDIATE');
    const statuses = new Set<number>();
    for (let i = 0; i < 200; i++)
      statuses.add((await call(`${gateway.url}/${i}`, { headers: { 'x-api-key': key } })).status);
    assert.deepEqual(statuses, new Set([200]), 'calls are served');

    const refused = await gateway.admin('POST', '/api/v1/keys', { consumer: 'acme' });
    assert.equal(refused.status, 503);
    assert.equal(refused.body['code'], 'store_locked');
    // The events of the calls above are tried half a second after the first of them; the store is asked every five.
    let failing: string[] = [];
    for (const giveUpAt = Date.now() + 15_000; !(failing.includes('events') && failing.includes('store')); ) {
      assert.ok(Date.now() < giveUpAt, `only ${failing.join()} show`);
      const ready = await call(`${gateway.adminUrl}/readyz`);
      assert.equal(ready.status, 200, 'degraded is not out of service');
      failing = (JSON.parse(ready.text) as { failing: string[] }).failing;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const metrics = await call(`${gateway.adminUrl}/metrics`, {
      headers: { authorization: `Bearer ${gateway.adminToken}` },
    });
    assert.match(metrics.text, /^sallyport_store_writable 0$/m);
    assert.match(metrics.text, /^sallyport_event_append_failures_total [1-9]/m);
    assert.match(metrics.text, /^sallyport_events_dropped_total 0$/m);
    assert.match(gateway.output, /the store cannot be written/);

    for (const lock of locks) lock.exec('ROLLBACK');
    for (const giveUpAt = Date.now() + 15_000; ; ) {
      const { body } = await gateway.admin('GET', '/api/v1/calls?limit=500');
      if ((body['items'] as unknown[]).length === 200) break;
      assert.ok(Date.now() < giveUpAt, 'events that waited were lost');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    for (const lock of locks) lock.close();
    await gateway.stop();
    await upstream.close();
  }
});

test('a full disk never stops traffic, is visible, and changes that cannot be kept are refused whole', {
  timeout: 90_000,
}, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: CONFIG(upstream.url), fileKibibytesMax: 1_024 });
  try {
    const { key } = await gateway.createKey('acme');
    const path = `${gateway.url}/${'long'.repeat(100)}`;
    let failing: string[] = [];
    const statuses = new Set<number>();
    for (const giveUpAt = Date.now() + 60_000; !failing.includes('events'); ) {
      assert.ok(Date.now() < giveUpAt, `the disk does not get full: ${failing.join()}`);
      const round = Array.from({ length: 200 }, () => call(path, { headers: { 'x-api-key': key } }));
      for (const { status } of await Promise.all(round)) statuses.add(status);
      const ready = await call(`${gateway.adminUrl}/readyz`);
      assert.equal(ready.status, 200, 'degraded is not out of service');
      failing = (JSON.parse(ready.text) as { failing: string[] }).failing;
    }
    assert.deepEqual(statuses, new Set([200]), 'calls are served');

    // More keys than there is room for: the change is refused, and nothing of it is kept.
    const before = (await gateway.admin('GET', '/api/v1/keys?limit=500')).body['items'] as unknown[];
    const many = Array.from({ length: 5_000 }, (_, n) => ({
      consumer: 'acme',
      sha256: createHash('sha256').update(`key ${n}`).digest('hex'),
      scopes: ['a-scope-of-some-length-so-that-each-takes-room'],
    }));
    let refused = 0;
    for (let at = 0; at < many.length && refused === 0; at += 1_000) {
      const { status, body } = await gateway.admin('POST', '/api/v1/keys/import', { keys: many.slice(at, at + 1_000) });
      if (status === 200) continue;
      refused = status;
      assert.equal(status, 503, JSON.stringify(body));
      const first = String(`key ${at}`);
      assert.equal((await call(gateway.url, { headers: { 'x-api-key': first } })).status, 401);
    }
    assert.equal(refused, 503, 'everything found room');
    assert.equal(before.length, 1);
    assert.equal((await call(path, { headers: { 'x-api-key': key } })).status, 200);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});

test('kill −9 under load: the database opens and no acknowledged key change is lost', {
  timeout: 120_000,
}, async () => {
  const upstream = await echoUpstream();
  let folder: string | undefined;
  const created = new Map<string, string>();
  const revoked = new Set<string>();
  try {
    for (let round = 0; round < 3; round++) {
      const gateway: TestGateway = await TestGateway.start(
        folder === undefined
          ? { config: CONFIG(upstream.url), workers: 2 }
          : { config: CONFIG(upstream.url), workers: 2, folder },
      );
      folder = gateway.folder;
      // What was acknowledged before the kill is in force after it.
      for (const [keyId, key] of [...created].slice(-20)) {
        const { status } = await call(`${gateway.url}/x`, { headers: { 'x-api-key': key } });
        assert.equal(status, revoked.has(keyId) ? 401 : 200, `key ${keyId}`);
      }
      let running = true;
      let madeThisRound = 0;
      const load = Array.from({ length: 4 }, async () => {
        while (running) await call(`${gateway.url}/x`).catch(() => undefined);
      });
      const changes = (async () => {
        while (running) {
          const made = await gateway.createKey('acme').catch(() => undefined);
          if (made === undefined) continue;
          created.set(made.keyId, made.key);
          madeThisRound++;
          if (created.size % 3 !== 0) continue;
          const answer = await gateway.admin('POST', `/api/v1/keys/${made.keyId}/revoke`).catch(() => undefined);
          if (answer?.status === 200) revoked.add(made.keyId);
          // Not acknowledged: either state is right.
          else created.delete(made.keyId);
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 400 + 300 * round));
      // A slow machine gets as many changes to lose as a fast one.
      for (const giveUpAt = Date.now() + 20_000; madeThisRound < 15 && Date.now() < giveUpAt; )
        await new Promise((resolve) => setTimeout(resolve, 20));
      gateway.child.kill('SIGKILL');
      running = false;
      await Promise.all([...load, changes]);
    }
    assert.ok(created.size > 20, `only ${created.size} keys were made`);
    const database = new open(join(folder ?? '', 'data', 'sallyport.db'));
    try {
      assert.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
      const stored = new Map(
        database
          .prepare('SELECT key_id, status FROM api_key')
          .all()
          .map((row) => [row.key_id, row.status]),
      );
      for (const keyId of created.keys())
        assert.equal(stored.get(keyId), revoked.has(keyId) ? 'revoked' : 'active', keyId);
    } finally {
      database.close();
    }
  } finally {
    await upstream.close();
    if (folder !== undefined) (await import('node:fs')).rmSync(folder, { recursive: true, force: true });
  }
});
