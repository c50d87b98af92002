import { escapeSome, objectText, some } from './json-text.ts';
import { AUDIENCES, ISSUER, LIFETIME_SECONDS, NOW, SKEW_SECONDS } from './policy.ts';
import type { SeededRandom } from './random.ts';

const AUDIENCE = AUDIENCES[0];

/** Registered claims that both sides should take. */
export function goodMembers(random: SeededRandom): Map<string, string> {
  return new Map([
    ['iss', JSON.stringify(ISSUER)],
    ['aud', random.pick([JSON.stringify(AUDIENCE), JSON.stringify(AUDIENCES), JSON.stringify(['other', 'orders'])])],
    ['exp', String(NOW + 60 + random.below(1_000))],
    ['iat', String(NOW - random.below(1_000))],
    ['sub', `"user-${random.below(1_000)}"`],
    ['scope', '"read write"'],
  ]);
}

/** Names and values that have been taken for right ones, or sit on the edge of being so. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  iss: [
    JSON.stringify(ISSUER),
    JSON.stringify(`${ISSUER}/`),
    JSON.stringify(ISSUER.toUpperCase()),
    JSON.stringify(`${ISSUER}\0`),
    JSON.stringify(`${ISSUER}.evil.example`),
    JSON.stringify(ISSUER.slice(0, -1)),
    JSON.stringify(ISSUER.replace('https', 'http')),
    `"${[...ISSUER].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
    JSON.stringify([ISSUER]),
    ...['""', 'null', '0', 'true', '{}', '[]', `" ${ISSUER}"`],
  ],
  aud: [
    JSON.stringify(AUDIENCE),
    JSON.stringify([AUDIENCE]),
    JSON.stringify([AUDIENCE, AUDIENCE]),
    JSON.stringify(['a', 'orders', 'b']),
    JSON.stringify(['a', 'b']),
    JSON.stringify([[AUDIENCE]]),
    JSON.stringify([AUDIENCE, 1]),
    JSON.stringify([null, AUDIENCE]),
    JSON.stringify({ 0: AUDIENCE }),
    JSON.stringify(`${AUDIENCE} orders`),
    JSON.stringify(`${AUDIENCE},orders`),
    JSON.stringify(AUDIENCE.toUpperCase()),
    JSON.stringify(`${AUDIENCE}/`),
    JSON.stringify('order'),
    JSON.stringify(['ORDERS']),
    JSON.stringify(Array.from({ length: 70 }, () => AUDIENCE)),
    ...['""', '[]', 'null', '0', 'true', '{}', '[""]', '["*"]', '"*"', '[true]'],
  ],
  exp: [...timesAround(NOW - SKEW_SECONDS), ...timesAround(NOW), ...timesAround(NOW + LIFETIME_SECONDS)],
  nbf: [...timesAround(NOW + SKEW_SECONDS), ...timesAround(NOW), '0', '-1', '1'],
  iat: [...timesAround(NOW + SKEW_SECONDS), ...timesAround(NOW), ...timesAround(NOW - LIFETIME_SECONDS - SKEW_SECONDS)],
  sub: ['""', 'null', '0', '["a"]', '"a\\u0000b"', '"\\u2028"', `"${'s'.repeat(600)}"`, '"é"', '"user-1"'],
  scope: ['""', '"a"', '"a  b"', '["a","b"]', '"\\""', '1', 'null', `"${'x'.repeat(200)}"`],
  client_id: ['"user-1"', '""', 'null', '7', '"shop"'],
  jti: ['"1"', '""', '1', 'null', '"\\u0000"'],
  cnf: ['{}', 'null', '{"jkt":"abc"}', `{"jkt":"${'A'.repeat(43)}"}`, '{"kid":"x"}', '"x"'],
  act: ['{"sub":"a"}', '{"act":{"act":{"act":{"act":{"act":{}}}}}}', '[]', 'null'],
  auth_time: ['1', '"1"', String(NOW), '-1', 'null'],
};

/** A number at, before and after `seconds`, in the spellings and types a lax reader takes for one. */
function timesAround(seconds: number): string[] {
  const exact = [-2, -1, 0, 1, 2].map((offset) => String(seconds + offset));
  const near = [`${seconds}.0`, `${seconds}.5`, `${seconds - 1}.999`, `${seconds}e0`, `${seconds / 1e9}e9`];
  const strange = [`"${seconds}"`, `[${seconds}]`, `${seconds}000`, `-${seconds}`, '1e308', 'null', 'true', '""', '{}'];
  return [...exact, ...exact, ...near, ...strange];
}

const VARIED = Object.keys(VARIANTS);

/**
 * Claims of which one or two registered ones are other, on an edge, missing or there twice. About a fifth of them still
 * pass our rules.
 */
export function claimsJson(random: SeededRandom): string {
  const members = goodMembers(random);
  const twice: string[] = [];
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const name = random.pick(VARIED);
    const value = random.pick(VARIANTS[name] ?? ['null']);
    switch (random.below(12)) {
      case 0:
        members.delete(name);
        break;
      case 1:
        twice.push(`"${escapeSome(random, name)}":${value}`);
        break;
      default:
        members.set(name, value);
    }
  }
  return objectText(random, [...memberTexts(members), ...twice, ...some(random, ['"n":1', '"EXP":1', '"Aud":"x"'])]);
}

/** Members as texts, ready to be joined. */
export function memberTexts(members: ReadonlyMap<string, string>): string[] {
  return [...members].map(([name, value]) => `"${name}":${value}`);
}
