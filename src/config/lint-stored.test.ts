import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredHoldings } from './lint-stored.ts';
import { GOOD, load, problemsOf } from './loading-fixture.test.ts';

const NOBODY: StoredHoldings = { keyScopes: new Set(), groups: new Set(), tiers: new Set(['']) };

/** A route that asks for more, taking these methods besides keys. */
function asking(asked: string, authenticators = '', methods = 'keys'): string {
  return GOOD.replace('scopes: ["orders:read"]', asked)
    .replace('anyOf: [keys]', `anyOf: [${methods}]`)
    .replace('routes:', `${authenticators}routes:`);
}

const ISSUER = '  tokens: { type: jwt, issuer: "https://id.example", audience: a, algorithms: [ES256]';

test('what nobody has, in the store or in the file, is warned of; what somebody may have is not', () => {
  const asked = asking('scopes: [read], groups: [g], tiers: [t]');
  const found = (stored: StoredHoldings | undefined, text = asked): readonly string[] =>
    problemsOf(text, stored === undefined ? {} : { stored }).map((problem) => problem.replace(/ \d+:\d+/, ''));
  const all = ['scopes', 'groups', 'tiers'].map((one) => `SP195 routes[0].authorize.${one}`);
  assert.deepEqual(found(undefined), []);
  assert.deepEqual(found(NOBODY), all);
  assert.deepEqual(found({ keyScopes: new Set(['read']), groups: new Set(['g']), tiers: new Set(['t']) }), []);
  assert.deepEqual(found({ keyScopes: undefined, groups: undefined, tiers: undefined }), []);
  const registered = `${asked}consumers: { acme: { groups: [g], tier: t } }\n`;
  assert.deepEqual(found(NOBODY, registered), all.slice(0, 1));
});

test('what somebody has under nearly this name is told', () => {
  const stored = { keyScopes: new Set(['orders:read']), groups: new Set(['partners']), tiers: new Set(['', 'gold']) };
  const result = load(asking('scopes: [order:read], groups: [other, partner], tiers: [glod, x]'), { stored });
  assert.ok(result.ok);
  assert.deepEqual(
    result.warnings.map(({ code, fix }) => `${code} ${fix}`),
    ['orders:read', 'partners', 'gold'].map((meant) => `SP195 did you mean "${meant}"?`),
  );
});

test('groups that an issuer may name, and scopes that a token may have, are held by whoever it says', () => {
  const withTokens = (claims: string): readonly string[] =>
    problemsOf(asking('scopes: [read], groups: [g]', `${ISSUER}${claims} }\n`, 'keys, tokens'), { stored: NOBODY });
  assert.deepEqual(withTokens(', groupsClaim: groups'), []);
  const [only, ...others] = withTokens('');
  assert.match(only ?? '', /^SP195 .* routes\[0\]\.authorize\.groups$/);
  assert.deepEqual(others, []);
});
