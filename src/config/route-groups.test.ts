import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load, marked, problemsOf } from './loading-fixture.test.ts';

const HEAD = `version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
policies: { partners: { groups: [partners], scopes: ["p:read"] } }
`;

const GROUPS = `${HEAD}routeGroups:
  api:
    host: api.example.com
    path: /v1
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { scopes: ["api"], policies: [partners], addresses: [10.0.0.0/8] }
    limits: [{ per: consumer, rate: 100/1m }]
    paths: { doubleSlash: reject }
  orders:
    group: api
    path: "/orders/{tenant}"
    mode: enforce
    inspect: { maxBodyBytes: 1KiB }
    authorize: { when: 'path.tenant == "a"' }
`;

const ROUTES = `${GROUPS}routes:
  - { id: one, group: orders, match: { path: "/{id}" }, authorize: { scopes: [own], tiers: [gold] } }
  - { id: all, group: orders, match: { path: /, methods: [GET] }, limits: [{ per: address, rate: 5/1s }] }
`;

test('a route has what its groups say: the nearest word of a setting, and all of what is asked and counted', () => {
  const result = load(ROUTES);
  assert.ok(result.ok, problemsOf(ROUTES).join('\n'));
  assert.deepEqual(result.warnings, []);
  const [one, all] = result.configuration.routes;
  assert.ok(one !== undefined && all !== undefined);
  assert.deepEqual(one.match, { host: 'api.example.com', path: '/v1/orders/{tenant}/{id}', methods: [] });
  assert.equal(all.match.path, '/v1/orders/{tenant}');
  assert.deepEqual(one.authenticate, { kind: 'anyOf', authenticators: ['keys'] });
  assert.deepEqual([one.upstream, one.mode, one.bodyBytesMax], ['shop', 'enforce', 1024]);
  assert.deepEqual(one.paths, { doubleSlash: 'reject' });
  assert.deepEqual(one.authorize.scopes, ['api', 'p:read', 'own']);
  assert.deepEqual(
    one.authorize.access.map(({ name, group }) => [name, group]),
    [
      ['group api', 'api'],
      ['partners', 'api'],
      ['group orders', 'orders'],
      ['', undefined],
    ],
  );
  assert.deepEqual([one.limits.length, all.limits.length], [1, 2]);
});

test('it is said where every setting comes from, with its line', () => {
  const result = load(ROUTES);
  assert.ok(result.ok);
  const texts = result.settings.of(1).map(({ setting, from, line }) => `${setting} ${from} ${line}`);
  assert.deepEqual(texts, [
    'host group api 8',
    'path group api 9',
    'path group orders 17',
    'path route 23',
    'upstream group api 10',
    'mode group orders 18',
    'authenticate group api 11',
    'keepCredentials default 0',
    'stages default 0',
    'inspect.maxBodyBytes group orders 19',
    'paths.doubleSlash group api 14',
    'authorize group api 12',
    'authorize group orders 20',
    'limits group api 13',
    'limits route 23',
  ]);
  assert.deepEqual(result.configuration.routes[1]?.origins, result.settings.of(1));
});

const ONE = 'routes: [{ id: a, group: orders, match: { path: /x }';

/** Each line: what it shows, the code, the path, and what stands after GROUPS with ▲ where the problem is. */
const PROBLEMS: readonly (readonly [string, string, string, string])[] = [
  ['no group', 'SP143', 'routes[0].group', 'routes: [{ id: a, group: ▲oders, match: { path: /x } }]'],
  ['another method', 'SP145', 'routes[0].authenticate', `${ONE}, authenticate: ▲{ allOf: [keys] } }]`],
  ['no method', 'SP145', 'routes[0].authenticate', `${ONE}, authenticate: ▲none }]`],
  ['a milder mode', 'SP145', 'routes[0].mode', `${ONE}, mode: ▲observe }]`],
  ['a mode from outside', 'SP145', 'routes[0].mode', `${ONE}, mode: ▲"\${env:MODE}" }]`],
  ['a milder stage', 'SP145', 'routes[0].stages', `${ONE}, stages: { authorise: ▲observe } }]`],
  ['a larger body', 'SP145', 'routes[0].inspect', `${ONE}, inspect: { maxBodyBytes: ▲1GiB } }]`],
  ['a path that was refused', 'SP145', 'routes[0].paths', `${ONE}, paths: { doubleSlash: ▲keep } }]`],
  [
    'a group weaker than the one around it',
    'SP145',
    'routeGroups.weak.authenticate',
    `  weak: { group: api, authenticate: ▲none }\n${ONE.replace('orders', 'weak')} }]`,
  ],
  ['nothing that is replaced', 'SP146', 'routes[0].replaces', `${ONE}, replaces: [▲mode] }]`],
  ['a group nobody is of', 'SP033', 'routeGroups.spare', `  ▲spare: { path: /x }\n${ONE} }]`],
  ['a group in itself', 'SP144', 'routeGroups.self.group', `  self: { group: ▲self }\n${ONE} }]`],
  [
    'groups in a circle',
    'SP144',
    'routeGroups.one.group',
    `  one: { group: ▲two }\n  two: { group: one }\n${ONE.replace('orders', 'one')} }]`,
  ],
  [
    'five groups in each other',
    'SP144',
    'routeGroups.e.group',
    `  c: { group: orders }\n  d: { group: c }\n  e: { group: ▲d }\n${ONE.replace('orders', 'e')} }]`,
  ],
  ['a misspelt key', 'SP010', 'routeGroups.x.autenticate', `  x: { group: api, ▲autenticate: none }\n${ONE} }]`],
  ['a path that ends with *', 'SP014', 'routeGroups.x.path', `  x: { group: api, path: ▲/a/* }\n${ONE} }]`],
  [
    'an unknown policy',
    'SP100',
    'routeGroups.x.authorize.policies[0]',
    `  x: { group: api, authorize: { policies: [▲no] } }\n${ONE.replace('orders', 'x')} }]`,
  ],
  [
    'a parameter its route has not',
    'SP101',
    'routeGroups.x.authorize.when',
    `  x: { group: api, authorize: { when: ▲'path.y == "1"' } }\n${ONE.replace('orders', 'x')} }]`,
  ],
  [
    'a path that does not begin with /',
    'SP014',
    'routes[0].match.path',
    'routes: [{ id: a, group: orders, match: { path: ▲x } }]',
  ],
  ['a group that is no text', 'SP012', 'routes[0].group', 'routes: [{ id: a, group: ▲[orders], match: { path: /x } }]'],
];

for (const [name, code, path, routes] of PROBLEMS)
  test(`refused or warned of: ${name}`, () => {
    const { text, place } = marked(`${GROUPS}${routes}\n`);
    const problems = problemsOf(text, { env: { MODE: 'enforce' } });
    assert.ok(problems.includes(`${code} ${place} ${path}`), problems.join('\n'));
  });

test('what replaces the word of the group on purpose says so, and what is stricter need not', () => {
  const said = `${ONE}, authenticate: none, mode: observe, replaces: [authenticate, mode] }]`;
  const result = load(`${GROUPS}${said}\n`.replace(/authorize: .*\n/g, '\n').replace('per: consumer', 'per: address'));
  assert.ok(result.ok);
  assert.deepEqual(result.configuration.routes[0]?.authenticate, { kind: 'none' });
  assert.deepEqual(
    problemsOf(`${GROUPS}${ONE}, mode: enforce, paths: { doubleSlash: reject }, keepCredentials: false }]\n`),
    [],
  );
});

test('what is wrong in a group is said once, however many routes are of it', () => {
  const routes = [1, 2, 3].map((id) => `  - { id: r${id}, group: api, match: { path: /${id} } }`).join('\n');
  const text = `${GROUPS.replace('upstream: shop', 'upstream: shp').replace('policies: [partners]', 'policies: [partner]')}routes:\n${routes}\n`;
  const problems = problemsOf(text);
  assert.equal(problems.filter((one) => one.startsWith('SP030')).length, 1, problems.join('\n'));
  assert.equal(problems.filter((one) => one.startsWith('SP100')).length, 1, problems.join('\n'));
});

const word = fc.constantFrom('observe', 'enforce', undefined);
const DOORS = {
  none: { kind: 'none' },
  '{ anyOf: [keys] }': { kind: 'anyOf', authenticators: ['keys'] },
  '{ allOf: [keys] }': { kind: 'allOf', authenticators: ['keys'] },
} as const;
const doors = fc.constantFrom('none', '{ anyOf: [keys] }', '{ allOf: [keys] }', undefined);
const said = fc.record({ mode: word, stage: word, door: doors, scope: fc.boolean() });

function keysOf({ mode, stage, door, scope }: typeof said extends fc.Arbitrary<infer T> ? T : never): string {
  return [
    mode === undefined ? '' : `, mode: ${mode}`,
    stage === undefined ? '' : `, stages: { authorise: ${stage} }`,
    door === undefined ? '' : `, authenticate: ${door}`,
    scope ? ', authorize: { scopes: ["s:group"] }' : '',
  ].join('');
}

test('whatever a route says, without a word of replacing it is no weaker than its group', () => {
  let loaded = 0;
  fc.assert(
    fc.property(said, said, (group, route) => {
      const text = `${HEAD.replace(/policies.*\n/, '')}routeGroups: { g: { upstream: shop${keysOf(group)} } }
routes:
  - { id: a, group: g, match: { path: /x }${keysOf(route).replace('s:group', 's:own')} }
`;
      const result = load(text);
      if (!result.ok) return;
      loaded++;
      const [own] = result.configuration.routes;
      assert.ok(own !== undefined);
      const stageOf = ({ stages, mode }: typeof own): string => stages.authorise ?? mode ?? 'enforce';
      if (group.door !== undefined) assert.deepEqual(own.authenticate, DOORS[group.door]);
      if (group.mode === 'enforce') assert.equal(own.mode, 'enforce');
      if (group.stage === 'enforce' || (group.mode === 'enforce' && group.stage === undefined))
        assert.equal(stageOf(own), 'enforce');
      if (group.scope) assert.ok(own.authorize.scopes.includes('s:group'));
    }),
    { numRuns: 300 },
  );
  assert.ok(loaded > 50, `${loaded} of the files load`);
});
