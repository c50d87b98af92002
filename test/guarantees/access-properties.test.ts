import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { load } from '../../src/config/loading-fixture.test.ts';
import { Judge, type JudgedRequest } from '../harness/judge.ts';
import { credentials, KEY_SET, NOW_MS, presentedBy } from './decisions/callers.ts';

/** Properties of whole configurations, from the text a person writes to what becomes of a call. */

type Fields = Readonly<Record<string, unknown>>;

const CONDITIONS: readonly Fields[] = [
  { consumers: ['acme'] },
  { groups: ['staff'] },
  { roles: ['editor'] },
  { methods: ['jwt'] },
  { acr: ['urn:mfa'] },
  { signedInWithin: '1h' },
  { addresses: ['192.0.2.0/24'] },
  { times: [{ days: ['mon'], from: '08:00', to: '18:00' }] },
  { headers: { 'x-channel': 'web' } },
  { when: 'principal.claims.tenant == path.id' },
  { when: '"export" in query' },
  { when: 'principal.claims.level >= 2' },
];
const asked = fc
  .uniqueArray(fc.constantFrom(...CONDITIONS), { maxLength: 3 })
  .map((chosen) => Object.assign({}, ...chosen) as Fields);
const denyRule = fc
  .uniqueArray(fc.constantFrom(...CONDITIONS), { minLength: 1, maxLength: 2 })
  .map((chosen) => ({ name: 'd', ...(Object.assign({}, ...chosen) as Fields) }));
const authorize = fc.record({ asked, deny: fc.array(denyRule, { maxLength: 2 }) });
const caller = fc.constantFrom('alice', 'bob', 'carol', 'acme-key', 'globex-key');
const anybody = fc.constantFrom('nobody', 'forged', 'expired', 'garbled-key', 'alice', 'bob', 'acme-key');
const request = fc.record({
  target: fc.constantFrom('/x/t1', '/x/t2', '/x/7?export', '/x/t1?a=%00', '/x/%74%31', '/y', '/x/', '/x/a/b'),
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'),
  remoteAddress: fc.constantFrom('192.0.2.1', '203.0.113.9'),
  channel: fc.constantFrom(undefined, 'web', 'app'),
});

function configuration(rules: Fields): string {
  return stringify({
    version: 1,
    mode: 'enforce',
    upstreams: { a: { url: 'http://127.0.0.1:9' } },
    authenticators: {
      keys: { type: 'api-key', header: 'x-api-key' },
      corp: {
        type: 'jwt',
        issuer: 'https://id.example.com',
        audience: 'https://api.example.com',
        algorithms: ['ES256'],
        jwks: { file: 'corp' },
        groupsClaim: 'groups',
        rolesClaim: 'roles',
        consumer: { prefix: '' },
      },
    },
    routes: [
      {
        id: 'r',
        match: { path: '/x/{id}' },
        upstream: 'a',
        authenticate: { anyOf: ['keys', 'corp'] },
        authorize: rules,
      },
    ],
  });
}

function loads(text: string): boolean {
  return load(text, { readFile: () => KEY_SET }).ok;
}

function judgeOf(text: string): Judge {
  return new Judge({
    configuration: text,
    nowMs: NOW_MS,
    files: { corp: KEY_SET },
    parts: { credentials: credentials() },
  });
}

function callOf(who: string, { channel, ...of }: { channel: string | undefined } & JudgedRequest): JudgedRequest {
  const presented = presentedBy(who, {});
  const fields = channel === undefined ? [] : ['x-channel', channel];
  return { ...of, ...presented, fields: [...(presented.fields ?? []), ...fields] };
}

async function allows(judge: Judge, call: JudgedRequest): Promise<boolean> {
  return (await judge.judge(call)).effect === 'permit';
}

const RUNS = { numRuns: 40 };

test('one more rule that denies, or one more thing that is asked, never allows more', async () => {
  await fc.assert(
    fc.asyncProperty(
      authorize,
      denyRule,
      asked,
      anybody,
      request,
      async ({ asked: first, deny }, rule, more, who, of) => {
        const before = configuration({ ...first, deny });
        const stricter = [
          configuration({ ...first, deny: [...deny, rule] }),
          configuration({ ...more, ...first, deny }),
        ];
        // What contradicts itself does not load; then there is nothing to compare.
        if (!loads(before)) return;
        const call = callOf(who, of);
        if (await allows(judgeOf(before), call)) return;
        for (const text of stricter) if (loads(text)) assert.ok(!(await allows(judgeOf(text), call)), text);
      },
    ),
    RUNS,
  );
});

test('a call without its credential, or with a spoilt one, is never allowed where that was needed', async () => {
  await fc.assert(
    fc.asyncProperty(authorize, caller, request, async ({ asked: first, deny }, who, of) => {
      const text = configuration({ ...first, deny });
      if (!loads(text)) return;
      const judge = judgeOf(text);
      const { fields = [], ...call } = callOf(who, of);
      assert.ok(!(await allows(judge, { ...call, fields: fields.slice(2) })), 'without');
      const value = fields[1] ?? '';
      for (const spoilt of [value.slice(0, -1), `${value}x`, value.toUpperCase(), value.slice(0, 20), ''])
        assert.ok(!(await allows(judge, { ...call, fields: [fields[0] ?? '', spoilt, ...fields.slice(2)] })), spoilt);
    }),
    { numRuns: 60 },
  );
});

test('whatever is misspelt in a rule makes the configuration be refused, with its place', () => {
  const broken = fc.oneof(
    fc
      .constantFrom(...CONDITIONS)
      .chain((condition) =>
        fc
          .constantFrom('s', '_', 'X', ' ')
          .map((tail) => ({ [`${Object.keys(condition)[0]}${tail}`]: Object.values(condition)[0] })),
      ),
    fc
      .constantFrom(...CONDITIONS)
      .chain((condition) =>
        fc
          .constantFrom(-1, true, null, { a: 1 }, [[]], [null], '')
          .map((value) => ({ [Object.keys(condition)[0] ?? '']: value })),
      ),
  );
  fc.assert(
    fc.property(authorize, broken, fc.boolean(), ({ asked: first, deny }, wrong, inRule) => {
      const rules = inRule ? { ...first, deny: [...deny, { name: 'd', ...wrong }] } : { ...first, ...wrong, deny };
      const loaded = load(configuration(rules), { readFile: () => KEY_SET });
      assert.ok(!loaded.ok, JSON.stringify(rules));
      for (const { line, column } of loaded.diagnostics) assert.ok(line > 0 && column > 0);
    }),
    { numRuns: 300 },
  );
});
