import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, factsOf } from './access-fixture.test.ts';
import { type CountryOf, readCountries } from './countries.ts';
import { mmdbOf } from './mmdb-fixture.test.ts';

const NETWORKS = { '192.0.2.0/24': 'AT', '198.51.100.0/25': 'CH', '2001:db8::/32': 'DE' };

function finderOf(file: Uint8Array): CountryOf {
  const read = readCountries(file);
  assert.ok(read.ok, JSON.stringify(read));
  return read.countryOf;
}

for (const recordSize of [24, 28, 32] as const)
  test(`addresses are found in a tree of ${recordSize} bits, the first time and from memory`, () => {
    const countryOf = finderOf(mmdbOf(NETWORKS, { recordSize }));
    for (let round = 0; round < 2; round++) {
      assert.equal(countryOf('192.0.2.7'), 'AT');
      assert.equal(countryOf('198.51.100.1'), 'CH');
      assert.equal(countryOf('198.51.100.129'), undefined);
      assert.equal(countryOf('2001:db8::5'), 'DE');
      assert.equal(countryOf('2001:db9::5'), undefined);
      assert.equal(countryOf('no address'), undefined);
      assert.equal(countryOf(''), undefined);
    }
  });

test('an IPv6 address is not looked up in a tree of IPv4, where its first bits would mean something else', () => {
  const countryOf = finderOf(mmdbOf({ '32.0.0.0/4': 'AT' }, { ipVersion: 4 }));
  assert.equal(countryOf('32.1.2.3'), 'AT');
  assert.equal(countryOf('2001:db8::1'), undefined);
});

test('what is remembered of addresses is bounded', () => {
  const countryOf = finderOf(mmdbOf({ '10.0.0.0/8': 'AT' }));
  for (let i = 0; i < 20_000; i++) assert.equal(countryOf(`10.0.${i >> 8}.${i & 255}`), 'AT');
});

test('a file that is cut off, empty, or something else is refused', () => {
  const whole = mmdbOf(NETWORKS);
  for (const file of [new Uint8Array(0), Buffer.from('not a database'), whole.subarray(0, 100)])
    assert.ok(!readCountries(file).ok);
  // Metadata as it was, and most of the tree gone.
  assert.ok(!readCountries(whole.subarray(600)).ok);
  const wild = Buffer.from(whole);
  wild.writeUIntBE(0xffffff, 0, 3);
  const read = readCountries(wild);
  assert.ok(!read.ok && /leads out of the file/.test(read.problem), JSON.stringify(read));
});

test('a record that cannot be read permits nothing', () => {
  const damaged = Buffer.from(mmdbOf({ '192.0.2.0/24': 'AT' }));
  // The map of the record becomes a text that is longer than the file.
  const record = damaged.indexOf('country') - 2;
  damaged.set([0x5f, 0xff, 0xff, 0xff], record);
  const read = readCountries(damaged);
  assert.ok(read.ok);
  assert.equal(decide(read.countryOf, '192.0.2.1', { countries: ['AT'] }), 'authz.rule');
});

function decide(countryOf: CountryOf | undefined, address: string, conditions: object, deny: object[] = []): string {
  const rules = deny.map((rule, i) => ({ name: `d${i}`, conditions: { ...ASKS_NOTHING, ...rule } }));
  const policy = { name: '', conditions: { ...ASKS_NOTHING, ...conditions }, deny: rules };
  const verdict = compileAccess([policy], [], countryOf).judge(factsOf(ALICE, { address }));
  return verdict.kind === 'deny' ? verdict.reason : verdict.kind;
}

test('an address that no country is known of meets nothing, and is denied where it was to be denied', () => {
  const countryOf = finderOf(mmdbOf(NETWORKS));
  const from = (address: string, conditions: object, deny: object[] = []) =>
    decide(countryOf, address, conditions, deny);
  assert.equal(from('192.0.2.1', { countries: ['AT', 'CH'] }), 'pass');
  assert.equal(from('2001:db8::1', { countries: ['AT', 'CH'] }), 'authz.rule');
  assert.equal(from('203.0.113.1', { countries: ['AT', 'CH'] }), 'authz.rule');
  assert.equal(from('192.0.2.1', {}, [{ countries: ['DE'] }]), 'pass');
  assert.equal(from('2001:db8::1', {}, [{ countries: ['DE'] }]), 'authz.denied');
  assert.equal(from('203.0.113.1', {}, [{ countries: ['DE'] }]), 'authz.rule');
  // What the rule asks besides, and is not met, settles it.
  assert.equal(from('203.0.113.1', {}, [{ countries: ['DE'], when: 'request.address != "203.0.113.1"' }]), 'pass');
  assert.equal(decide(undefined, '192.0.2.1', { countries: ['AT'] }), 'authz.rule');
});
