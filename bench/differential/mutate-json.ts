import { editJson, escapeSome, objectText, some } from './json-text.ts';
import { goodMembers, memberTexts } from './mutate-claims.ts';
import type { SeededRandom } from './random.ts';

/** Members that change nothing for a verifier, as JSON text. */
const HARMLESS = [
  '"typ":"JWT"',
  '"typ":"at+jwt"',
  '"typ":"application/at+jwt"',
  '"cty":"json"',
  '"kid":"k1"',
  '"kid":"../../../../dev/null"',
  '"x5t":"abc"',
  '"x5t#S256":"abc"',
  '"nonce":"n"',
  '"ver":1.0',
  '"deep":[[[[[1]]]]]',
  '"":""',
  '"\\u0061":"\\ud83d\\ude00"',
  '"toString":1',
  '"constructor":{"prototype":{"alg":"none"}}',
  '"__proto__":{"alg":"none"}',
  '"ALG":"none"',
  '"\u0430lg":"none"',
];

/** Members that have made a verifier trust what it was sent, or read it in another way. */
const HOSTILE = [
  '"crit":["exp"],"exp":1',
  '"crit":["b64"],"b64":false',
  '"crit":["b64"],"b64":true',
  '"crit":[]',
  '"crit":null',
  '"crit":"x"',
  '"crit":["alg"]',
  '"crit":["x","x"],"x":1',
  '"b64":false',
  '"b64":true',
  '"b64":"false"',
  '"b64":null',
  '"zip":"DEF"',
  '"enc":"A128GCM"',
  '"jwk":{"kty":"oct","k":"AAAA"}',
  '"jwk":null',
  '"jku":"https://attacker.example/jwks.json"',
  '"x5u":"https://attacker.example/cert.pem"',
  '"x5c":["MIIB"]',
  '"kid":""',
  '"kid":null',
  '"kid":1',
  '"kid":["k1"]',
  '"kid":"a b"',
  '"kid":"\\u0000"',
  '"typ":1',
  '"typ":null',
  '"\\u0063rit":["x"],"x":1',
  '"alg":"none"',
  '"alg":"HS256"',
  '"\\u0061lg":"none"',
  '"n":1e999',
  '"n":01',
  '"n":NaN',
  '"s":"\\ud800"',
  '"s":"\n"',
  `"deep":${'['.repeat(40)}${']'.repeat(40)}`,
  `"long":"${'x'.repeat(2000)}"`,
  `${Array.from({ length: 80 }, (_, i) => `"m${i}":0`).join()}`,
];

const NUMBERS = [
  ...['0', '-0', '-1', '1.5', '1e3', '1E+3', '1e-400', '9007199254740993', '1e308', '0.1e1', '-0.0', '123456789e-2'],
  ...[
    '1e309',
    '-1e999',
    '01',
    '-01',
    '+1',
    '1.',
    '.5',
    '1e',
    '0x10',
    '1_0',
    'NaN',
    'Infinity',
    '-',
    '--1',
    '1n',
    '1,0',
  ],
];

const VALUES = [
  ...['true', 'false', 'null', '"x"', '""', '[]', '{}', '[1,[2,[3]]]', '{"a":{"b":{"c":1}}}', '"\\u0041\\/\\n"'],
  ...[
    '"\\ud83d\\ude00"',
    '"\u{1f600}é"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\x41"',
    '"\t"',
    "'x'",
    'undefined',
    'True',
  ],
  ...[
    '[1,]',
    '{"a":1,}',
    '{"a":1,"a":2}',
    '[{"a":1,"\\u0061":2}]',
    '{"__proto__":{"admin":true}}',
    '[,]',
    '{a:1}',
    '"',
  ],
];

/** Whole texts instead of an object. */
const DOCUMENTS: readonly (string | Uint8Array)[] = [
  ...[
    '',
    ' ',
    '{}',
    '[]',
    'null',
    '"x"',
    '1',
    'true',
    '{"a":1}{"b":2}',
    '{"a":1}x',
    '{"a":1} ',
    '\ufeff{"a":1}',
    '{',
    '}',
  ],
  ...['{"a":1}\0', '{"a":1}//', '/**/{}', '{"sub":"a"', '{"sub":"a","sub":"b"}', '{"\\u0073ub":"a","sub":"b"}'],
  Buffer.from('{"sub":"\xff"}', 'latin1'),
  Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from('{"a":1}', 'utf16le'),
  `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
];

const ALGORITHM_NAMES = [
  ...[
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'HS384',
    'HS512',
    'ES256',
    'ES384',
    'ES512',
    'ES256K',
    'RS256',
    'RS384',
  ],
  ...[
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'EdDSA',
    'Ed25519',
    'Ed448',
    'RS1',
    'dir',
    'A128KW',
    'RSA-OAEP',
    'constructor',
  ],
];

/** A header for `algorithm`: still a good one in about half of the cases. */
export function headerJson(random: SeededRandom, algorithm: string): string {
  const name = JSON.stringify(algorithm);
  switch (random.below(10)) {
    case 0:
      return objectText(random, [`"alg":${name}`, random.pick(HOSTILE)]);
    case 1:
      return objectText(random, [`"alg":${name}`, random.pick(HOSTILE), random.pick(HARMLESS)]);
    case 2:
      return objectText(random, [`"alg":${algorithmText(random, algorithm)}`]);
    case 3:
      return objectText(random, [
        `"${escapeSome(random, 'alg')}":"${escapeSome(random, algorithm)}"`,
        random.pick(HARMLESS),
      ]);
    case 4:
      return objectText(random, [`"alg":${name}`, `"x":${random.pick([...NUMBERS, ...VALUES])}`]);
    case 5:
      return editJson(random, objectText(random, [`"alg":${name}`, random.pick(HARMLESS), '"kid":"k1"']));
    default:
      return objectText(random, [`"alg":${name}`, ...some(random, HARMLESS)]);
  }
}

/** Claims: still good ones in about half of the cases; what they say of issuer, audience and times stays right. */
export function payloadJson(random: SeededRandom): string | Uint8Array {
  const members = memberTexts(goodMembers(random));
  switch (random.below(10)) {
    case 0:
      return random.pick(DOCUMENTS);
    case 1:
      return objectText(random, [...members, `"n":${random.pick(NUMBERS)}`]);
    case 2:
      return objectText(random, [...members, `"v":${random.pick(VALUES)}`]);
    case 3:
      return objectText(random, [...members, `"${escapeSome(random, 'sub')}":"other"`]);
    case 4:
      return editJson(random, objectText(random, members));
    case 5: {
      const bytes = Buffer.from(objectText(random, members));
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    }
    default:
      return objectText(random, [
        ...members,
        ...some(random, ['"n":1', '"é":"\u{1f600}"', '"__proto__":{"admin":true}', '"a":{"b":[]}']),
      ]);
  }
}

function algorithmText(random: SeededRandom, algorithm: string): string {
  const others = [
    JSON.stringify(random.pick(ALGORITHM_NAMES)),
    JSON.stringify(algorithm.toLowerCase()),
    JSON.stringify(` ${algorithm}`),
    JSON.stringify(`${algorithm}\0`),
    ...[`["${algorithm}"]`, `{"alg":"${algorithm}"}`, 'null', '0', 'true', `"${algorithm}`, `'${algorithm}'`],
  ];
  return random.pick(others);
}
