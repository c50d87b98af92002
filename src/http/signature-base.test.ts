import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signatureBase } from './signature-base.ts';
import { readSignatures } from './signature-fields.ts';

const CALL = {
  method: 'GET',
  scheme: 'https' as const,
  fromTrustedProxy: false,
  host: 'api.example.com',
  path: '/a%2Fb',
  query: '',
  bodyBytesDeclared: -1,
  headers: [] as readonly string[],
};

/** The lines of what is covered, or why there are none. */
function base(components: string, change: Partial<typeof CALL> = {}, origin?: string): string {
  const reading = readSignatures({
    headers: ['signature-input', `s=(${components});created=1`, 'signature', 's=:AAAA:'],
  });
  assert.ok(reading.kind === 'signatures', JSON.stringify(reading));
  const built = signatureBase({ ...CALL, ...change }, reading.signatures[0]!, origin);
  return built.ok ? built.text.slice(0, built.text.lastIndexOf('\n')) : `refused: ${built.detail}`;
}
const MISSING = 'refused: a covered component is not there, or cannot be part of a request';
const UNCLEAR = 'refused: a covered component is not one line of ASCII';

describe('two requests that differ do not have one signature base', () => {
  const REFUSED: readonly (readonly [string, string, Partial<typeof CALL>, string])[] = [
    ['a no-break space at the end', '"x"', { headers: ['x', 'admin\xa0'] }, UNCLEAR],
    ['a no-break space at the start', '"x"', { headers: ['x', '\xa0admin'] }, UNCLEAR],
    ['a line break', '"x"', { headers: ['x', 'a\n"@method": POST'] }, UNCLEAR],
    ['a line break at the end', '"x"', { headers: ['x', 'a\n'] }, UNCLEAR],
    ['a lone carriage return', '"x"', { headers: ['x', 'a\rb'] }, UNCLEAR],
    ['letters beyond ASCII', '"x"', { headers: ['x', 'caf\xe9'] }, UNCLEAR],
    ['a delete character', '"x"', { headers: ['x', 'a\x7f'] }, UNCLEAR],
    ['a second question mark', '"@query-param";name="a"', { query: '?a=1' }, MISSING],
    ['a parameter that is no UTF-8', '"@query-param";name="a"', { query: 'a=%FF' }, MISSING],
    ['a parameter name that is no UTF-8', '"@query-param";name="%EF%BF%BD"', { query: '%FF=1' }, MISSING],
    ['a parameter twice', '"@query-param";name="a"', { query: 'a=1&a=1' }, MISSING],
    ['a parameter twice, once encoded', '"@query-param";name="a"', { query: 'a=1&%61=2' }, MISSING],
    ['a parameter three times', '"@query-param";name="a"', { query: 'a=1&a=2&a=3' }, MISSING],
    ['a parameter whose name is not encoded', '"@query-param";name="a b"', { query: 'a+b=1' }, MISSING],
    ['a query parameter without a name', '"@query-param"', { query: 'a=1' }, MISSING],
    ['the query with a parameter', '"@query";name="a"', { query: 'a=1' }, MISSING],
    ['the status of an answer', '"@status"', {}, MISSING],
    ['something derived nobody knows', '"@client"', {}, MISSING],
    ['a method with a parameter', '"@method";req', {}, MISSING],
    ['a field of the request an answer is to', '"x";req', { headers: ['x', '1'] }, MISSING],
    ['a trailer', '"x";tr', { headers: ['x', '1'] }, MISSING],
    ['bytes and strict at once', '"x";bs;sf', { headers: ['x', '1'] }, MISSING],
    ['bytes and a member at once', '"x";bs;key="a"', { headers: ['x', 'a=1'] }, MISSING],
    ['a member that is there twice', '"x";key="a"', { headers: ['x', 'a=1', 'x', 'a=2'] }, MISSING],
    ['a strict field of unknown kind', '"x";sf', { headers: ['x', '1'] }, MISSING],
    ['a name of every object, strictly', '"constructor";sf', { headers: ['constructor', '1'] }, MISSING],
    ['a length nobody declared', '"content-length"', {}, MISSING],
    ['a field of the connection', '"transfer-encoding"', {}, MISSING],
  ];
  for (const [name, components, change, expected] of REFUSED)
    test(name, () => assert.equal(base(components, change), expected));

  test('bytes keep what is no padding', () => {
    assert.notEqual(base('"x";bs', { headers: ['x', 'a\xa0'] }), base('"x";bs', { headers: ['x', 'a'] }));
    assert.equal(base('"x";bs', { headers: ['x', ' \ta '] }), base('"x";bs', { headers: ['x', 'a'] }));
    assert.notEqual(base('"x";bs', { headers: ['x', 'a, b'] }), base('"x";bs', { headers: ['x', 'a', 'x', 'b'] }));
  });

  test('fields are found by their exact names', () => {
    assert.equal(base('"x-user"', { headers: ['x-user-id', '1', 'x_user', '2'] }), MISSING);
  });
});

describe('the values of components', () => {
  test('are those of the request as it is forwarded', () => {
    const call = { query: 'a=1&b=', method: 'PATCH' };
    assert.equal(
      base('"@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query"', call),
      [
        '"@method": PATCH',
        '"@target-uri": https://api.example.com/a%2Fb?a=1&b=',
        '"@authority": api.example.com',
        '"@scheme": https',
        '"@request-target": /a%2Fb?a=1&b=',
        '"@path": /a%2Fb',
        '"@query": ?a=1&b=',
      ].join('\n'),
    );
    assert.equal(base('"@query" "@target-uri"'), '"@query": ?\n"@target-uri": https://api.example.com/a%2Fb');
  });

  test('are those of the origin clients see, where one is configured', () => {
    assert.equal(
      base('"@target-uri" "@authority" "@scheme"', {}, 'http://public.example:8080'),
      '"@target-uri": http://public.example:8080/a%2Fb\n"@authority": public.example:8080\n"@scheme": http',
    );
  });

  test('of framing are what it was read as', () => {
    assert.equal(
      base('"host" "content-length"', { bodyBytesDeclared: 18 }),
      '"host": api.example.com\n"content-length": 18',
    );
  });

  test('of a field on several lines are one list, without padding; empty ones stay', () => {
    assert.equal(base('"x" "y"', { headers: ['x', ' a\t', 'y', '', 'x', '', 'x', 'b'] }), '"x": a, , b\n"y": ');
  });
});
