import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { AskCounts } from '../../src/authz/outside/ask-counts.ts';
import { Authoriser, caller } from '../harness/authoriser.ts';
import { json, type ToldServer, toldServer } from '../harness/owner-service.ts';

const ALICE = caller('alice');
const BOB = caller('bob');
const SECRETS = ['x-key', 'sp_live_secret', 'authorization', 'Bearer secret-token', 'cookie', 'session=secret'];

interface OpaInput {
  readonly input: { readonly request: Record<string, unknown>; readonly principal: Record<string, unknown> | null };
}

describe('deciders outside', () => {
  let server: ToldServer;
  let nowMs = 0;
  before(async () => {
    server = await toldServer(() => undefined);
  });
  after(() => server.close());
  beforeEach(() => {
    nowMs = 0;
    server.seen.length = 0;
  });

  function opa(more = '', authorize = '{ decide: [pdp] }', counts = new AskCounts()): Authoriser {
    return new Authoriser({
      outside: `deciders: { pdp: { type: opa, url: "${server.url}/v1/data/shop/allow", allowPrivateAddresses: true, timeoutSeconds: 0.3${more} } }`,
      authorize,
      parts: { monotonicMs: () => nowMs, askCounts: counts },
    });
  }

  function authzen(more = ''): Authoriser {
    return new Authoriser({
      outside: `deciders: { pdp: { type: authzen, url: "${server.url}/access/v1/evaluation", allowPrivateAddresses: true, timeoutSeconds: 0.3${more} } }`,
      authorize: '{ decide: [pdp] }',
    });
  }

  test('OPA: the policy sees the call and the caller, and its yes and no count', async () => {
    server.answer = ({ body }, response) => {
      const { input } = JSON.parse(body) as OpaInput;
      json(response, { result: input.principal?.['subject'] === 'alice' && input.request['method'] === 'GET' });
    };
    const rules = opa();
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.decider');
    assert.equal(await rules.says(ALICE, '/orders/7', { method: 'POST' }), 'authz.decider');
    assert.equal(await rules.says(undefined, '/orders/7'), 'authz.decider');
    const [first] = server.seen;
    assert.deepEqual([first?.method, first?.target], ['POST', '/v1/data/shop/allow']);
    assert.deepEqual(JSON.parse(first?.body ?? ''), {
      input: {
        request: { method: 'GET', path: '/orders/7', parameters: { orderId: '7' } },
        principal: {
          subject: 'alice',
          consumer: 'alice',
          scopes: ALICE.scopes,
          groups: ALICE.groups,
          tier: ALICE.tier,
        },
        route: 'order',
      },
    });
  });

  test('OPA: a rule that is undefined denies, one with a reason tells the operator, anything else is no decision', async () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ result: true }, 'pass'],
      [{ result: { allow: true } }, 'pass'],
      [{ result: { allow: true, reason: 'ok' }, decision_id: 'x' }, 'pass'],
      [{ result: false }, 'authz.decider'],
      [{ result: { allow: false, reason: 'not yours' } }, 'authz.decider'],
      [{}, 'authz.decider'],
      [{ decision_id: 'x' }, 'authz.decider'],
      [{ result: null }, 'authz.unavailable'],
      [{ result: 'true' }, 'authz.unavailable'],
      [{ result: 1 }, 'authz.unavailable'],
      [{ result: [true] }, 'authz.unavailable'],
      [{ result: { allow: 'true' } }, 'authz.unavailable'],
      [{ result: { allowed: true } }, 'authz.unavailable'],
      ['{"result": false, "result": true}', 'authz.unavailable'],
      ['{"result": true', 'authz.unavailable'],
      ['true', 'authz.unavailable'],
    ];
    for (const [answer, expected] of cases) {
      server.answer = (_request, response) => json(response, answer);
      assert.equal(await opa().says(ALICE, '/orders/7'), expected, JSON.stringify(answer));
    }
    server.answer = (_request, response) => json(response, { result: { allow: false, reason: 'closed today' } });
    const verdict = await opa().judge(ALICE, { target: '/orders/7' });
    assert.match(verdict.kind === 'deny' ? (verdict.detail ?? '') : '', /pdp: no.*\(closed today\)/);
  });

  test('AuthZEN: subject, action and resource are sent as the standard says, and only a true decision permits', async () => {
    server.answer = ({ body }, response) => {
      const question = JSON.parse(body) as { subject: { id: string } };
      json(response, { decision: question.subject.id === 'alice', context: { reason: 'so it is' } });
    };
    const rules = authzen(', send: [method, path, route, subject, address]');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.decider');
    assert.deepEqual(JSON.parse(server.seen[0]?.body ?? ''), {
      subject: { type: 'identity', id: 'alice', properties: {} },
      action: { name: 'GET' },
      resource: { type: 'route', id: 'order', properties: { path: '/orders/7' } },
      context: { address: '192.0.2.1' },
    });
    await rules.says(undefined, '/orders/7');
    await rules.says(caller('anonymous'), '/orders/7');
    const subjects = server.seen
      .slice(2)
      .map(({ body }) => (JSON.parse(body) as { subject: { type: string } }).subject.type);
    assert.deepEqual(subjects, ['anonymous', 'identity'], 'no name can be mistaken for nobody');
    for (const answer of [{}, { decision: 'true' }, { decision: 1 }, { decision: null }, { decision: [true] }]) {
      server.answer = (_request, response) => json(response, answer);
      assert.equal(await authzen().says(ALICE, '/orders/7'), 'authz.unavailable', JSON.stringify(answer));
    }
  });

  test('no credential is ever sent, and of claims and fields only those that are named', async () => {
    server.answer = (_request, response) => json(response, { result: true });
    const all =
      ', send: [method, path, parameters, query, host, scheme, address, route, subject, consumer, scopes, groups, tier, authentication], claims: [tenant], headers: [x-tenant, x-twice]';
    const fields = [
      ['x-key', 'sp_live_secret'],
      ['Authorization', 'Bearer secret-token'],
      ['Cookie', 'session=secret'],
      ['X-Tenant', 't1'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
    ].flat();
    assert.equal(await opa(all).says(ALICE, '/orders/7?page=1', { fields }), 'pass');
    const body = server.seen[0]?.body ?? '';
    for (const secret of SECRETS) assert.ok(!body.toLowerCase().includes(secret.toLowerCase()), secret);
    const { input } = JSON.parse(body) as OpaInput;
    assert.deepEqual(input.request['headers'], { 'x-tenant': 't1' });
    assert.deepEqual(input.principal?.['claims'], { tenant: 't1' });
    assert.deepEqual(input.request['query'], { page: ['1'] });
  });

  test('a failure is 503, or a refusal where that is configured; the other rules decide only where there are some', async () => {
    const answersBadly: readonly ToldServer['answer'][] = [
      (_request, response) => {
        response.writeHead(307, { location: `${server.url}/v1/data/shop/allow` });
        response.end();
      },
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{"result":true}'),
      (_request, response) => json(response, { result: 'neither' }),
      (_request, response) => json(response, { code: 'invalid_parameter' }, 400),
    ];
    const isDown: readonly ToldServer['answer'][] = [
      (_request, response) => json(response, { result: true }, 500),
      (_request, response) => json(response, { result: true }, 404),
      (_request, response) => json(response, { result: true }, 401),
      (_request, response) => response.destroy(),
      () => undefined,
    ];
    for (const answer of [...answersBadly, ...isDown]) {
      server.answer = answer;
      assert.equal(await opa().says(ALICE, '/orders/7'), 'authz.unavailable');
      assert.equal(await opa(', onFailure: deny').says(ALICE, '/orders/7'), 'authz.decider');
      const others = opa(', onFailure: rules', '{ decide: [pdp], groups: [staff] }');
      assert.equal(await others.says(ALICE, '/orders/7'), 'authz.rule');
      // A question that it cannot answer may be the doing of the caller.
      const expected = isDown.includes(answer) ? 'pass' : 'authz.unavailable';
      assert.equal(await others.says(caller('carol', { groups: ['staff'] }), '/orders/7'), expected);
    }
  });

  test('an answer is believed for exactly what was sent, and no longer than configured', async () => {
    server.answer = ({ body }, response) =>
      json(response, { result: (JSON.parse(body) as OpaInput).input.principal?.['subject'] === 'alice' });
    const counts = new AskCounts();
    const rules = opa(', cacheSeconds: 10', '{ decide: [pdp] }', counts);
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    assert.equal(server.seen.length, 1);
    assert.equal(await rules.says(BOB, '/orders/7'), 'authz.decider');
    assert.equal(await rules.says(ALICE, '/others/7'), 'pass');
    assert.equal(await rules.says(caller('alice', { scopes: [] }), '/orders/7'), 'pass');
    assert.equal(server.seen.length, 4, 'another caller, route or scope is another question');
    nowMs = 10_000;
    server.answer = (_request, response) => json(response, { result: false });
    assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.decider');
    assert.deepEqual(
      counts.report().map(({ kind, outcome, count }) => [kind, outcome, count]),
      [
        ['decider', 'yes', 3],
        ['decider', 'remembered', 1],
        ['decider', 'no', 2],
      ],
    );
    const unremembered = opa();
    await unremembered.says(ALICE, '/orders/7');
    await unremembered.says(ALICE, '/orders/7');
    assert.equal(server.seen.length, 7, 'by default nothing is remembered');
  });

  test('no more questions wait at once than are allowed, and a yes does not overrule another rule', async () => {
    server.answer = () => undefined;
    const bounded = opa(', questionsMax: 2');
    const verdicts = [1, 2, 3, 4].map((id) => bounded.judge(ALICE, { target: `/orders/${id}` }));
    assert.deepEqual(
      verdicts.map((one) => one instanceof Promise),
      [true, true, false, false],
    );
    await Promise.all(verdicts);
    server.answer = (_request, response) => json(response, { result: true });
    assert.equal(await opa('', '{ decide: [pdp], groups: [staff] }').says(ALICE, '/orders/7'), 'authz.rule');
  });
});
