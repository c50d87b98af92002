import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { AskCounts } from '../../src/authz/outside/ask-counts.ts';
import type { AcceptedOwner } from '../../src/core/ownership.ts';
import { rememberAnswers } from '../../src/pipeline/snapshot.ts';
import { Authoriser, caller } from '../harness/authoriser.ts';
import { json, type ToldServer, toldServer } from '../harness/owner-service.ts';

const ALICE = caller('alice');
const BOB = caller('bob');

/** Who owns what, as the service knows it. */
const OWNERS: Readonly<Record<string, unknown>> = {
  '7': 'alice',
  '8': 'bob',
  shared: ['alice', 'bob'],
  nobodys: null,
  empty: '',
  number: 42,
  unsafe: '\u0000raw {"owner":9007199254740993}',
  true: true,
  nested: { id: 'alice' },
  mixed: ['alice', { id: 'x' }],
  none: [],
};

function answerFrom(target: string): unknown {
  const id = decodeURIComponent(target.slice('/owners/'.length));
  return Object.hasOwn(OWNERS, id) ? { owner: OWNERS[id], id } : undefined;
}

describe('owners that a resource answers', () => {
  let service: ToldServer;
  let nowMs = 0;
  const counts = new AskCounts();
  before(async () => {
    service = await toldServer(() => undefined);
  });
  after(() => service.close());
  beforeEach(() => {
    nowMs = 0;
    service.seen.length = 0;
    service.answer = ({ target }, response) => {
      const answer = answerFrom(target);
      const raw = typeof OWNERS[target.slice(8)] === 'string' ? String(OWNERS[target.slice(8)]) : '';
      if (answer === undefined) json(response, {}, 404);
      else if (raw.startsWith('\u0000raw ')) json(response, raw.slice(5));
      else json(response, answer);
    };
  });

  function authoriser(more = '', owner = '\'path.orderId in owned(principal, "orders")\'', path?: string): Authoriser {
    return new Authoriser({
      outside: `owners: { orders: { type: http, url: "${service.url}/owners/{orderId}", allowPrivateAddresses: true, timeoutSeconds: 0.3${more} } }`,
      authorize: `{ owner: ${owner} }`,
      parts: { monotonicMs: () => nowMs, askCounts: counts },
      ...(path === undefined ? {} : { path }),
    });
  }

  test('the owner passes; another caller, an object that is not there, and nobody are refused alike', async () => {
    const rules = authoriser();
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/orders/9'), 'authz.owner');
    assert.equal(await rules.says(undefined, '/orders/7'), 'authz.owner');
  });

  test('both spellings of a rule, and rules of tenants, say the same', async () => {
    const spelled = authoriser('', '{ lookup: orders, object: path.orderId, equals: principal.claims.tenant }');
    const named = authoriser('', '\'path.orderId in owned(principal.claims.tenant, "orders")\'');
    const tenant = (name: unknown) => caller('x', { claims: { tenant: name } });
    for (const rules of [spelled, named]) {
      assert.equal(await rules.says(tenant('alice'), '/orders/7'), 'pass');
      assert.equal(await rules.says(tenant('bob'), '/orders/7'), 'authz.owner');
      assert.equal(await rules.says(tenant(['alice']), '/orders/7'), 'authz.owner', 'a list is nobody');
      assert.equal(await rules.says(caller('alice', { claims: {} }), '/orders/7'), 'authz.owner', 'no claim, no owner');
      assert.equal(await rules.says(tenant(42), '/orders/number'), 'pass', 'a whole number is its digits');
      assert.equal(await rules.says(tenant('42'), '/orders/number'), 'pass');
      assert.equal(await rules.says(tenant(42.5), '/orders/number'), 'authz.owner');
      assert.equal(await rules.says(tenant(true), '/orders/true'), 'authz.unavailable');
    }
  });

  test('one of several owners passes', async () => {
    const rules = authoriser();
    assert.equal(await rules.says(ALICE, '/orders/shared'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/shared'), 'pass');
    assert.equal(await rules.says(caller('eve'), '/orders/shared'), 'authz.owner');
  });

  test('an object of nobody is not the object of a caller who is nobody', async () => {
    const rules = authoriser();
    for (const object of ['nobodys', 'empty', 'none'])
      for (const principal of [undefined, caller(''), caller('null'), caller('undefined'), ALICE])
        assert.equal(
          await rules.says(principal, `/orders/${object}`),
          'authz.owner',
          `${object} ${principal?.subject}`,
        );
  });

  test('what names no owner is not found out: a truth value, a record, a number no double holds, a mixed list', async () => {
    const rules = authoriser();
    for (const object of ['true', 'nested', 'unsafe', 'mixed'])
      for (const principal of [ALICE, caller('true'), caller('9007199254740992'), caller('9007199254740993')])
        assert.equal(await rules.says(principal, `/orders/${object}`), 'authz.unavailable', object);
  });

  test('no spelling of an object reaches another resource of the service', async () => {
    service.answer = (_request, response) => json(response, { owner: 'alice' });
    const rules = authoriser();
    const hostile = [
      ['a%2Fb', '/owners/a%2Fb'],
      ['..%2F..%2Fadmin', '/owners/..%2F..%2Fadmin'],
      ['a%3Fx=1', '/owners/a%3Fx%3D1'],
      ['a%23b', '/owners/a%23b'],
      ["o'r", "/owners/o'r"],
      ['a%22b', '/owners/a%22b'],
      ['7%20or%201=1', '/owners/7%20or%201%3D1'],
      ['7;admin', '/owners/7%3Badmin'],
      ['a%5Cb', '/owners/a%5Cb'],
      ['%2537', '/owners/%2537'],
      ['%C3%A9', '/owners/%C3%A9'],
      ['e%CC%81', '/owners/e%CC%81'],
    ] as const;
    for (const [segment, wanted] of hostile) {
      service.seen.length = 0;
      await rules.says(ALICE, `/orders/${segment}`);
      assert.deepEqual(
        service.seen.map(({ target }) => target),
        [wanted],
        segment,
      );
    }
  });

  test('what can name no object is asked of nobody', async () => {
    service.answer = (_request, response) => json(response, { owner: 'alice' });
    const rules = authoriser();
    for (const segment of ['%2E%2E', '%2e', 'a%00b', '%0D%0AHost:x', '%7F', '%C2%85', 'x'.repeat(257)])
      assert.equal(await rules.says(ALICE, `/orders/${segment}`), 'authz.owner', segment);
    assert.equal(service.seen.length, 0);
  });

  test('an answer for another object counts for none, where the answer names its object', async () => {
    const rules = authoriser(', objectPointer: /id');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    service.answer = (_request, response) => json(response, { owner: 'alice', id: 'abc' });
    assert.equal(await rules.says(ALICE, '/orders/ABC'), 'authz.owner');
    service.answer = (_request, response) => json(response, { owner: 'alice', id: 10 });
    assert.equal(await rules.says(ALICE, '/orders/010'), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/orders/10'), 'pass');
  });

  test('a parameter that comes twice names no object', async () => {
    const rules = authoriser('', '\'only(query["id"]) in owned(principal, "orders")\'', '/orders');
    assert.equal(await rules.says(ALICE, '/orders?id=7'), 'pass');
    for (const query of ['id=7&id=8', 'id=8&id=7', 'id[]=7', '', 'id=', 'ID=7'])
      assert.equal(await rules.says(ALICE, `/orders?${query}`), 'authz.owner', query);
  });

  test('every failure of the service is 503, whoever asks', async () => {
    type Answer = ToldServer['answer'];
    const failures: Readonly<Record<string, Answer>> = {
      'an error': (_request, response) => json(response, { owner: 'alice' }, 500),
      'a refusal': (_request, response) => json(response, { owner: 'alice' }, 403),
      'a redirect': (_request, response) => {
        response.writeHead(302, { location: `${service.url}/owners/7`, 'content-type': 'application/json' });
        response.end('{"owner":"alice"}');
      },
      'no content': (_request, response) => response.writeHead(204).end(),
      'another success': (_request, response) => json(response, { owner: 'alice' }, 201),
      'broken JSON': (_request, response) => json(response, '{"owner":"alice"'),
      'a name twice': (_request, response) => json(response, '{"owner":"bob","owner":"alice"}'),
      'a list': (_request, response) => json(response, '["alice"]'),
      'another type': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('{"owner":"alice"}');
      },
      'no type': (_request, response) => response.writeHead(200).end('{"owner":"alice"}'),
      'a page that claims to be JSON': (_request, response) => json(response, '<html>sign in</html>'),
      'no owner': (_request, response) => json(response, '{}'),
      'an answer without end': (_request, response) =>
        json(response, JSON.stringify({ owner: 'alice', fill: 'x'.repeat(70_000) })),
      'a cut connection': (_request, response) => response.destroy(),
      'half an answer': (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"owner":"alice"', () => response.destroy());
      },
    };
    for (const [name, answer] of Object.entries(failures)) {
      service.answer = answer;
      service.seen.length = 0;
      assert.equal(await authoriser().says(ALICE, '/orders/7'), 'authz.unavailable', name);
      assert.equal(service.seen.length, 1, `${name}: no redirect is followed and nothing is tried twice`);
    }
  });

  test('a service that hangs, before or within its answer, is 503 when its time is over', async () => {
    service.answer = () => undefined;
    const slow = authoriser();
    assert.equal(await slow.says(ALICE, '/orders/7'), 'authz.unavailable');
    service.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"owner":');
    };
    assert.equal(await slow.says(ALICE, '/orders/8'), 'authz.unavailable');
  });

  test('a service that is not there is 503, and is left alone after a while', async () => {
    const gone = await toldServer(() => undefined);
    await gone.close();
    const rules = new Authoriser({
      outside: `owners: { orders: { type: http, url: "${gone.url}/{id}", allowPrivateAddresses: true } }`,
      authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
      parts: { monotonicMs: () => nowMs },
    });
    for (let i = 0; i < 30; i++)
      assert.equal(await rules.says(ALICE, `/orders/${i}`, { address: `192.0.2.${i}` }), 'authz.unavailable');
    const left = rules.judge(ALICE, { target: '/orders/99' });
    assert.ok(!(left instanceof Promise), 'nobody waits for a server that does not answer');
  });

  test('an address that is not public is asked only where the configuration says so', async () => {
    const rules = new Authoriser({
      outside: 'owners: { orders: { type: http, url: "https://127.0.0.1/{id}" } }',
      authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
    });
    const verdict = await rules.judge(ALICE, { target: '/orders/7' });
    assert.equal(verdict.kind, 'indeterminate');
    assert.match(verdict.kind === 'indeterminate' ? verdict.fault.detail : '', /its address is not public/);
  });

  test('onFailure: deny refuses, and stale believes what was known until its time is over', async () => {
    const down: ToldServer['answer'] = (_request, response) => json(response, {}, 500);
    const denying = authoriser(', onFailure: deny');
    service.answer = down;
    assert.equal(await denying.says(ALICE, '/orders/7'), 'authz.owner');
    service.answer = (_request, response) => json(response, { owner: 'alice' });
    const stale = authoriser(', onFailure: stale, staleSeconds: 60, cacheSeconds: 10');
    assert.equal(await stale.says(ALICE, '/orders/7'), 'pass');
    service.answer = down;
    nowMs = 69_999;
    assert.equal(await stale.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await stale.says(BOB, '/orders/7'), 'authz.owner');
    assert.equal(await stale.says(ALICE, '/orders/8'), 'authz.unavailable', 'nothing was known of it');
    nowMs = 70_000;
    assert.equal(await stale.says(ALICE, '/orders/7'), 'authz.unavailable');
  });

  test('a change of owner is seen when the time of the old answer is over, counted from before it was asked', async () => {
    const rules = authoriser(', cacheSeconds: 10, negativeCacheSeconds: 2');
    service.answer = (_request, response) => {
      nowMs += 4_000;
      json(response, { owner: 'alice' });
    };
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    service.answer = (_request, response) => json(response, { owner: 'bob' });
    nowMs = 9_999;
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.owner');
    nowMs = 10_000;
    assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.owner');
    assert.equal(await rules.says(BOB, '/orders/7'), 'pass');
    service.answer = (_request, response) => json(response, {}, 404);
    assert.equal(await rules.says(BOB, '/orders/new'), 'authz.owner');
    service.answer = (_request, response) => json(response, { owner: 'bob' });
    nowMs += 1_999;
    assert.equal(await rules.says(BOB, '/orders/new'), 'authz.owner');
    nowMs += 1;
    assert.equal(await rules.says(BOB, '/orders/new'), 'pass');
  });

  test('what one caller or route had asked lets no other one in', async () => {
    const rules = authoriser();
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.owner');
    assert.equal(await rules.says(BOB, '/others/7'), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/others/7'), 'pass');
    assert.equal(service.seen.length, 1, 'the owner is the same for all of them, and was asked for once');
  });

  test('a herd of calls for one object asks once', async () => {
    const rules = authoriser();
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        rules.says(i % 2 === 0 ? ALICE : BOB, '/orders/7', { address: `10.0.${i % 3}.${i}` }),
      ),
    );
    assert.equal(verdicts.filter((one) => one === 'pass').length, 100);
    assert.equal(verdicts.filter((one) => one === 'authz.owner').length, 100);
    assert.equal(service.seen.length, 1);
  });

  test('an address that tries one object after the other holds up a bounded part of the questions', async () => {
    service.answer = () => undefined;
    const rules = authoriser();
    const verdicts = Array.from({ length: 100 }, (_, i) => rules.judge(BOB, { target: `/orders/x${i}` }));
    assert.equal(verdicts.filter((one) => one instanceof Promise).length, 32);
    service.answer = ({ target }, response) => json(response, answerFrom(target));
    assert.equal(await rules.says(ALICE, '/orders/7', { address: '198.51.100.1' }), 'pass');
    await Promise.all(verdicts);
  });

  test('nobody is asked about a call that is refused anyway, or that passes whoever the owner is', async () => {
    const refused = new Authoriser({
      outside: `owners: { orders: { type: http, url: "${service.url}/owners/{id}", allowPrivateAddresses: true } }`,
      authorize: `{ groups: [staff], owner: 'path.orderId in owned(principal, "orders")' }`,
    });
    assert.equal(await refused.says(ALICE, '/orders/7'), 'authz.rule');
    const rules = authoriser('', '\'"staff" in consumer.groups || path.orderId in owned(principal, "orders")\'');
    service.answer = (_request, response) => json(response, {}, 500);
    assert.equal(await rules.says(caller('eve', { groups: ['staff'] }), '/orders/7'), 'pass');
    assert.equal(service.seen.length, 0);
    assert.equal(await rules.says(caller('eve'), '/orders/7'), 'authz.unavailable');
  });

  test('the record says what was answered and how long it took, and never whose the object is', async () => {
    const rules = authoriser();
    const asked = await rules.judge(caller('carol'), { target: '/orders/7' });
    const known = await rules.judge(ALICE, { target: '/orders/7' });
    assert.match(asked.kind === 'deny' ? (asked.detail ?? '') : '', /orders: found/);
    assert.match(known.kind === 'pass' ? (known.detail ?? '') : '', /^orders: found, remembered$/);
    assert.doesNotMatch(JSON.stringify([asked, known]), /alice/);
    assert.deepEqual(asked.kind === 'deny' ? asked.signals?.map(({ name }) => name) : [], ['authz.not_owner']);
    const outcomes = new Set(counts.report().map(({ outcome }) => outcome));
    for (const outcome of ['yes', 'no', 'error', 'remembered', 'stale', 'shed'] as const)
      assert.ok(outcomes.has(outcome), `${outcome} is counted`);
  });
});

test('a server that takes the connection and says nothing holds a call no longer than its time', async () => {
  const sockets = new Set<Socket>();
  const silent: Server = createServer((socket) => sockets.add(socket));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const counts = new AskCounts();
  const rules = new Authoriser({
    outside: `owners: { orders: { type: http, url: "http://127.0.0.1:${port}/{id}", allowPrivateAddresses: true, timeoutSeconds: 0.1 } }`,
    authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
    parts: { askCounts: counts },
  });
  assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.unavailable');
  assert.deepEqual(
    counts.report().map(({ name, outcome, count }) => [name, outcome, count]),
    [['orders', 'timeout', 1]],
  );
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('a new snapshot asks again only what a changed look-up answered', async () => {
  const service = await toldServer((_request, response) => json(response, { owner: 'alice', result: true }));
  const outsideAnswers = rememberAnswers();
  const authoriser = (pointer: string, groups: string, accepted: readonly AcceptedOwner[] = []): Authoriser =>
    new Authoriser({
      outside: `owners: { orders: { type: http, url: "${service.url}/owners/{id}", pointer: ${pointer}, allowPrivateAddresses: true } }
deciders: { pdp: { type: opa, url: "${service.url}/decide", cacheSeconds: 60, allowPrivateAddresses: true } }`,
      authorize: `{ ${groups} owner: 'path.orderId in owned(principal, "orders")', decide: [pdp] }`,
      parts: { outsideAnswers },
      accepted,
    });
  assert.equal(await authoriser('/owner', '').says(ALICE, '/orders/7'), 'pass');
  const reloaded = authoriser('/owner', 'groups: [partners],', [{ lookup: 'orders', object: '1', owners: ['bob'] }]);
  const verdicts = Array.from({ length: 50 }, () => reloaded.judge(ALICE, { target: '/orders/7' }));
  assert.ok(verdicts.every((verdict) => !(verdict instanceof Promise) && verdict.kind === 'pass'));
  assert.equal(await reloaded.says(BOB, '/orders/7'), 'authz.owner');
  assert.equal(service.seen.length, 2, 'the owner and the decision, once each');
  service.answer = (_request, response) => json(response, { other: 'bob', result: true });
  const changed = authoriser('/other', '');
  assert.equal(await changed.says(ALICE, '/orders/7'), 'authz.owner', 'the old answer is none of the new look-up');
  assert.equal(await changed.says(BOB, '/orders/7'), 'pass');
  service.answer = (_request, response) => json(response, { owner: 'carol', result: true });
  assert.equal(await authoriser('/owner', '').says(ALICE, '/orders/7'), 'authz.owner', 'what nobody used is forgotten');
  await service.close();
});
