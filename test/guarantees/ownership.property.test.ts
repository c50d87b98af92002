import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rememberAnswers } from '../../src/pipeline/snapshot.ts';
import type { Fetch, OutboundAnswer } from '../../src/ports.ts';
import { Authoriser, caller } from '../harness/authoriser.ts';

/** Names a caller can have, many of them what careless comparing takes for something else. */
const NAMES = [
  '',
  ' ',
  '0',
  '1',
  '-1',
  '1.5',
  'null',
  'undefined',
  'true',
  'false',
  'NaN',
  '[]',
  '{}',
  'alice',
  'ALICE',
];
const name = fc.constantFrom(...NAMES, '[object Object]', 'alice,bob', '__proto__', 'constructor');
const owner: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: name },
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(name, { maxLength: 3 }),
  fc.record({ id: name }),
  fc.jsonValue({ maxDepth: 2 }),
);

interface Asked {
  readonly rules: Authoriser;
  /** What is answered next. */
  answer: () => Promise<OutboundAnswer>;
}

const OUTSIDE = `owners: { orders: { type: http, url: "https://shop.example/owners/{id}", cacheSeconds: 0, negativeCacheSeconds: 0 } }
deciders:
  opa: { type: opa, url: "https://opa.example/v1/data/allow" }
  pdp: { type: authzen, url: "https://pdp.example/access/v1/evaluation" }`;

function asking(authorize: string, outside = OUTSIDE): Asked {
  let nowMs = 0;
  const asked: Asked = {
    answer: () => Promise.reject(new Error('nobody')),
    rules: new Authoriser({
      outside,
      authorize,
      // Time runs, so that a server that was found down is asked again.
      parts: { fetch: () => asked.answer(), monotonicMs: () => (nowMs += 60_000), outsideAnswers: rememberAnswers() },
    }),
  };
  return asked;
}

function json(value: unknown, status = 200, type = 'application/json'): () => Promise<OutboundAnswer> {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return () => Promise.resolve({ status, headers: { 'content-type': type }, body });
}

/** Whether JSON names this caller as an owner, said in another way than the code does. */
function isNamed(value: unknown, who: string | undefined): boolean {
  if (who === undefined || who === '') return false;
  const one = (item: unknown): boolean =>
    typeof item === 'string' ? item === who : Number.isSafeInteger(item) && BigInt(item as number).toString() === who;
  return Array.isArray(value) ? value.some(one) : one(value);
}

test('only an owner that is named, as a text or a whole number, lets its caller in', async () => {
  const asked = asking(`{ owner: 'path.orderId in owned(principal, "orders")' }`);
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(owner, fc.option(name, { nil: undefined }), async (value, who) => {
      asked.answer = json({ owner: value });
      const principal = who === undefined ? undefined : caller(who);
      if ((await asked.rules.says(principal, '/orders/7')) !== 'pass') return;
      passed++;
      assert.ok(isNamed(JSON.parse(JSON.stringify(value)), who), `${JSON.stringify(value)} let ${who} in`);
    }),
    { numRuns: 1_500, examples: NAMES.map((one) => [one, one] as [unknown, string]) },
  );
  assert.ok(passed > 20, 'some were let in');
});

test('an owner less, or another in its place, never lets more in', async () => {
  const conditions = [
    'path.orderId in owned(principal, "orders")',
    'path.orderId in owned(principal, "orders") || principal.subject == "1"',
    'path.orderId in owned(principal, "orders") && principal.subject != "1"',
    'principal.subject == "1" ? false : path.orderId in owned(principal, "orders")',
    'path.orderId in owned(principal, "orders") || path.orderId in owned(consumer.name, "orders")',
  ].map((owner) => asking(`{ owner: '${owner}' }`));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...conditions),
      fc.array(name, { maxLength: 4 }),
      fc.nat(3),
      fc.option(owner, { nil: undefined }),
      name,
      async (asked, owners, at, other, who) => {
        asked.answer = json({ owner: owners });
        const before = await asked.rules.says(caller(who), '/orders/7');
        const fewer = owners.flatMap((one, index) => (index !== at ? [one] : other === undefined ? [] : [other]));
        asked.answer = json({ owner: fewer });
        const after = await asked.rules.says(caller(who), '/orders/7');
        if (after === 'pass' && !isNamed(JSON.parse(JSON.stringify(other ?? null)), who)) assert.equal(before, 'pass');
      },
    ),
    { numRuns: 600 },
  );
});

test('no answer that is broken, mislabelled, of another status, or that never comes lets anybody in', async () => {
  const lookedUp = asking(`{ owner: 'path.orderId in owned(principal, "orders")' }`);
  const byOpa = asking('{ decide: [opa] }');
  const byPdp = asking('{ decide: [pdp] }');
  const good = '{"owner":"alice","result":true,"decision":true}';
  const broken: fc.Arbitrary<() => Promise<OutboundAnswer>> = fc.oneof(
    // Cut short, or with one byte changed into one that JSON cannot have there.
    fc.nat(good.length - 1).map((length) => json(good.slice(0, length))),
    fc.nat(good.length - 1).map((at) => json(`${good.slice(0, at)}\u0000${good.slice(at)}`)),
    fc.integer({ min: 100, max: 599 }).map((status) => json(good, status === 200 ? 206 : status)),
    fc
      .constantFrom('', 'text/html', 'text/json', 'application/jsonx', 'x/application/json')
      .map((type) => json(good, 200, type)),
    fc
      .constantFrom(`[${good}]`, `${good}${good}`, 'true', '"alice"', 'null', `{"owner":"bob",${good.slice(1)}`)
      .map((text) => json(text)),
    fc
      .uint8Array({ maxLength: 64 })
      .map((body) => () => Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body })),
    fc.constant(() => Promise.reject(new Error('it did not answer in time'))),
  );
  await fc.assert(
    fc.asyncProperty(broken, fc.constantFrom(lookedUp, byOpa, byPdp), async (answer, asked) => {
      asked.answer = answer;
      assert.notEqual(await asked.rules.says(caller('alice'), '/orders/7'), 'pass');
    }),
    { numRuns: 1_000 },
  );
  for (const asked of [lookedUp, byOpa, byPdp]) {
    asked.answer = json(good);
    assert.equal(await asked.rules.says(caller('alice'), '/orders/7'), 'pass', 'the good one does');
  }
});

test('of all JSON, only a decision that is true permits', async () => {
  const opa = asking('{ decide: [opa] }');
  const pdp = asking('{ decide: [pdp] }');
  const value = fc.oneof(
    fc.constantFrom<unknown>(true, false, 'true', 1, [true], { allow: true }, { allow: 1 }),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('result', 'decision', 'allow', 'Decision'), value, async (member, what) => {
      const body = { [member]: what };
      opa.answer = json(body);
      pdp.answer = opa.answer;
      const allowed = typeof what === 'object' && what !== null && 'allow' in what && what.allow === true;
      const yes = member === 'result' && (what === true || (allowed && !Array.isArray(what)));
      assert.equal((await opa.rules.says(caller('alice'), '/orders/7')) === 'pass', yes);
      const decided = member === 'decision' && what === true;
      assert.equal((await pdp.rules.says(caller('alice'), '/orders/7')) === 'pass', decided);
    }),
    { numRuns: 600 },
  );
});

test('no object changes where its question goes', async () => {
  const templates = [
    'https://shop.example/a/{id}',
    'https://shop.example/a/{id}/owner?x=1',
    'https://shop.example/a?x=1&id={id}&y=2',
  ];
  const hostile = fc.constantFrom(
    '/',
    '%',
    '?',
    '#',
    '..',
    '.',
    '\\',
    ';',
    '@',
    ':',
    '&',
    '=',
    '+',
    ' ',
    '\r\n',
    '\u0000',
    '%2f',
    '%00',
    '\u2028',
    '．',
    '／',
    '\ud800',
    'é',
    '日',
    '😀',
    '{',
    '|',
  );
  const object = fc.oneof(
    fc
      .array(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 6 })
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  for (const template of templates) {
    const urls: string[] = [];
    const fetch: Fetch = ({ url }) => {
      urls.push(url);
      return Promise.resolve({ status: 404, headers: {}, body: new Uint8Array() });
    };
    const rules = new Authoriser({
      outside: `owners: { orders: { type: http, url: "${template}", cacheSeconds: 0, negativeCacheSeconds: 0 } }`,
      authorize: `{ owner: 'only(query["id"]) in owned(principal, "orders")' }`,
      path: '/orders',
      parts: { fetch },
    });
    const plain = new URL(template.replace('{id}', 'plain'));
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(object, async (text) => {
        urls.length = 0;
        if (!text.isWellFormed()) return;
        assert.equal(await rules.says(caller('alice'), `/orders?id=${encodeURIComponent(text)}`), 'authz.owner');
        for (const one of urls) {
          asked++;
          const url = new URL(one);
          const segments = url.pathname.split('/').map(decodeURIComponent);
          const wanted = plain.pathname.split('/').map((segment) => (segment === 'plain' ? text : segment));
          assert.deepEqual(segments, wanted);
          assert.deepEqual([url.origin, url.hash, url.username], [plain.origin, '', '']);
          const parameters = [...plain.searchParams].map(([key, value]) => [key, value === 'plain' ? text : value]);
          assert.deepEqual([...url.searchParams], parameters);
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(asked > 40, 'many were asked');
  }
});
