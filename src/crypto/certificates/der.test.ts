import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booleanOf, countOf, DerFault, DerReader, integerOf, namedBitsOf, onlyElement, TAG, timeOf } from './der.ts';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

for (const [name, hex] of [
  ['an indefinite length', '3080020101000'.padEnd(14, '0')],
  ['a length in a longer form than needed', '3081030201 01'.replaceAll(' ', '')],
  ['a length with leading zeros', `30820003020101`],
  ['a length beyond the end', '3004020101'],
  ['a length of five octets', '3085000000000100'],
  ['a missing length', '30'],
  ['bytes behind the element', '300302010100'],
  ['an identifier of several octets', '1f8101 00'.replaceAll(' ', '')],
  ['another identifier', '3103020101'],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(() => onlyElement(bytes(hex), TAG.sequence), DerFault);
  });

for (const [name, read] of [
  ['an integer with a needless zero', () => integerOf(new DerReader(bytes('02020001')).next())],
  ['a negative integer with a needless octet', () => integerOf(new DerReader(bytes('0202ffff')).next())],
  ['an empty integer', () => integerOf(new DerReader(bytes('0200')).next())],
  ['a negative count', () => countOf(new DerReader(bytes('0201ff')).next())],
  ['a boolean of 1', () => booleanOf(new DerReader(bytes('010101')).next())],
  ['a bit list with unused bits set', () => namedBitsOf(new DerReader(bytes('03020781')).next())],
  [
    'a time without seconds',
    () => timeOf(new DerReader(bytes(`170b${Buffer.from('2601011200Z').toString('hex')}`)).next()),
  ],
  [
    'a time with an offset',
    () => timeOf(new DerReader(bytes(`1711${Buffer.from('260101120000+0100').toString('hex')}`)).next()),
  ],
  [
    'the 30th of February',
    () => timeOf(new DerReader(bytes(`170d${Buffer.from('260230120000Z').toString('hex')}`)).next()),
  ],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(read, DerFault);
  });

test('times, lengths and bits have the values that were written', () => {
  const time = (tag: string, text: string) =>
    timeOf(
      new DerReader(
        bytes(`${tag}${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`),
      ).next(),
    );
  assert.equal(time('17', '491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(time('17', '500101000000Z'), Date.UTC(1950, 0, 1));
  assert.equal(time('18', '99991231235959Z'), Date.UTC(9999, 11, 31, 23, 59, 59));
  assert.equal(onlyElement(bytes(`308180${'00'.repeat(128)}`), TAG.sequence).contents.length, 128);
  assert.equal(namedBitsOf(new DerReader(bytes('03020106')).next()), (1 << 5) | (1 << 6));
  assert.equal(countOf(new DerReader(bytes('020200ff')).next()), 255);
});
