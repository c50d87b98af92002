import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../src/core/verdict.ts';
import { Authoriser, caller } from '../harness/authoriser.ts';

const ALICE = caller('alice');

test('a rule that denies by a header field denies whoever sends the field twice', async () => {
  const rules = new Authoriser({
    outside: '',
    authorize: '{ deny: [{ name: no, headers: { x-stage: [internal] } }] }',
  });
  assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
  assert.equal(await rules.says(ALICE, '/orders/7', { fields: ['X-Stage', 'public'] }), 'pass');
  assert.equal(await rules.says(ALICE, '/orders/7', { fields: ['X-Stage', 'internal'] }), 'authz.denied');
  for (const twice of [
    ['internal', 'internal'],
    ['public', 'internal'],
    ['internal', 'public'],
  ])
    assert.notEqual(
      await rules.says(ALICE, '/orders/7', { fields: twice.flatMap((value) => ['X-Stage', value]) }),
      'pass',
      twice.join(' and '),
    );
});

test('rules see the path that is forwarded, not the one it was mended from', async () => {
  for (const deny of [
    'request.path == "/files/secret/plan"',
    'request.path.startsWith("/files/secret/") && now > timestamp("1960-01-01T00:00:00Z")',
  ]) {
    const rules = new Authoriser({
      path: '/files/*',
      paths: '{ encodedSlash: decode, doubleSlash: decode, dotSegments: decode }',
      outside: '',
      authorize: `{ deny: [{ name: no, when: '${deny}' }] }`,
    });
    assert.equal(await rules.says(ALICE, '/files/public/plan'), 'pass');
    for (const target of [
      '/files/secret/plan',
      '/files/secret%2Fplan',
      '/files//secret/plan',
      '/files/x/../secret/plan',
      '/files/./secret//plan',
    ])
      assert.equal(await rules.says(ALICE, target), 'authz.denied', target);
  }
});

test('no rule opens because a look-up failed or has no such object: owned() cannot be turned round', () => {
  for (const owner of [
    '!(path.orderId in owned(principal, "orders"))',
    '(path.orderId in owned(principal, "orders")) == false',
    '(path.orderId in owned(principal, "orders")) != true',
    '(path.orderId in owned(principal, "orders")) ? false : true',
    'principal.subject == "x" || !(path.orderId in owned(principal, "orders"))',
    '[path.orderId in owned(principal, "orders")] == [false]',
    '[true].exists(x, x == true) && (false in [path.orderId in owned(principal, "orders")])',
  ])
    assert.throws(
      () =>
        new Authoriser({
          outside:
            'owners: { orders: { type: http, url: "http://127.0.0.1:9/{id}", pointer: /owner, allowPrivateAddresses: true, onFailure: deny } }',
          authorize: `{ owner: '${owner}' }`,
        }),
      /SP101/,
      owner,
    );
});

test('a caller cannot get around a decider by a call that is too long for it, or by many at once', async () => {
  let answer: () => void = () => undefined;
  const rules = new Authoriser({
    outside: `deciders: { pdp: { type: opa, url: "http://127.0.0.1:9/v1/data/x", allowPrivateAddresses: true,
      onFailure: rules, claims: [memo] } }`,
    authorize: '{ scopes: [orders:read], decide: [pdp] }',
    parts: {
      fetch: () =>
        new Promise((_resolve, reject) => {
          answer = () => reject(new Error('down'));
        }),
    },
  });
  const long = rules.judge(caller('alice', { claims: { memo: 'x'.repeat(65_536) } }), { target: '/orders/7' });
  assert.ok(!(long instanceof Promise) && long.kind === 'indeterminate', 'too long');
  const open: Promise<Verdict>[] = [];
  for (let i = 0; i < 40; i++) {
    const verdict = rules.judge(ALICE, { target: `/orders/${i}` });
    if (verdict instanceof Promise) open.push(verdict);
    else assert.equal(verdict.kind, 'indeterminate', `question ${i}`);
  }
  assert.equal(open.length, 32);
  answer();
  assert.equal((await open.at(-1))?.kind, 'pass', 'a decider that is down leaves it to the rules, as configured');
});

test('a rule that denies by a look-up is refused when it is loaded, not ignored', () => {
  assert.throws(
    () =>
      new Authoriser({
        outside: 'owners: { orders: { type: accepted } }',
        authorize: `{ deny: [{ name: theirs, owner: 'path.orderId in owned(principal, "orders")' }] }`,
      }),
    /SP0|SP1/,
  );
});

test('why a rule could not be evaluated is told without any value of the call', async () => {
  for (const when of [
    'duration(query["a"][0]) > duration("1s")',
    'bool(query["a"][0])',
    'principal.claims[query["a"][0]] == "x"',
    'query[request.headers["z"]].size() > 0',
    'timestamp(query["a"][0]) < now',
  ]) {
    const rules = new Authoriser({ outside: '', authorize: `{ when: '${when}' }` });
    const verdict = await rules.judge(ALICE, { target: '/orders/7?a=s3cret', fields: ['Z', 's3cret'] });
    assert.ok(verdict.kind === 'deny', when);
    assert.match(verdict.detail ?? '', /could not be found out: ./, when);
    assert.doesNotMatch(verdict.detail ?? '', /s3cret/, when);
  }
  const named = new Authoriser({ outside: '', authorize: `{ when: 'principal.claims.missing == "x"' }` });
  const verdict = await named.judge(ALICE, { target: '/orders/7' });
  assert.match(verdict.kind === 'deny' ? (verdict.detail ?? '') : '', /No such key: missing/);
});
