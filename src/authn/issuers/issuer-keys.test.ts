import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Fetch, OutboundAnswer, OutboundRequest } from '../../ports.ts';
import { type IssuerAttempt, IssuerKeys, type RemoteIssuer } from './issuer-keys.ts';

const ISSUER = 'https://id.example.com/tenant';
const JWKS = 'https://id.example.com/tenant/keys';

function key(kid: string): Readonly<Record<string, unknown>> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
}

/** An issuer that answers from a table, and a clock that stands still. */
class World {
  nowMs = 1_000_000_000_000;
  readonly requests: OutboundRequest[] = [];
  readonly attempts: IssuerAttempt[] = [];
  documents: Record<string, { status?: number; headers?: Record<string, string>; body: unknown } | undefined> = {};
  /** Held back until released. */
  gate: Promise<void> = Promise.resolve();
  #generation = 0;

  readonly fetch: Fetch = async (request): Promise<OutboundAnswer> => {
    this.requests.push(request);
    await this.gate;
    const document = this.documents[request.url];
    if (document === undefined) throw new Error('it could not be reached (ECONNREFUSED)');
    const { status = 200, headers = {}, body } = document;
    return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
  };

  keys(change: Partial<RemoteIssuer> = {}, policy: Partial<RemoteIssuer['keySet']> = {}): IssuerKeys {
    return new IssuerKeys({
      config: {
        issuer: ISSUER,
        algorithms: ['ES256'],
        keys: { kind: 'url', url: JWKS },
        keySet: {
          refreshSeconds: 600,
          staleSecondsMax: 3_600,
          cooldownSeconds: 30,
          timeoutSeconds: 5,
          allowPrivateAddresses: false,
          ...policy,
        },
        ...change,
      },
      send: this.fetch,
      nowMs: () => this.nowMs,
      nextGeneration: () => ++this.#generation,
      onAttempt: (attempt) => {
        this.attempts.push(attempt);
        return Promise.resolve();
      },
    });
  }
}

function worldWith(...kids: string[]): World {
  const world = new World();
  world.documents = { [JWKS]: { body: { keys: kids.map(key) } } };
  return world;
}

describe('keys of an issuer', () => {
  test('are in force once they are fetched, and due again after the refresh time', async () => {
    const world = worldWith('a', 'b');
    const keys = world.keys();
    assert.equal(keys.published.usableUntilMs, 0);
    await keys.update();
    const { published } = keys;
    assert.equal(published.keys.length, 2);
    assert.equal(published.usableUntilMs, world.nowMs + (600 + 3_600) * 1_000);
    assert.equal(keys.dueAtMs, world.nowMs + 600_000);
    assert.equal(world.attempts[0]?.changed, true);
  });

  test('keep their generation while they are the same, and get another one when they are not', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    await keys.update();
    const first = keys.published.generation;
    await keys.update();
    assert.equal(keys.published.generation, first);
    world.documents = { [JWKS]: { body: { keys: [key('a')] } } };
    await keys.update();
    assert.notEqual(keys.published.generation, first, 'the same name, another key');
  });

  test('an issuer that stops answering does not take them away, and does not lengthen their life', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    await keys.update();
    const { usableUntilMs } = keys.published;
    world.documents = {};
    for (let minute = 0; minute < 5; minute++) {
      world.nowMs += 60_000;
      await keys.update();
      assert.equal(keys.published.keys.length, 1);
      assert.equal(keys.published.usableUntilMs, usableUntilMs);
    }
    assert.ok(keys.published.usableUntilMs > world.nowMs, 'after five minutes they are still good');
    assert.match(keys.error ?? '', /could not be reached/);
  });

  test('it is tried again soon at first and then less often, never less than if all were well', async () => {
    const world = new World();
    const keys = world.keys();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      await keys.update();
      waits.push((keys.dueAtMs - world.nowMs) / 1_000);
      world.nowMs = keys.dueAtMs;
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 600, 600]);
  });

  test('asking because of an unknown key is done once in a cool-down, however many ask', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    await keys.update();
    const before = world.requests.length;
    for (let i = 0; i < 100; i++) {
      await keys.refresh();
      world.nowMs += 290;
    }
    assert.equal(world.requests.length - before, 1);
    world.nowMs += 1_000;
    await keys.refresh();
    assert.equal(world.requests.length - before, 2);
  });

  test('a rotation that was found does not start the cool-down, so the next one is found at once', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    await keys.update();
    for (const kid of ['b', 'c', 'd']) {
      world.documents = { [JWKS]: { body: { keys: [key(kid)] } } };
      await keys.refresh();
      assert.equal(keys.published.keys[0]?.['kid'], kid);
    }
  });

  test('many that ask at once share one request', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    let release = (): void => undefined;
    world.gate = new Promise((resolve) => {
      release = resolve;
    });
    const asking = Promise.all([keys.refresh(), keys.update(), keys.refresh(), keys.refresh()]);
    release();
    await asking;
    assert.equal(world.requests.length, 1);
    assert.equal(world.attempts.length, 1);
  });

  test('a shorter cache lifetime of the answer brings the next fetch forward, but not without bound', async () => {
    for (const [field, seconds] of [
      ['max-age=120', 120],
      ['public, max-age="60", must-revalidate', 60],
      ['max-age=999999', 600],
      ['no-store', 5],
      ['max-age=0', 5],
      ['max-age=-1', 600],
      ['max-age=abc', 600],
    ] as const) {
      const world = worldWith('a');
      const document = world.documents[JWKS];
      if (document !== undefined) document.headers = { 'cache-control': field };
      const keys = world.keys();
      await keys.update();
      assert.equal((keys.dueAtMs - world.nowMs) / 1_000, seconds, field);
    }
  });

  test('keys with a private part are told of and never handed on', async () => {
    const world = new World();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    world.documents = {
      [JWKS]: {
        body: {
          keys: [
            { ...privateKey.export({ format: 'jwk' }), kid: 'p', alg: 'ES256' },
            key('a'),
            { kty: 'oct', k: 'AAAA', kid: 's' },
          ],
        },
      },
    };
    const keys = world.keys();
    await keys.update();
    assert.deepEqual(
      keys.published.keys.map(({ kid }) => kid),
      ['a'],
    );
    assert.deepEqual(
      world.attempts[0]?.faults.map(({ signal }) => signal),
      ['jwk.private', 'jwk.symmetric'],
    );
  });

  test('what is no key set changes nothing', async () => {
    for (const body of ['', '[]', '{}', '{"keys":{}}', '{"keys":[1]}', '{"keys":[],"keys":[]}', 'x'.repeat(100)]) {
      const world = worldWith('a');
      const keys = world.keys();
      await keys.update();
      world.documents = { [JWKS]: { body } };
      await keys.update();
      assert.equal(keys.published.keys.length, 1, body);
      assert.ok(keys.error !== undefined, body);
    }
  });

  test('a set without keys is an answer: its issuer takes every key back', async () => {
    const world = worldWith('a');
    const keys = world.keys();
    await keys.update();
    world.documents = { [JWKS]: { body: { keys: [] } } };
    await keys.update();
    assert.equal(keys.published.keys.length, 0);
  });

  test('those kept over a restart are good for as long as they would have been, and no longer', async () => {
    const world = worldWith('a');
    const kept = { keys: [key('kept')], fetchedAtMs: world.nowMs - 1_000_000 };
    const keys = world.keys();
    assert.equal(keys.restore(kept), true);
    assert.equal(keys.published.usableUntilMs, kept.fetchedAtMs + 4_200_000);
    assert.equal(world.keys().restore({ ...kept, fetchedAtMs: world.nowMs - 4_200_000 }), false);
    assert.equal(world.keys().restore({ ...kept, fetchedAtMs: world.nowMs + 1_000 }), false);
  });
});

describe('the metadata of an issuer', () => {
  const OPENID = 'https://id.example.com/tenant/.well-known/openid-configuration';
  const OAUTH = 'https://id.example.com/.well-known/oauth-authorization-server/tenant';
  const byDiscovery: Partial<RemoteIssuer> = { keys: { kind: 'discovery' } };

  test('is found by OpenID Connect, else by RFC 8414', async () => {
    for (const url of [OPENID, OAUTH]) {
      const world = worldWith('a');
      world.documents[url] = { body: { issuer: ISSUER, jwks_uri: JWKS } };
      const keys = world.keys(byDiscovery);
      await keys.update();
      assert.equal(keys.published.keys.length, 1, url);
    }
  });

  test('of another issuer is not taken, however little it differs', async () => {
    for (const issuer of [
      'https://id.example.com',
      `${ISSUER}/`,
      'https://ID.example.com/tenant',
      undefined,
      [ISSUER],
    ]) {
      const world = worldWith('a');
      world.documents[OPENID] = { body: { issuer, jwks_uri: JWKS } };
      const keys = world.keys(byDiscovery);
      await keys.update();
      assert.equal(keys.published.keys.length, 0);
      assert.ok(keys.error !== undefined);
    }
  });

  test('that sends us to plain http, to a credential or to nowhere is not followed', async () => {
    for (const address of [
      'http://id.example.com/keys',
      'https://u:p@id.example.com/keys',
      'file:///etc/passwd',
      '',
      7,
    ]) {
      const world = worldWith('a');
      world.documents[OPENID] = { body: { issuer: ISSUER, jwks_uri: address } };
      world.documents[String(address)] = { body: { keys: [key('evil')] } };
      const keys = world.keys(byDiscovery);
      await keys.update();
      assert.equal(keys.published.keys.length, 0, String(address));
    }
  });
});

describe('redirects of an issuer', () => {
  const redirect = (location: string) => ({ status: 302, headers: { location }, body: '' });

  test('are followed to https, three times and no more', async () => {
    const world = worldWith('a');
    const set = world.documents[JWKS];
    world.documents = {
      [JWKS]: redirect('/1'),
      'https://id.example.com/1': redirect('https://cdn.example/2'),
      'https://cdn.example/2': redirect('/3'),
      'https://cdn.example/3': set,
    };
    const keys = world.keys();
    await keys.update();
    assert.equal(keys.published.keys.length, 1);
    world.documents['https://cdn.example/3'] = redirect('/4');
    world.documents['https://cdn.example/4'] = set;
    await keys.update();
    assert.match(keys.error ?? '', /more than 3/);
  });

  test('to plain http are not followed, and every one of them is asked for under the same guard', async () => {
    const world = worldWith('a');
    world.documents = {
      [JWKS]: redirect('http://169.254.169.254/keys'),
      'http://169.254.169.254/keys': { body: { keys: [key('evil')] } },
    };
    const keys = world.keys();
    await keys.update();
    assert.equal(keys.published.keys.length, 0);
    world.documents = { [JWKS]: redirect('https://169.254.169.254/keys') };
    await keys.update();
    assert.equal(world.requests.at(-1)?.url, 'https://169.254.169.254/keys');
    assert.ok(world.requests.every(({ allowPrivateAddresses }) => !allowPrivateAddresses));
  });
});
