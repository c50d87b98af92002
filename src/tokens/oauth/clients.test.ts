import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { OAuthClientStore } from '../../ports.ts';
import { memoryControlStore } from '../../store/memory/control-store.ts';
import { ClientRegistry } from './clients.ts';

/** A registry over a store that takes a while, as every real one does. */
function house() {
  const { oauthClients, consumers } = memoryControlStore();
  const slow: OAuthClientStore = {
    ...oauthClients,
    find: async (id) => {
      const found = await oauthClients.find(id);
      await otherWork();
      return found;
    },
    replace: async (client) => {
      await otherWork();
      return oauthClients.replace(client);
    },
  };
  const revoked: string[] = [];
  const clients = new ClientRegistry({
    store: slow,
    consumers,
    peppers: { current: 1, byVersion: { 1: randomBytes(32) } },
    clock: { nowMs: () => 1_800_000_000_000, monotonicMicros: () => 0 },
    random: { bytes: (count) => randomBytes(count) },
    validate: async () => undefined,
    revokeTokens: async (id) => {
      revoked.push(id);
    },
  });
  return { clients, revoked };
}

const METADATA = { client_id: 'one', client_name: 'One', redirect_uris: ['https://one.example.test/'] };

test('a client that is disabled stays so, whatever else is changed at the same moment', async () => {
  const { clients } = house();
  await clients.registered('one', { ...METADATA, client_secret: 'first' }, 'new');
  await Promise.all([
    clients.registered('one', METADATA, 'changed'),
    clients.setDisabled('one', true),
    clients.registered('one', METADATA, 'changed'),
    clients.rotateSecret('one', 60),
  ]);
  assert.equal((await clients.find('one'))?.disabled, true);
  assert.equal(await clients.metadataOf('one'), undefined);
});

test('a client that was removed does not come back by a change that was under way', async () => {
  const { clients, revoked } = house();
  await clients.registered('one', METADATA, 'new');
  const [, problem] = await Promise.all([clients.remove('one'), clients.registered('one', METADATA, 'changed')]);
  assert.notEqual(problem, undefined);
  assert.equal(await clients.find('one'), undefined);
  assert.deepEqual(revoked, ['one']);
});

test('of two registrations of one id the second is refused', async () => {
  const { clients } = house();
  assert.equal(await clients.registered('one', METADATA, 'new'), undefined);
  assert.notEqual(await clients.registered('one', METADATA, 'new'), undefined);
});

test('two secrets that are rotated at once both count: the last one, and the one before it for the grace', async () => {
  const { clients } = house();
  await clients.registered('one', { ...METADATA, client_secret: 'first' }, 'new');
  const rotated = await Promise.all([clients.rotateSecret('one', 60), clients.rotateSecret('one', 60)]);
  for (const result of rotated) {
    assert.ok(result.ok && result.secret !== undefined);
    assert.equal(await clients.secretMatches('one', result.secret), true);
  }
  assert.equal(await clients.secretMatches('one', 'first'), false);
});

test('what stands for a secret is none', async () => {
  const { clients } = house();
  await clients.registered('one', { ...METADATA, client_secret: 'first' }, 'new');
  const standIn = String((await clients.metadataOf('one'))?.client_secret);
  assert.equal(await clients.secretMatches('one', standIn), false);
  for (const secret of [standIn, 'wrong', '', 7, null, ['first']]) {
    const change = JSON.parse(await clients.changeOf('one', JSON.stringify({ client_secret: secret })));
    assert.ok('client_secret' in change && change.client_secret !== standIn, String(secret));
  }
  assert.deepEqual(JSON.parse(await clients.changeOf('one', '{"client_secret":"first"}')), {});
  for (const text of ['', 'null', '[]', '7', '{', '{"client_name":"x"}'])
    assert.equal(await clients.changeOf('one', text), text);
});
