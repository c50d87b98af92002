import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSignatures } from './signature-fields.ts';

const read = (input: string, signature = 's=:AAAA:') =>
  readSignatures({ headers: ['signature-input', input, 'signature', signature] });

describe('signature fields that are not clear are malformed', () => {
  const REFUSED: readonly (readonly [string, string, string?])[] = [
    ['a label twice', 's=();created=1, s=();created=2'],
    ['a label nobody signed', 's=(), t=()'],
    ['a signature of another label', 's=()', 't=:AAAA:'],
    ['five of them', 'a=(),b=(),c=(),d=(),e=()', 'a=:AA==:,b=:AA==:,c=:AA==:,d=:AA==:,e=:AA==:'],
    ['an empty signature', 's=()', 's=::'],
    ['a signature with a parameter', 's=()', 's=:AAAA:;p'],
    ['a signature that is a list', 's=()', 's=(:AAAA:)'],
    ['no list of components', 's="@method"'],
    ['a component that is a token', 's=(date)'],
    ['a component in capitals', 's=("Date")'],
    ['a component with a space', 's=("x y")'],
    ['a component that is a number', 's=(1)'],
    ['a component without a name', 's=("")'],
    ['a component twice', 's=("date" "date")'],
    ['a component twice, its parameters in another order', 's=("x";sf;key="a" "x";key="a";sf)'],
    ['a parameter of a component that is unknown', 's=("x";admin)'],
    ['one that every object has', 's=("x";constructor)'],
    ['a flag that is false', 's=("x";sf=?0)'],
    ['a flag that is text', 's=("x";bs="1")'],
    ['a key that is a token', 's=("x";key=a)'],
    ['a parameter of a component twice', 's=("x";key="a";key="b")'],
    ['an unknown parameter', 's=();admin=1'],
    ['a parameter twice', 's=();keyid="a";keyid="b"'],
    ['a time that is text', 's=();created="1"'],
    ['a time before all', 's=();created=-1'],
    ['half a second', 's=();created=1.5'],
    ['a date', 's=();created=@1'],
    ['a time beyond all calendars', 's=();expires=999999999999999'],
    ['a key id that is a token', 's=();keyid=a'],
    ['an empty nonce', 's=();nonce=""'],
    ['a nonce that is too long', `s=();nonce="${'n'.repeat(257)}"`],
    ['a field that is too long', `s=("${'n'.repeat(8_192)}")`],
    ['too many components', `s=(${Array.from({ length: 65 }, (_, i) => `"x${i}"`).join(' ')})`],
  ];
  for (const [name, input, signature] of REFUSED)
    test(name, () => assert.equal(read(input, signature).kind, 'malformed'));

  test('one field without the other', () => {
    assert.equal(readSignatures({ headers: ['signature', 's=:AAAA:'] }).kind, 'malformed');
    assert.equal(readSignatures({ headers: ['signature-input', 's=()'] }).kind, 'malformed');
    assert.equal(readSignatures({ headers: ['signature_input', 's=()', 'signatures', ''] }).kind, 'none');
  });
});

test('what is clear is read, over several lines too', () => {
  const input = '("@method" "x";key="a" "x";key="b");created=1;expires=2;nonce="n";alg="ed25519";keyid="k";tag="t"';
  const reading = readSignatures({
    headers: ['signature-input', `a=${input}`, 'signature-input', 'b=();created=1', 'signature', 'b=:AQ==:,a=:AAAA:'],
  });
  assert.ok(reading.kind === 'signatures');
  const [first, second] = reading.signatures;
  assert.equal(first?.parametersText, input);
  assert.deepEqual(
    first?.components.map(({ identifier }) => identifier),
    ['"@method"', '"x";key="a"', '"x";key="b"'],
  );
  const { created, expires, nonce, algorithm, keyId, tag } = first ?? {};
  assert.deepEqual([created, expires, nonce, algorithm, keyId, tag], [1, 2, 'n', 'ed25519', 'k', 't']);
  assert.deepEqual(second?.signature, new Uint8Array([1]));
});
