import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { BOUNDS, document, facts, outcome, type Sent } from './graphql-fixture.test.ts';
import { GraphqlInspection } from './inspection.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const nested = (depth: number): string => `${'{a'.repeat(depth)}${'}'.repeat(depth)}`;
const json = (value: unknown): Sent => ({ body: JSON.stringify(value) });

test('an ordinary document passes, by POST, by GET and as its own type', () => {
  const query = 'query Orders($n: Int) { orders(first: $n) { id total customer { name } } }';
  assert.equal(document(query, {}, { n: 20 }), 'pass');
  assert.equal(
    outcome({ method: 'GET', type: '', query: `query=${encodeURIComponent(query)}&variables={"n":5}` }),
    'pass',
  );
  assert.equal(outcome({ type: 'application/graphql', body: query }), 'pass');
  assert.equal(outcome({ type: 'application/json; charset=utf-8', body: JSON.stringify({ query }) }), 'pass');
  assert.equal(outcome({ method: 'OPTIONS', type: '' }), 'pass');
});

test('each bound refuses the first document above it and none at it', () => {
  assert.deepEqual([document(nested(10)), document(nested(11))], ['pass', 'graphql.depth']);
  const aliases = (count: number) => `{${Array.from({ length: count }, (_, at) => `a${at}: me`).join(' ')}}`;
  assert.deepEqual([document(aliases(15)), document(aliases(16))], ['pass', 'graphql.aliases']);
  const fields = (count: number) => `{${'f '.repeat(count)}}`;
  assert.deepEqual([document(fields(200)), document(fields(201))], ['pass', 'graphql.fields']);
  const directives = (count: number) => `{ f ${'@include(if: true) '.repeat(count)} }`;
  assert.deepEqual([document(directives(20)), document(directives(21))], ['pass', 'graphql.directives']);
  const cost = (count: number) => `{ orders(first: ${count}) { id } }`;
  assert.deepEqual([document(cost(999)), document(cost(1000))], ['pass', 'graphql.cost']);
  const batch = (count: number) => outcome(json(Array.from({ length: count }, () => ({ query: '{ me }' }))));
  assert.deepEqual([batch(5), batch(6)], ['pass', 'graphql.batch']);
  assert.equal(document('{ me }', { tokensMax: 2 }), 'graphql.too_large');
});

test('what fragments multiply is counted, and a bomb of them costs no more than its length', () => {
  const bomb = [
    '{ ...f0 }',
    ...Array.from(
      { length: 60 },
      (_, at) => `fragment f${at} on Q { ${at === 59 ? 'x' : `...f${at + 1} ...f${at + 1}`} }`,
    ),
  ].join('\n');
  assert.equal(document(bomb), 'graphql.fields');
  assert.equal(document('{ ...a } fragment a on Q { ...b } fragment b on Q { ...a }'), 'graphql.document');
  assert.equal(document('{ me } fragment a on Q { ...a }'), 'graphql.document');
  assert.equal(document('{ ...missing }'), 'graphql.document');
  assert.equal(document('{ ...a } fragment a on Q { x } fragment a on Q { y }'), 'graphql.document');
  const chain = [
    '{ ...f0 }',
    ...Array.from({ length: 12 }, (_, at) => `fragment f${at} on Q { x { ...f${at + 1} } }`),
    'fragment f12 on Q { x }',
  ].join(' ');
  assert.equal(document(chain), 'graphql.depth');
  assert.equal(document(nested(4000)), 'graphql.depth');
  assert.equal(document(`{ ... { ${'... on Q { '.repeat(600)} x ${'}'.repeat(600)} } }`), 'graphql.depth');
});

test('sizes of lists nobody can tell count as the largest', () => {
  for (const size of ['-1', '99999999999999999999', '"5"', '1e3', '[5]', 'ALL', '{n: 1}'])
    assert.equal(document(`{ a(first: ${size}) { b } }`), 'graphql.cost', size);
  const query = 'query($n: Int = 5000) { a(last: $n) { b } }';
  assert.equal(document(query), 'graphql.cost');
  assert.equal(document(query, {}, { n: 5 }), 'pass');
  for (const n of [-1, 1e300, '5', [5], true, { toString: 1 }])
    assert.equal(document(query, {}, { n }), 'graphql.cost');
  assert.equal(document('{ a(first: 100) { b(first: 100) { c(first: 100) { d } } } }'), 'graphql.cost');
  assert.equal(document(`{ ${'search '.repeat(11)} }`), 'graphql.cost');
});

test('a batch is judged by what its operations ask for together', () => {
  const query = `{ ${'f '.repeat(60)} }`;
  assert.equal(outcome(json([{ query }, { query }, { query }])), 'pass');
  assert.equal(outcome(json([{ query }, { query }, { query }, { query }])), 'graphql.fields');
});

test('the schema is found under an alias, in a fragment and behind @skip', () => {
  for (const query of [
    '{ __schema { types { name } } }',
    '{ me: __type(name: "User") { name } }',
    '{ ...f } fragment f on Query { __schema { types { name } } }',
    '{ viewer { query { x: __schema { types { name } } } } }',
    '{ ... on Query { x: __schema @skip(if: false) { types { name } } } }',
    '#\n,,,{,__schema\ufeff{types{name}}}',
  ])
    assert.equal(document(query), 'graphql.introspection', query);
  assert.equal(document('{ __typename me(text: "__schema") # __schema\n }'), 'pass');
  assert.equal(document('{ __schema { types { name } } }', { introspection: true }), 'pass');
});

test('what servers could read as another operation is refused', () => {
  const table: readonly (readonly [string, Sent])[] = [
    ['a member twice', { body: '{"query":"{ me }","query":"{ __schema { x } }"}' }],
    ['a member twice by escape', { body: '{"query":"{ me }","qu\\u0065ry":"{ __schema { x } }"}' }],
    ['an unknown member', json({ query: '{ me }', id: 'x' })],
    ['a member in other case', json({ Query: '{ me }' })],
    ['query in body and query', { ...json({ query: '{ me }' }), query: 'query={__schema{x}}' }],
    ['operationName in the query of a POST', { ...json({ query: '{ me }' }), query: 'operationName=b' }],
    ['variables out of names', { ...json({ query: '{ me }' }), query: 'variables[n]=1000000' }],
    ['variables out of names with dots', { ...json({ query: '{ me }' }), query: 'variables.n=1000000' }],
    ['a list of queries', { ...json({ query: '{ me }' }), query: 'query%5B%5D={__schema{x}}' }],
    ['a name that ends at a NUL', { ...json({ query: '{ me }' }), query: 'query%00x={__schema{x}}' }],
    ['a member behind a semicolon', { ...json({ query: '{ me }' }), query: 'a=1;variables={"n":9}' }],
    ['variables out of names beside a query', { method: 'GET', type: '', query: 'query={me}&variables[n]=9' }],
    ['a query behind a semicolon', { method: 'GET', type: '', query: 'query={me}&a=1;query={__schema{x}}' }],
    ['a member after a space in other case', { method: 'GET', type: '', query: 'query={me}&%20Variables={}' }],
    ['a query that is no text', json({ query: ['{ me }'] })],
    ['variables as a list', json({ query: '{ me }', variables: [1] })],
    ['a parameter twice', { method: 'GET', type: '', query: 'query={me}&query={a}' }],
    ['a GET with a body', { ...json({ query: '{ me }' }), method: 'GET', query: 'query={me}' }],
    ['an OPTIONS with a body', { ...json({ query: '{ me }' }), method: 'OPTIONS' }],
    ['a batch in a batch', json([[{ query: '{ me }' }]])],
    ['an empty batch', json([])],
    ['no JSON', { body: '{ me }' }],
    ['a byte order mark', { body: '\ufeff{"query":"{ me }"}' }],
    ['nothing', { method: 'GET', type: '' }],
  ];
  for (const [what, sent] of table) assert.equal(outcome(sent), 'graphql.request', what);
});

test('the default of a variable counts, of several operations the largest', () => {
  const list = (defaults: string): string => `query a(${defaults}) { ...f } fragment f on Q { items(first: $n) { x } }`;
  assert.equal(document(list('$n: Int = 900')), 'pass');
  assert.equal(document(list('$n: Int = 1000')), 'graphql.cost');
  assert.equal(document(list('$n: Int = 1000'), {}, { n: 5 }), 'pass');
  assert.equal(document(list('$n: Int = 5'), {}, { n: 1000 }), 'graphql.cost');
  const two = `${list('$n: Int = 1')} query b($n: Int = 1000) { ...f }`;
  assert.equal(outcome({ body: JSON.stringify({ query: two, operationName: 'b' }) }), 'graphql.cost');
  assert.equal(outcome({ body: JSON.stringify({ query: two.replace('1000', '9'), operationName: 'b' }) }), 'pass');
});

test('what cannot be looked at is refused', () => {
  const good = json({ query: '{ me }' });
  const table: readonly Sent[] = [
    { ...good, type: '' },
    { ...good, type: 'text/plain' },
    { ...good, type: 'multipart/form-data; boundary=x' },
    { ...good, type: 'application/x-www-form-urlencoded' },
    { ...good, type: 'application/json; charset=utf-7' },
    { ...good, headers: ['content-type', 'application/graphql'] },
    { ...good, headers: ['content-encoding', 'gzip'] },
    { ...good, method: 'PUT' },
    { method: 'GET', type: '', upgrade: 'websocket' },
  ];
  for (const sent of table) assert.equal(outcome(sent), 'graphql.transport', JSON.stringify(sent));
  const large = new GraphqlInspection(BOUNDS).judge({ ...facts(good), body: { kind: 'tooLarge' } });
  assert.equal(large.kind === 'deny' && large.reason, 'graphql.too_large');
});

test('every operation of a document has to be allowed, whichever is named', () => {
  const body = (operationName: string | null | undefined, query: string) => outcome(json({ query, operationName }));
  const two = 'query a { me } query b { __schema { types { name } } }';
  assert.equal(body('a', two), 'graphql.introspection');
  assert.equal(body(undefined, 'query a { me } query b { me }'), 'graphql.document');
  assert.equal(body('c', 'query a { me }'), 'graphql.document');
  assert.equal(body('a', 'query a { me } query a { you }'), 'graphql.document');
  assert.equal(body('a', 'query a { me } query b { you }'), 'pass');
  assert.equal(body(null, 'subscription { news }'), 'graphql.subscription');
  assert.equal(outcome({ method: 'GET', type: '', query: 'query=mutation{drop}' }), 'graphql.method');
  assert.equal(
    outcome({ method: 'GET', type: '', query: 'query=query a{me} mutation b{drop}&operationName=a' }),
    'graphql.method',
  );
  assert.equal(document('mutation { add }'), 'pass');
  assert.equal(document('type Query { a: Int }'), 'graphql.document');
});

test('of persisted documents only the listed ones pass, by text, by id and by hash', () => {
  const text = '{ me }';
  const listed = { persisted: { first: text } };
  const sent = (query: string | undefined, sha256Hash?: string) =>
    json({ query, extensions: sha256Hash === undefined ? undefined : { persistedQuery: { version: 1, sha256Hash } } });
  assert.equal(outcome(sent(text), listed), 'pass');
  assert.equal(outcome(sent(undefined, hashOf(text)), listed), 'pass');
  assert.equal(outcome(sent(text, hashOf(text)), listed), 'pass');
  assert.equal(outcome(sent('{ me  }'), listed), 'graphql.persisted_unknown');
  assert.equal(outcome(sent(undefined, hashOf('{ you }')), listed), 'graphql.persisted_unknown');
  assert.equal(outcome(sent('{ you }', hashOf(text)), listed), 'graphql.persisted_mismatch');
  assert.equal(outcome(sent(undefined, hashOf(text))), 'graphql.persisted_unknown', 'without a list no hash is known');
  assert.equal(outcome(sent(undefined, 'x')), 'graphql.request');
  assert.equal(outcome(sent(undefined, hashOf(nested(20))), { persisted: { deep: nested(20) } }), 'graphql.depth');
});

test('details name figures, never the text', () => {
  const verdict = new GraphqlInspection(BOUNDS).judge(facts(json({ query: '{ secretWord(' })));
  assert.equal(verdict.kind, 'deny');
  assert.ok(!JSON.stringify(verdict).includes('secretWord'));
  const cost = new GraphqlInspection(BOUNDS).judge(facts(json({ query: '{ secretWord(first: 5000) { a } }' })));
  assert.deepEqual(cost, { kind: 'deny', reason: 'graphql.cost', detail: 'cost 5001, 1000 allowed' });
});

test('no text makes the inspection throw, and adding a field never makes a document pass', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    ' a',
    ' b:',
    '...',
    ' on',
    ' fragment',
    ' query',
    '"',
    '"""',
    '\\',
    '@x',
    '$',
    ':',
    '[',
    ']',
    '1',
    '#',
    '\n',
    '!',
    '=',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => document(text) !== ''),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom('POST', 'GET'),
      (text, method) => outcome({ method, query: text, body: method === 'GET' ? '' : text }) !== '',
    ),
    { numRuns: 1000 },
  );
  const tree: fc.Arbitrary<string> = fc.letrec<{ set: string }>((tie) => ({
    set: fc
      .array(
        fc.oneof(
          { depthSize: 'small' },
          fc.constantFrom('a', 'x: b', 'c(first: 9)'),
          tie('set').map((inner) => `d(last: 7) ${inner}`),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => `{ ${parts.join(' ')} }`),
  })).set;
  const tight = { costMax: 60, fieldsMax: 12, depthMax: 4, aliasesMax: 3 };
  fc.assert(
    fc.property(tree, (set) => {
      if (document(set, tight) === 'pass') return;
      assert.notEqual(document(`${set.slice(0, -1)} more }`, tight), 'pass');
    }),
  );
});
