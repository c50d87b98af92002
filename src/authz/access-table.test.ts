import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccessConditions, AccessPolicy } from '../core/access.ts';
import type { Principal } from '../core/principal.ts';
import { compileAccess } from './access.ts';
import {
  ALICE,
  ASKS_NOTHING,
  type CallOptions,
  CERTIFICATE,
  factsOf,
  KEY,
  NOBODY,
  SECOND,
} from './access-fixture.test.ts';

const ALLOWED = 'allowed';
const RULE = 'authz.rule';
const SIGN_IN = 'authz.sign_in';
const DENIED = 'authz.denied';
const NOT_OWNER = 'authz.owner';

type Row = readonly [
  name: string,
  conditions: Partial<AccessConditions>,
  outcomes: readonly (readonly [who: Principal | undefined, expected: string, options?: CallOptions])[],
];

const office = (more: object = {}) => ({
  times: [{ days: [] as const, fromMinutes: 480, toMinutes: 1080, zone: 'UTC', ...more }],
});
const at = (day: number, hour: number, minute = 0): CallOptions => ({ nowMs: Date.UTC(2026, 5, day, hour, minute) });

const TABLE: readonly Row[] = [
  [
    'nothing is asked',
    {},
    [
      [ALICE, ALLOWED],
      [KEY, ALLOWED],
      [NOBODY, ALLOWED],
    ],
  ],
  [
    'a consumer',
    { consumers: ['acme'] },
    [
      [ALICE, ALLOWED],
      [KEY, ALLOWED],
      [CERTIFICATE, RULE],
      [NOBODY, RULE],
      [{ ...ALICE, consumer: '' }, RULE],
      [{ ...ALICE, consumer: 'ACME' }, RULE],
      [{ ...ALICE, consumer: 'acme ' }, RULE],
    ],
  ],
  [
    'one of two consumers',
    { consumers: ['robot', 'acme'] },
    [
      [ALICE, ALLOWED],
      [CERTIFICATE, ALLOWED],
      [{ ...ALICE, consumer: 'other' }, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'a group',
    { groups: ['partners'] },
    [
      [ALICE, ALLOWED],
      [KEY, RULE],
      [CERTIFICATE, RULE],
      [NOBODY, RULE],
      [{ ...ALICE, groups: ['Partners'] }, RULE],
      [{ ...ALICE, groups: ['partners-of-others'] }, RULE],
    ],
  ],
  [
    'one of two groups',
    { groups: ['staff', 'machines'] },
    [
      [ALICE, RULE],
      [CERTIFICATE, ALLOWED],
      [{ ...ALICE, groups: ['staff'] }, ALLOWED],
      [NOBODY, RULE],
    ],
  ],
  [
    'a tier',
    { tiers: ['gold', 'platinum'] },
    [
      [ALICE, ALLOWED],
      [KEY, RULE],
      [{ ...ALICE, tier: 'silver' }, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'a method',
    { methods: ['jwt'] },
    [
      [ALICE, ALLOWED],
      [KEY, RULE],
      [CERTIFICATE, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'one of two methods',
    { methods: ['mtls', 'api-key'] },
    [
      [ALICE, RULE],
      [KEY, ALLOWED],
      [CERTIFICATE, ALLOWED],
      [NOBODY, RULE],
    ],
  ],
  [
    'a binding to a key',
    { bindings: ['dpop'] },
    [
      [ALICE, ALLOWED],
      [KEY, RULE],
      [CERTIFICATE, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'any binding',
    { bindings: ['dpop', 'mtls'] },
    [
      [ALICE, ALLOWED],
      [CERTIFICATE, ALLOWED],
      [KEY, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'a class of sign-in',
    { acr: ['urn:mfa', 'urn:hwk'] },
    [
      [ALICE, ALLOWED],
      [{ ...ALICE, acr: 'urn:hwk' }, ALLOWED],
      [{ ...ALICE, acr: 'urn:pwd' }, SIGN_IN],
      [{ ...ALICE, acr: '' }, SIGN_IN],
      [KEY, SIGN_IN],
      [NOBODY, SIGN_IN],
    ],
  ],
  [
    'a recent sign-in',
    { signedInWithinSeconds: 900 },
    [
      [ALICE, ALLOWED],
      [{ ...ALICE, authenticatedAtSeconds: SECOND - 900 }, ALLOWED],
      [{ ...ALICE, authenticatedAtSeconds: SECOND - 901 }, SIGN_IN],
      [{ ...ALICE, authenticatedAtSeconds: 0 }, SIGN_IN],
      [{ ...ALICE, authenticatedAtSeconds: Number.NaN }, SIGN_IN],
      [KEY, SIGN_IN],
      [NOBODY, SIGN_IN],
    ],
  ],
  [
    'addresses',
    { addresses: ['192.0.2.0/28', '2001:db8::/32'] },
    [
      [ALICE, ALLOWED],
      [NOBODY, ALLOWED],
      [ALICE, RULE, { address: '192.0.2.16' }],
      [ALICE, ALLOWED, { address: '192.0.2.15' }],
      [ALICE, ALLOWED, { address: '2001:db8::1' }],
      [ALICE, RULE, { address: '2001:db9::1' }],
      [ALICE, RULE, { address: 'unknown' }],
      [ALICE, RULE, { address: '' }],
    ],
  ],
  [
    'hours',
    office(),
    [
      [ALICE, ALLOWED],
      [NOBODY, ALLOWED],
      [ALICE, ALLOWED, at(15, 8)],
      [ALICE, ALLOWED, at(15, 17, 59)],
      [ALICE, RULE, at(15, 18)],
      [ALICE, RULE, at(15, 7, 59)],
      [ALICE, RULE, at(15, 0)],
    ],
  ],
  [
    'hours on weekdays',
    office({ days: ['mon', 'tue', 'wed', 'thu', 'fri'] }),
    [
      [ALICE, ALLOWED, at(15, 9)],
      [ALICE, ALLOWED, at(19, 9)],
      [ALICE, RULE, at(20, 9)],
      [ALICE, RULE, at(21, 9)],
    ],
  ],
  [
    'hours in another zone',
    office({ zone: 'America/New_York' }),
    [
      [ALICE, RULE],
      [ALICE, ALLOWED, at(15, 12)],
      [ALICE, RULE, at(15, 11, 59)],
      [ALICE, ALLOWED, at(15, 21, 59)],
      [ALICE, RULE, at(15, 22)],
    ],
  ],
  [
    'hours over midnight',
    { times: [{ days: ['mon'], fromMinutes: 1320, toMinutes: 360, zone: 'UTC' }] },
    [
      [ALICE, RULE],
      [ALICE, ALLOWED, at(15, 22)],
      [ALICE, ALLOWED, at(16, 5, 59)],
      [ALICE, RULE, at(16, 6)],
      [ALICE, RULE, at(15, 5)],
      [ALICE, RULE, at(16, 22)],
    ],
  ],
  [
    'a header',
    { headers: { 'x-region': ['eu', 'ch'] } },
    [
      [ALICE, ALLOWED, { headers: ['x-region', 'eu'] }],
      [ALICE, ALLOWED, { headers: ['x-region', 'ch'] }],
      [ALICE, RULE, { headers: ['x-region', 'us'] }],
      [ALICE, RULE, { headers: ['x-region', 'EU'] }],
      [ALICE, RULE, { headers: ['x-region', 'eu', 'x-region', 'us'] }],
      [ALICE, RULE, { headers: ['x-region', 'eu', 'x-region', 'eu'] }],
      [ALICE, RULE, { headers: ['x-region', ''] }],
      [ALICE, RULE],
      [NOBODY, ALLOWED, { headers: ['x-region', 'eu'] }],
    ],
  ],
  [
    'two conditions: both',
    { groups: ['partners'], addresses: ['192.0.2.0/28'] },
    [
      [ALICE, ALLOWED],
      [KEY, RULE],
      [ALICE, RULE, { address: '198.51.100.1' }],
      [NOBODY, RULE],
    ],
  ],
];

/** Whose object it is: what is asked, and who it is of. */
const OWNERS: readonly Row[] = [
  [
    'the object of a tenant',
    { owner: 'principal.claims.tenant == path.tenant' },
    [
      [ALICE, ALLOWED],
      [ALICE, NOT_OWNER, { parameters: { tenant: 't2', id: '7' } }],
      [ALICE, NOT_OWNER, { parameters: { tenant: 'T1', id: '7' } }],
      [KEY, RULE],
      [NOBODY, RULE],
    ],
  ],
  [
    'one’s own object, or anybody’s for an editor',
    { owner: 'path.id == principal.subject || (has(principal.claims.roles) && "editor" in principal.claims.roles)' },
    [
      [ALICE, ALLOWED],
      [KEY, NOT_OWNER],
      [{ ...KEY, subject: '7' }, ALLOWED],
      [NOBODY, NOT_OWNER],
    ],
  ],
];

/** One rule that denies, beside a policy that asks nothing. */
const DENIALS: readonly Row[] = [
  [
    'deny a consumer',
    { consumers: ['acme'] },
    [
      [ALICE, DENIED],
      [KEY, DENIED],
      [CERTIFICATE, ALLOWED],
      [NOBODY, ALLOWED],
    ],
  ],
  [
    'deny a group',
    { groups: ['beta'] },
    [
      [ALICE, DENIED],
      [KEY, ALLOWED],
      [NOBODY, ALLOWED],
    ],
  ],
  [
    'deny addresses',
    { addresses: ['203.0.113.0/24'] },
    [
      [ALICE, ALLOWED],
      [ALICE, DENIED, { address: '203.0.113.9' }],
      [NOBODY, DENIED, { address: '203.0.113.9' }],
    ],
  ],
  [
    'deny where two things meet',
    { methods: ['api-key'], headers: { 'x-region': ['us'] } },
    [
      [KEY, ALLOWED],
      [KEY, DENIED, { headers: ['x-region', 'us'] }],
      [ALICE, ALLOWED, { headers: ['x-region', 'us'] }],
    ],
  ],
  [
    'deny by expression',
    { when: 'request.method == "DELETE" && !("admin" in consumer.groups)' },
    [
      [ALICE, ALLOWED],
      [ALICE, DENIED, { method: 'DELETE' }],
      [{ ...ALICE, groups: ['admin'] }, ALLOWED, { method: 'DELETE' }],
      [NOBODY, DENIED, { method: 'DELETE' }],
    ],
  ],
  [
    'an expression that cannot be found out denies',
    { when: 'principal.claims.blocked == true' },
    [
      [ALICE, RULE],
      [{ ...ALICE, claims: Object.assign(Object.create(null), { blocked: true }) as Principal['claims'] }, DENIED],
      [{ ...ALICE, claims: Object.assign(Object.create(null), { blocked: false }) as Principal['claims'] }, ALLOWED],
      [NOBODY, RULE],
    ],
  ],
  [
    'deny at night',
    { times: [{ days: [], fromMinutes: 1320, toMinutes: 360, zone: 'UTC' }] },
    [
      [ALICE, ALLOWED],
      [ALICE, DENIED, at(15, 23)],
      [NOBODY, DENIED, at(15, 3)],
    ],
  ],
];

const PARAMETERS = ['tenant', 'id'];

function decide(
  policies: readonly AccessPolicy[],
  principal: Principal | undefined,
  options: CallOptions = {},
): string {
  const verdict = compileAccess(policies, PARAMETERS).judge(factsOf(principal, options));
  return verdict.kind === 'pass' ? ALLOWED : verdict.kind === 'deny' ? verdict.reason : verdict.kind;
}

let decisions = 0;

describe('who may what', () => {
  for (const [name, conditions, outcomes] of [...TABLE, ...OWNERS])
    test(name, () => {
      for (const [who, expected, options] of outcomes) {
        const policy = { name: '', conditions: { ...ASKS_NOTHING, ...conditions }, deny: [] };
        assert.equal(decide([policy], who, options), expected, shown(who, options));
        decisions++;
      }
    });

  for (const [name, conditions, outcomes] of DENIALS)
    test(name, () => {
      for (const [who, expected, options] of outcomes) {
        const deny = [{ name: 'it', conditions: { ...ASKS_NOTHING, ...conditions } }];
        assert.equal(
          decide([{ name: 'p', conditions: ASKS_NOTHING, deny }], who, options),
          expected,
          shown(who, options),
        );
        decisions++;
      }
    });

  test('every policy has to permit, and one rule that denies is enough', () => {
    const permits: AccessPolicy = { name: 'a', conditions: { ...ASKS_NOTHING, groups: ['partners'] }, deny: [] };
    const refuses: AccessPolicy = { name: 'b', conditions: { ...ASKS_NOTHING, tiers: ['none'] }, deny: [] };
    const denies: AccessPolicy = {
      name: 'c',
      conditions: ASKS_NOTHING,
      deny: [{ name: 'd', conditions: { ...ASKS_NOTHING, consumers: ['acme'] } }],
    };
    const cases: [AccessPolicy[], string][] = [
      [[], ALLOWED],
      [[permits], ALLOWED],
      [[permits, permits], ALLOWED],
      [[permits, refuses], RULE],
      [[refuses, permits], RULE],
      [[permits, denies], DENIED],
      [[denies, permits], DENIED],
      [[refuses, denies], DENIED],
    ];
    for (const [policies, expected] of cases) {
      assert.equal(decide(policies, ALICE), expected);
      decisions++;
    }
  });

  test('there are at least 110 decisions here, and more than 200 in the table of expressions', () => {
    assert.ok(decisions >= 110, `${decisions} decisions`);
  });
});

function shown(who: Principal | undefined, options: CallOptions | undefined): string {
  return `${who === undefined ? 'nobody' : `${who.consumer}/${who.method}`} ${JSON.stringify(options ?? {})}`;
}
