import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { policyWith, read } from './call-fixture.test.ts';
import { addressGroup, CidrSet, ClientAddressReader, matchesCidr, parseCidr } from './client-address.ts';
import { addressText, parseAddress } from './ip-address.ts';

const proxies = policyWith(['10.0.0.0/8', '2001:db8:ffff::/48']);

function from(remoteAddress: string, ...fields: string[]): string {
  return read({ remoteAddress, fields }, proxies).address.text;
}

test('a client that is no trusted proxy cannot name another address', () => {
  assert.equal(from('192.0.2.1', 'X-Forwarded-For', '203.0.113.9'), '192.0.2.1');
  assert.equal(from('192.0.2.1', 'Forwarded', 'for=203.0.113.9'), '192.0.2.1');
  assert.equal(from('::ffff:192.0.2.1', 'X-Forwarded-For', '203.0.113.9'), '192.0.2.1');
});

test('behind trusted proxies the first address from the end that is not one of them is the client', () => {
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '203.0.113.9'), '203.0.113.9');
  assert.equal(from('::ffff:10.0.0.1', 'X-Forwarded-For', '203.0.113.9'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '203.0.113.9, 10.2.2.2,2001:db8:ffff::1'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '203.0.113.9', 'X-Forwarded-For', '10.2.2.2'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '[2001:db8::7]:443'), '2001:db8::7');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '203.0.113.9:1234'), '203.0.113.9');
  assert.equal(from('10.0.0.1'), '10.0.0.1');
});

test('what a client wrote left of the address its proxy saw is not believed', () => {
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '127.0.0.1, 203.0.113.9'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '127.0.0.1', 'X-Forwarded-For', '203.0.113.9'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '127.0.0.1, 203.0.113.9, 10.1.1.1'), '203.0.113.9');
});

test('a malformed entry ends the walk at the last trusted proxy', () => {
  for (const entry of [
    'garbage',
    '',
    '203.0.113.9 x',
    '203.0.113.009',
    '1.2.3',
    '[::1',
    '203.0.113.9:',
    '203.0.113.9:x',
    '[::1]9',
    'a'.repeat(99),
  ])
    assert.equal(from('10.0.0.1', 'X-Forwarded-For', `203.0.113.1, ${entry}, 10.7.7.7`), '10.7.7.7', entry);
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', ''), '10.0.0.1');
  assert.equal(from('10.0.0.1', 'X-Forwarded-For', '203.0.113.9,'), '10.0.0.1');
});

test('Forwarded is read where X-Forwarded-For is absent, and counts for nothing beside it', () => {
  assert.equal(from('10.0.0.1', 'Forwarded', 'for="[2001:db8:1::7]:443";proto=https'), '2001:db8:1::7');
  assert.equal(from('10.0.0.1', 'Forwarded', 'by=x;For=203.0.113.9, for=10.1.1.1'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'Forwarded', 'for=127.0.0.1', 'X-Forwarded-For', '203.0.113.9'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'Forwarded', 'for=127.0.0.1', 'X-Forwarded-For', ''), '10.0.0.1');
  for (const element of ['for=unknown', 'for=_hidden', 'proto=https', 'for=', 'for="'])
    assert.equal(from('10.0.0.1', 'Forwarded', `for=127.0.0.1, ${element}`), '10.0.0.1', element);
});

test('a quote the client opened does not swallow what its proxy appended', () => {
  assert.equal(from('10.0.0.1', 'Forwarded', 'for="127.0.0.1, for=203.0.113.9'), '203.0.113.9');
  assert.equal(from('10.0.0.1', 'Forwarded', 'by="', 'Forwarded', 'for=203.0.113.9'), '203.0.113.9');
});

test('an endless chain of trusted hops is followed for sixteen of them', () => {
  const chain = Array.from({ length: 4_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const reader = new ClientAddressReader(new CidrSet([parseCidr('10.0.0.0/8')!]));
  assert.equal(reader.read('10.9.9.9', ['x-forwarded-for', chain.join(',')]).text, chain.at(-16));
});

test('more addresses than are remembered are still told apart', () => {
  const reader = new ClientAddressReader(new CidrSet([]));
  for (let i = 0; i < 10_000; i++) {
    const text = `192.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    assert.equal(reader.read(text, []).text, text);
  }
});

test('IPv6 clients are counted by their /64, IPv4 clients by their address', () => {
  assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(addressGroup('2001:db8:1:2::'), '2001:db8:1:2::/64');
  assert.equal(addressGroup('fe80::1%eth0'), 'fe80::/64');
  assert.equal(addressGroup('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(addressGroup('nothing'), 'nothing');
});

test('a block that is none is undefined, never an empty or a larger one', () => {
  const texts = [
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
    '10.0.0/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    '::ffff:10.0.0.1',
    'example.com',
    '*',
    '10.0.0.0/1e1',
  ];
  for (const text of texts) assert.equal(parseCidr(text), undefined, text);
});

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

test('addresses are read as the runtime reads them, and written in one way', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (text) => {
      const parsed = parseAddress(text);
      assert.ok(parsed !== undefined, text);
      const canonical = addressText(parsed);
      if (parsed.version === 6) {
        const { address } = new SocketAddress({ address: text, family: 'ipv6' });
        // The runtime writes the low half of some addresses with dots; both mean the same words.
        assert.deepEqual(parseAddress(address), parsed);
        if (!address.includes('.')) assert.equal(canonical, address);
      }
      assert.equal(addressText(parseAddress(canonical)!), canonical);
    }),
    { numRuns: 2_000 },
  );
});

test('what the runtime does not take for an address is none', () => {
  const piece = fc.constantFrom(
    '1',
    '0',
    '255',
    '256',
    '01',
    '.',
    ':',
    '::',
    'ffff',
    'g',
    '10000',
    '%',
    ' ',
    '-',
    '1.2.3.4',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const known = parseAddress(text) !== undefined;
      const zone = text.indexOf('%');
      const bare = text.slice(0, zone).includes(':') && zone > 0 ? text.slice(0, zone) : text;
      assert.equal(known, isIPv4(bare) || isIPv6(bare), text);
    }),
    { numRuns: 3_000 },
  );
});

test('blocks hold the addresses the runtime says they hold', () => {
  const pair = fc.oneof(
    fc.tuple(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const)),
    fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 }), fc.constant('ipv6' as const)),
  );
  fc.assert(
    fc.property(pair, fc.boolean(), ([base, other, bits, family], near) => {
      // Random addresses hardly share a block: half of the time the base itself is asked for.
      const address = near ? base : other;
      if (parseAddress(base)?.version !== (family === 'ipv4' ? 4 : 6)) return;
      const list = new BlockList();
      list.addSubnet(base, bits, family);
      const cidr = parseCidr(`${base}/${bits}`);
      assert.ok(cidr !== undefined);
      assert.equal(matchesCidr(cidr, address), list.check(address, family), `${base}/${bits} ${address}`);
    }),
    { numRuns: 2_000 },
  );
  assert.equal(matchesCidr(parseCidr('0.0.0.0/0')!, '::1'), false);
  assert.equal(matchesCidr(parseCidr('::/0')!, '10.0.0.1'), false);
  assert.equal(matchesCidr(parseCidr('10.0.0.0/8')!, 'garbage'), false);
});
