import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
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

const NOW_MS = 1_790_000_000_000;
const random = { bytes: (count: number) => Uint8Array.from(randomBytes(count)) };
const writer = new CredentialIndexWriter(random, 8);
const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } });

function keyOf(consumer: string, scopes: readonly string[]): string {
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
    routes: [],
    limits: [],
    idleSeconds: 0,
    enabledAtMs: 0,
    disabledReason: '',
    familyId: '',
  };
  writer.upsert(record, { name: consumer, groups: ['partners'], tier: 'gold', disabled: false });
  return key;
}

const KEYS = ['', 'sp_live_wrong', keyOf('acme', ['read']), keyOf('globex', ['read', 'write'])];
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

const RULES = [
  '',
  'scopes: [write]',
  'consumers: [acme]',
  'tiers: [silver]',
  'addresses: [192.0.2.0/24]',
  'deny: [{ name: outside, addresses: [198.51.100.0/24] }]',
  'deny: [{ name: not-gold, tiers: [gold] }]',
  `when: "consumer.name == 'acme' || 'x' in query"`,
  `when: "principal.subject == 'acme'"`,
  `when: "request.method == 'GET' && size(query) == 0"`,
];

const route = (path: string): fc.Arbitrary<string> =>
  fc
    .record({
      mode: fc.constantFrom('observe', 'enforce'),
      open: fc.boolean(),
      rule: fc.constantFrom(...RULES),
      rate: fc.constantFrom(
        '',
        'limits: [{ per: consumer, rate: 3/1m, burst: 3 }]',
        'limits: [{ per: [address, route], rate: 2/1m, burst: 2 }]',
      ),
      methods: fc.constantFrom('', ', methods: [GET]'),
    })
    .map(({ mode, open, rule, rate, methods }) => {
      const asks = /scopes|consumers|tiers|consumer|principal/.test(rule);
      return `  - id: r${path.replaceAll(/\W/g, '-')}
    match: { path: "${path}"${methods} }
    upstream: api
    mode: ${mode}
    authenticate: ${open && !asks ? 'none' : '{ anyOf: [keys] }'}
${rule === '' ? '' : `    authorize: { ${rule} }\n`}${rate === '' ? '' : `    ${rate}\n`}`;
    });

const configuration = fc.tuple(route('/a/*'), route('/b'), route('/*'), fc.constantFrom('observe', 'enforce')).map(
  ([a, b, all, mode]) => `version: 1
mode: ${mode}
upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
${a}${b}${all}`,
);

/** Runs calls for real and gives what would be recorded of each. */
async function run(text: string, calls: readonly Call[]): Promise<{ judge: Judge; events: CallEvent[] }> {
  const judge = new Judge({ configuration: text, nowMs: NOW_MS, parts: parts() });
  const events: CallEvent[] = [];
  for (const [index, { method, path, key, address, query }] of calls.entries()) {
    const nowMs = NOW_MS + index * 500;
    const target = query ? `${path}?x=1` : path;
    const fields = KEYS[key] === '' ? [] : ['x-api-key', KEYS[key]!];
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
  const { snapshot } = new Judge({ configuration: text, nowMs: NOW_MS, parts: parts() });
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
  assert.ok(unknown / judged < 0.35, `${unknown} of ${judged}`);
});

test('the configuration calls were made under changes none of them', async () => {
  await fc.assert(
    fc.asyncProperty(configuration, fc.array(call, { minLength: 1, maxLength: 20 }), async (a, calls) => {
      const { judge, events } = await run(a, calls);
      const fresh = new Judge({ configuration: a, nowMs: NOW_MS, parts: parts() });
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
