import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessConditions } from '../core/access.ts';
import { ALICE, ASKS_NOTHING, type CallOptions, factsOf } from './access-fixture.test.ts';
import { RecordedAccess, type RecordedFacts } from './recorded-access.ts';

const INSIDE = '192.0.2.10';
const OUTSIDE = '198.51.100.7';
const ADDRESS_UNKNOWN = { kind: 'unknown', why: 'the client address' } as const;
const PASS = { kind: 'pass' } as const;
const countryOf = (address: string): string | undefined => (address === INSIDE ? 'AT' : 'US');

function judge(
  rules: { permit?: Partial<AccessConditions>; deny?: Partial<AccessConditions> },
  unknown: Partial<RecordedFacts>,
  options: CallOptions = {},
) {
  const policy = {
    name: '',
    conditions: { ...ASKS_NOTHING, ...rules.permit },
    deny: rules.deny === undefined ? [] : [{ name: 'rule', conditions: { ...ASKS_NOTHING, ...rules.deny } }],
  };
  return new RecordedAccess([policy], ['tenant', 'id'], countryOf).judge({
    ...factsOf(ALICE, options),
    principalUnknown: false,
    addressUnknown: false,
    issueUnknown: false,
    isSubject: undefined,
    ...unknown,
  });
}

test('rules of the client address decide by the recorded one only where the same proxies were believed', () => {
  for (const permit of [{ addresses: ['192.0.2.0/24'] }, { countries: ['AT'] }]) {
    const [rule] = Object.keys(permit);
    assert.deepEqual(judge({ permit }, {}, { address: INSIDE }), PASS);
    assert.deepEqual(judge({ permit }, {}, { address: OUTSIDE }), { kind: 'deny', reason: 'authz.rule', rule });
    for (const address of [INSIDE, OUTSIDE])
      assert.deepEqual(judge({ permit }, { addressUnknown: true }, { address }), ADDRESS_UNKNOWN);
  }
});

test('a rule that denies addresses neither denies nor lets pass where the address is not known', () => {
  for (const deny of [{ addresses: ['198.51.100.0/24'] }, { countries: ['US'] }]) {
    assert.deepEqual(judge({ deny }, {}, { address: INSIDE }), PASS);
    assert.equal(judge({ deny }, {}, { address: OUTSIDE }).kind, 'deny');
    for (const address of [INSIDE, OUTSIDE])
      assert.deepEqual(judge({ deny }, { addressUnknown: true }, { address }), ADDRESS_UNKNOWN);
  }
});

test('an expression that looks at an address that is not known is not known, and one that does not look is', () => {
  const looks = `request.address == '${INSIDE}'`;
  assert.deepEqual(judge({ permit: { when: looks } }, {}, { address: INSIDE }), PASS);
  assert.equal(judge({ permit: { when: looks } }, {}, { address: OUTSIDE }).kind, 'deny');
  for (const address of [INSIDE, OUTSIDE]) {
    const unknown = { kind: 'unknown', why: 'what when looks at' };
    assert.deepEqual(judge({ permit: { when: looks } }, { addressUnknown: true }, { address }), unknown);
    assert.deepEqual(
      judge({ permit: { when: `request.method == 'GET'` } }, { addressUnknown: true }, { address }),
      PASS,
    );
    // Whatever the address is, the other half decides.
    assert.deepEqual(
      judge({ permit: { when: `request.method == 'GET' || ${looks}` } }, { addressUnknown: true }, { address }),
      PASS,
    );
  }
});

test('what denies for certain denies, whatever is not known of the address', () => {
  const rules = { permit: { addresses: ['192.0.2.0/24'], tiers: ['silver'] } };
  assert.deepEqual(judge(rules, { addressUnknown: true }), { kind: 'deny', reason: 'authz.rule', rule: 'tiers' });
  // And a rule that denies is not met where one of its conditions is certainly not.
  assert.deepEqual(judge({ deny: { addresses: ['192.0.2.0/24'], tiers: ['silver'] } }, { addressUnknown: true }), PASS);
});
