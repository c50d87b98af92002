import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ApiKeyRecord } from '../../src/core/credential.ts';
import type { CallEvent } from '../../src/core/event.ts';
import { ApiKeyDigester } from '../../src/crypto/api-key-digest.ts';
import { issueApiKey } from '../../src/crypto/api-key-format.ts';
import { CredentialIndexWriter, CredentialReader } from '../../src/crypto/credential-index.ts';
import { toCall } from '../../src/http/call.ts';
import { parseProfile } from '../../src/pipeline/call-profile.ts';
import { Comparing } from '../../src/pipeline/comparison.ts';
import { RecordedCalls } from '../../src/pipeline/recorded-call.ts';
import { Judge } from '../harness/judge.ts';
import { type Json, signToken } from '../harness/tokens.ts';

const NOW_MS = 1_790_000_000_000;
const random = { bytes: (count: number) => Uint8Array.from(randomBytes(count)) };
const writer = new CredentialIndexWriter(random, 8);
const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } });

function keyOf(consumer: string, scopes: readonly string[], routes: readonly string[] = []): string {
  const { key, keyId } = issueApiKey(random, 'sp', 'live');
  const record: ApiKeyRecord = {
    keyId,
    consumer,
    digest: Uint8Array.from(digester.digest(1, key) ?? []),
    pepperVersion: 1,
    foreign: false,
    name: '',
    scopes,
    allowedCidrs: [],
    status: 'active',
    createdAtMs: 0,
    notBeforeMs: 0,
    expiresAtMs: 0,
    successorId: '',
    revokedAtMs: 0,
    revokedReason: '',
    routes,
    limits: [],
    idleSeconds: 0,
    enabledAtMs: 0,
    disabledReason: '',
    familyId: '',
  };
  writer.upsert(record, { name: consumer, groups: ['partners'], tier: 'gold', disabled: false });
  return key;
}

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const now = NOW_MS / 1_000;
const tokenOf = (more: Json): string =>
  signToken(
    { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
    {
      iss: 'https://id.example.com',
      aud: 'https://api.example.com',
      client_id: 'shop',
      exp: now + 3_000,
      iat: now - 10,
      scope: 'read',
      ...more,
    },
    signing.privateKey,
  );
const files = {
  jwks: JSON.stringify({ keys: [{ ...signing.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] }),
};

/** Fields of a call. */
const acme = ['x-api-key', keyOf('acme', ['read'])];
const ann = [
  'authorization',
  `Bearer ${tokenOf({ sub: 'ann', acr: 'gold', auth_time: now - 60, jti: 'a', groups: ['staff'] })}`,
];
const KEYS: readonly (readonly string[])[] = [
  [],
  ['x-api-key', 'sp_live_wrong'],
  acme,
  ['x-api-key', keyOf('globex', ['read', 'write'])],
  ['x-api-key', keyOf('acme', ['read', 'write'], ['r-b'])],
  ann,
  [
    'authorization',
    `Bearer ${tokenOf({ sub: 'acme', iat: now - 2_000.5, auth_time: now - 2_000, jti: 'b', scope: 'read write' })}`,
  ],
  ['authorization', `Bearer ${tokenOf({ sub: 'late', exp: now - 500, jti: 'c' })}`],
  [...acme, ...ann],
];
const parts = () => ({ credentials: new CredentialReader(writer.handle()) });

interface Call {
  readonly method: string;
  readonly path: string;
  readonly key: number;
  readonly address: string;
  readonly query: boolean;
}

const call: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  path: fc.constantFrom('/a', '/a/acme', '/a/globex', '/b', '/b//c', '/b/%2e%2e/a', '/c;x', '/nowhere'),
  key: fc.nat(KEYS.length - 1),
  address: fc.constantFrom('192.0.2.1', '198.51.100.7'),
  query: fc.boolean(),
});

/** Rules over what a record holds. */
const RECORDED_RULES = [
  '',
  'acr: [gold]',
  'signedInWithin: 5m',
  'issuedWithin: 10m',
  'groups: [staff, partners]',
  'methods: [jwt]',
  'deny: [{ name: aged, issuedWithin: 1h, tiers: [gold] }, { name: bots, methods: [api-key], addresses: [198.51.100.0/24] }]',
  `when: "principal.method == 'jwt' && 'write' in principal.scopes"`,
  'scopes: [write]',
  'consumers: [acme]',
  'tiers: [silver]',
  'addresses: [192.0.2.0/24]',
  'deny: [{ name: outside, addresses: [198.51.100.0/24] }]',
  'deny: [{ name: not-gold, tiers: [gold] }]',
  `when: "principal.subject == 'acme'"`,
];
const RULES = [
  ...RECORDED_RULES,
  `when: "consumer.name == 'acme' || 'x' in query"`,
  'headers: { x-team: [blue] }',
  `when: "request.method == 'GET' && size(query) == 0"`,
];

const METHODS = [
  '{ anyOf: [keys] }',
  '{ anyOf: [corp, keys] }',
  '{ allOf: [keys, corp] }',
  '{ anyOf: [corp] }',
  'none',
];

const route = (path: string, rules: readonly string[]): fc.Arbitrary<(method: string) => string> =>
  fc
    .record({
      mode: fc.constantFrom('observe', 'enforce'),
      rule: fc.constantFrom(...rules),
      rate: fc.constantFrom(
        '',
        'limits: [{ per: consumer, rate: 3/1m, burst: 3 }]',
        'limits: [{ per: [address, route], rate: 2/1m, burst: 2 }]',
      ),
      methods: fc.constantFrom('', ', methods: [GET]'),
    })
    .map(({ mode, rule, rate, methods }) => (method) => {
      const asks = /scopes|consumers|tiers|groups|methods|acr|In|Within|consumer|principal/.test(rule);
      return `  - id: r${path.replaceAll(/\W/g, '-')}
    match: { path: "${path}"${methods} }
    upstream: api
    mode: ${mode}
    authenticate: ${method === 'none' && asks ? METHODS[0] : method}
${rule === '' ? '' : `    authorize: { ${rule} }\n`}${rate === '' ? '' : `    ${rate}\n`}`;
    });

/** Who is asked for, and who is believed. */
interface Around {
  readonly methods: readonly [string, string, string];
  readonly trustedProxies: string;
}
const method = fc.constantFrom(...METHODS);
const around: fc.Arbitrary<Around> = fc.record({
  methods: fc.tuple(method, method, method),
  trustedProxies: fc.constantFrom('[]', '[]', '["192.0.2.0/24"]'),
});

const configurationOf = (rules: readonly string[]): fc.Arbitrary<(around: Around) => string> =>
  fc.tuple(route('/a/*', rules), route('/b', rules), route('/*', rules), fc.constantFrom('observe', 'enforce')).map(
    ([a, b, all, mode]) =>
      ({ methods, trustedProxies }) =>
        `version: 1
mode: ${mode}
trustedProxies: ${trustedProxies}
upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators:
  keys: { type: api-key, header: x-api-key }
  corp: { type: jwt, issuer: "https://id.example.com", audience: "https://api.example.com", algorithms: [ES256], jwks: { file: jwks }, groupsClaim: groups }
routes:
${a(methods[0])}${b(methods[1])}${all(methods[2])}`,
  );
const configuration = fc.tuple(configurationOf(RULES), around).map(([of, how]) => of(how));

/** Runs calls for real and gives what would be recorded of each. */
async function run(text: string, calls: readonly Call[]): Promise<{ judge: Judge; events: CallEvent[] }> {
  const judge = new Judge({ configuration: text, nowMs: NOW_MS, files, parts: parts() });
  const events: CallEvent[] = [];
  for (const [index, { method, path, key, address, query }] of calls.entries()) {
    const nowMs = NOW_MS + index * 500;
    const target = query ? `${path}?x=1` : path;
    const fields = KEYS[key]!;
    const decision = await judge.judge({ method, target, fields, remoteAddress: address, nowMs });
    const rawHeaders = ['Host', 'api.example.com', ...fields];
    const raw = {
      method,
      target,
      httpVersion: '1.1',
      rawHeaders,
      encrypted: true,
      remoteAddress: address,
      peer: undefined,
    };
    const made = toCall(raw, judge.snapshot.callPolicy, `id${index}`);
    const { principal } = decision;
    const matched = decision.routeId === undefined ? undefined : judge.snapshot.routeById(decision.routeId);
    events.push({
      requestId: `id${index}`,
      timeMs: nowMs,
      method,
      scheme: made.scheme,
      host: made.host,
      path: made.path,
      httpVersion: '1.1',
      address: made.address.text,
      userAgent: '',
      routeId: decision.routeId ?? '',
      consumer: principal?.consumer ?? '',
      credentialId: principal?.credentialId ?? '',
      authenticator: principal?.authenticator ?? '',
      outcome: decision.effect !== 'deny' ? 'permitted' : decision.enforced ? 'denied' : 'observed',
      reason: decision.effect === 'deny' ? decision.reason : '',
      detail: '',
      status: 200,
      durationMicros: 0,
      upstreamMicros: 0,
      decisionMicros: 0,
      requestBytes: 0,
      responseBytes: 0,
      error: '',
      trace: decision.trace,
      signals: [],
      facts: judge.snapshot.profiles.factsOf(made, matched, principal, made.path, nowMs),
    });
  }
  return { judge, events };
}

function replayed(text: string, events: readonly CallEvent[]) {
  const { snapshot } = new Judge({ configuration: text, nowMs: NOW_MS, files, parts: parts() });
  const texts = new Map(events.map(({ facts }) => [facts?.profileId, facts?.profileText ?? '']));
  for (const { facts } of events)
    if (facts !== undefined && facts.profileText !== '') texts.set(facts.profileId, facts.profileText);
  const calls = new RecordedCalls(snapshot);
  return events.map((event) => calls.judge(event, parseProfile(texts.get(event.facts?.profileId) ?? '')));
}

test('whatever a replay says for certain is what happens under that configuration, and it is seldom uncertain', async () => {
  let judged = 0;
  let unknown = 0;
  await fc.assert(
    fc.asyncProperty(
      configuration,
      configuration,
      fc.array(call, { minLength: 1, maxLength: 25 }),
      async (a, b, calls) => {
        const { events } = await run(a, calls);
        const real = await run(b, calls);
        for (const [index, judgement] of replayed(b, events).entries()) {
          judged++;
          if (judgement.kind === 'unknown') unknown++;
          else
            assert.equal(
              judgement.outcome,
              real.events[index]?.outcome,
              `${a}\n${b}\n${JSON.stringify([calls[index], judgement, real.events[index]?.trace])}`,
            );
        }
      },
    ),
    { numRuns: 60 },
  );
  // Rules over the query, and keys on routes that asked nobody, are what a record cannot tell.
  assert.ok(unknown / judged < 0.6, `${unknown} of ${judged}`);
});

test('where rules use what is recorded, and callers were asked for the same credentials, nearly everything can be told', async (t) => {
  let judged = 0;
  const unknown = new Map<string, number>();
  const rules = configurationOf(RECORDED_RULES);
  await fc.assert(
    fc.asyncProperty(
      rules,
      rules,
      around,
      fc.array(call, { minLength: 5, maxLength: 25 }),
      async (a, b, any, calls) => {
        const asked = any.methods[0] === 'none' ? '{ anyOf: [keys] }' : any.methods[0];
        const how: Around = { ...any, methods: [asked, asked, asked] };
        const { events } = await run(a(how), calls);
        const real = await run(b(how), calls);
        for (const [index, judgement] of replayed(b(how), events).entries()) {
          // Who was never asked for credentials is known to nobody; that is what the test above is for.
          if (!events[index]!.trace.some(({ stage, kind }) => stage === 'authenticate' && kind !== 'notApplicable'))
            continue;
          judged++;
          if (judgement.kind === 'unknown') unknown.set(judgement.why, (unknown.get(judgement.why) ?? 0) + 1);
          else
            assert.equal(
              judgement.outcome,
              real.events[index]?.outcome,
              JSON.stringify([a(how), b(how), calls[index]]),
            );
        }
      },
    ),
    { numRuns: 40 },
  );
  const untold = [...unknown.values()].reduce((sum, calls) => sum + calls, 0);
  const told = `${untold} of ${judged} calls could not be told: ${JSON.stringify([...unknown])}`;
  t.diagnostic(told);
  assert.ok(untold / judged < 0.05, told);
});

test('the configuration calls were made under changes none of them', async () => {
  await fc.assert(
    fc.asyncProperty(configuration, fc.array(call, { minLength: 1, maxLength: 20 }), async (a, calls) => {
      const { judge, events } = await run(a, calls);
      const fresh = new Judge({ configuration: a, nowMs: NOW_MS, files, parts: parts() });
      const texts = new Map<number, string>();
      for (const { facts } of events)
        if (facts !== undefined && facts.profileText !== '') texts.set(facts.profileId, facts.profileText);
      const comparing = new Comparing(fresh.snapshot, (id) => texts.get(id));
      for (const event of events) comparing.add(event, true);
      const { counts } = comparing.report();
      assert.equal(counts.unchanged + counts.unknown, events.length);
      assert.ok(judge.snapshot.version > 0);
    }),
    { numRuns: 60 },
  );
});
