import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitRuleProblem } from '../limit/limit-rule.ts';
import { consumerProblem, keyProblem, type NewKey } from './api-key-rules.ts';

const NOW_MS = 1_790_000_000_000;
const RATE = { kind: 'rate', per: ['key'], permits: 100, windowSeconds: 60, burst: 100, cost: 1 } as const;
const QUOTA = { kind: 'quota', per: ['key'], permits: 1_000, window: 'day', cost: 1 } as const;

test('a wanted key is taken or refused by each of its fields', () => {
  const cases: readonly (readonly [Partial<NewKey>, boolean])[] = [
    [{}, true],
    [{ consumer: 'A.b-c_9' }, true],
    [{ consumer: 'x'.repeat(64) }, true],
    [{ consumer: '' }, false],
    [{ consumer: 'x'.repeat(65) }, false],
    [{ consumer: 'a b' }, false],
    [{ consumer: 'acme\n' }, false],
    [{ consumer: 'akmé' }, false],
    [{ name: 'Büro 1' }, true],
    [{ name: 'x'.repeat(101) }, false],
    [{ name: 'a\r\nb' }, false],
    [{ name: 'a\x7f' }, false],
    [{ scopes: ['read:orders', 'a', '!#[]~'] }, true],
    [{ scopes: [''] }, false],
    [{ scopes: ['a b'] }, false],
    [{ scopes: ['"'] }, false],
    [{ scopes: ['\\'] }, false],
    [{ scopes: ['a\n'] }, false],
    [{ scopes: ['x'.repeat(129)] }, false],
    [{ scopes: Array.from({ length: 65 }, (_, i) => `s${i}`) }, false],
    [{ allowedCidrs: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] }, true],
    [{ allowedCidrs: ['10.0.0.0/33'] }, false],
    [{ allowedCidrs: [''] }, false],
    [{ allowedCidrs: ['*'] }, false],
    [{ allowedCidrs: Array.from({ length: 65 }, (_, i) => `10.0.0.${i}`) }, false],
    [{ expiresAtMs: NOW_MS + 1 }, true],
    [{ expiresAtMs: NOW_MS }, false],
    [{ expiresAtMs: -1 }, false],
    [{ expiresAtMs: 1.5 }, false],
    [{ expiresAtMs: Number.NaN }, false],
    [{ expiresAtMs: Number.POSITIVE_INFINITY }, false],
    [{ routes: ['orders', 'orders:GET,HEAD', 'a.b-c_d:PURGE'] }, true],
    [{ routes: [''] }, false],
    [{ routes: ['orders:'] }, false],
    [{ routes: ['orders:get'] }, false],
    [{ routes: ['orders:GET,'] }, false],
    [{ routes: ['orders:GET:HEAD'] }, false],
    [{ routes: ['/orders/*'] }, false],
    [{ routes: ['*'] }, false],
    [{ routes: Array.from({ length: 65 }, (_, i) => `r${i}`) }, false],
    [{ limits: [RATE] }, true],
    [{ limits: [RATE, QUOTA] }, true],
    [{ limits: [RATE, RATE] }, false],
    [{ limits: [{ ...RATE, per: ['consumer'] }] }, false],
    [{ limits: [{ ...RATE, per: ['key', 'route'] }] }, false],
    [{ limits: [{ ...RATE, cost: 0 }] }, false],
    [{ limits: [{ ...RATE, permits: 0 }] }, false],
    [{ limits: [{ ...QUOTA, permits: Number.POSITIVE_INFINITY }] }, false],
    [{ idleSeconds: 0 }, true],
    [{ idleSeconds: -1 }, true],
    [{ idleSeconds: 86_400 }, true],
    [{ idleSeconds: 1 }, false],
    [{ idleSeconds: -2 }, false],
    [{ idleSeconds: Number.NaN }, false],
    [{ notBeforeMs: NOW_MS + 5 }, true],
    [{ notBeforeMs: -1 }, false],
    [{ notBeforeMs: NOW_MS + 5, expiresAtMs: NOW_MS + 5 }, false],
    [{ notBeforeMs: NOW_MS + 5, expiresAtMs: NOW_MS + 6 }, true],
  ];
  for (const [change, good] of cases) {
    const problem = keyProblem({ consumer: 'acme', ...change }, NOW_MS, limitRuleProblem);
    assert.equal(problem === undefined, good, `${JSON.stringify(change).slice(0, 80)}: ${problem?.message}`);
  }
});

test('what is wrong with a key is told with its field', () => {
  const rate = { kind: 'rate', per: ['address'], permits: 1, windowSeconds: 60, burst: 1, cost: 1 } as const;
  const quota = { kind: 'quota', per: ['address'], permits: 1, window: 'day', cost: 1 } as const;
  for (const [wanted, field] of [
    [{ consumer: 'a b' }, 'consumer'],
    [{ name: '\n' }, 'name'],
    [{ scopes: ['a b'] }, 'scopes'],
    [{ allowedCidrs: ['home'] }, 'allowedCidrs'],
    [{ expiresAtMs: NOW_MS - 1 }, 'expiresAtMs'],
    [{ notBeforeMs: -1 }, 'notBeforeMs'],
    [{ routes: ['a b'] }, 'routes'],
    [{ limits: [rate] }, 'rate'],
    [{ limits: [quota] }, 'quota'],
    [{ idleSeconds: 1 }, 'idleSeconds'],
  ] as const)
    assert.equal(keyProblem({ consumer: 'acme', ...wanted }, NOW_MS, limitRuleProblem)?.field, field);
});

test('a consumer is taken or refused by each of its fields', () => {
  const acme = { name: 'acme', groups: ['eu', 'partners'], tier: 'gold', disabled: false };
  assert.equal(consumerProblem(acme), undefined);
  assert.equal(consumerProblem({ ...acme, groups: [], tier: '' }), undefined);
  for (const [field, ...changes] of [
    ['name', { name: '' }, { name: 'a/b' }],
    ['groups', { groups: ['a b'] }, { groups: [''] }, { groups: Array.from({ length: 65 }, (_, i) => `g${i}`) }],
    ['tier', { tier: 'gold, silver' }, { tier: 'x'.repeat(65) }],
  ] as const)
    for (const change of changes) {
      const fault = consumerProblem({ ...acme, ...change });
      assert.equal(fault?.field, field, JSON.stringify(change).slice(0, 60));
    }
});
