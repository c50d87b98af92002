import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PayloadPolicy } from '../../core/payload.ts';
import type { Verdict } from '../../core/verdict.ts';
import { callOf, type Parts } from '../leaves/leaves-fixture.test.ts';
import { exceptionPathProblem } from './exceptions.ts';
import { PayloadJudge, type SuspicionCounter } from './payload-judge.ts';
import type { ValueJudge } from './scored-value.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2027, 0, 1);
const POLICY: PayloadPolicy = {
  profile: 'default',
  onLimit: 'scan-what-fits',
  onMalformed: 'refuse',
  suspiciousMax: 0,
  learn: false,
  exceptions: [],
};

/** Words with a score written into them: `sqli=2.5` is SQL injection with that score. Thresholds are 3, 2 and 1. */
const JUDGE: ValueJudge = {
  thresholdOf: (profile) => ({ relaxed: 3, default: 2, strict: 1 })[profile],
  /** Only the likeliest class, as a text is that was not read to its end. */
  scoreUntilCertain: (leaf) => {
    const value = JUDGE.scoreValue(leaf);
    return value === undefined ? undefined : { ...value, classes: value.classes.slice(0, 1) };
  },
  scoreValue: ({ text }) => {
    const classes = (['sqli', 'xss'] as const).flatMap((name) => {
      const at = text.indexOf(`${name}=`);
      if (at < 0) return [];
      const score = Number.parseFloat(text.slice(at + name.length + 1));
      return [{ class: name, score, probability: 1 / (1 + Math.exp(-score)) }];
    });
    if (classes.length === 0) return undefined;
    return {
      classes: classes.sort((one, other) => other.score - one.score),
      decoders: ['html'],
      spans: [{ start: 1, end: 4 }],
      contributions: [{ feature: 'sql:union', weight: 1.25 }],
    };
  },
};

interface Asked extends Parts {
  readonly policy?: Partial<PayloadPolicy>;
  readonly consumer?: string;
  readonly nowMs?: number;
  readonly suspicions?: SuspicionCounter;
  readonly unread?: boolean;
}

function judge(asked: Asked): Verdict {
  const call = callOf(asked);
  const bytes = typeof asked.body === 'string' ? Buffer.from(asked.body) : (asked.body ?? new Uint8Array(0));
  return new PayloadJudge(JUDGE, { ...POLICY, ...asked.policy }, [], asked.suspicions).judge({
    call,
    path: call.path,
    body: asked.unread === true ? { kind: 'unread' } : { kind: 'bytes', bytes },
    consumer: asked.consumer ?? '',
    nowMs: asked.nowMs ?? NOW_MS,
  });
}

const json = (value: unknown): Parts => ({ type: 'application/json', body: JSON.stringify(value) });
const reasonOf = (verdict: Verdict) => (verdict.kind === 'deny' ? verdict.reason : verdict.kind);
const signalsOf = (verdict: Verdict) =>
  verdict.kind === 'deny' || verdict.kind === 'pass' ? (verdict.signals ?? []).map(({ name }) => name) : [];

test('a value over the threshold of the profile is refused, one below passes and is told of', () => {
  const body = json({ note: 'sqli=2.5' });
  assert.equal(reasonOf(judge({ ...body })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...body, policy: { profile: 'relaxed' } })), 'pass');
  assert.equal(reasonOf(judge({ ...body, policy: { profile: 'strict' } })), 'payload.sqli');
  assert.deepEqual(signalsOf(judge({ ...body, policy: { profile: 'relaxed' } })), [
    'payload.suspicious',
    'payload.sqli:default:body.note',
  ]);
  assert.deepEqual(judge(json({ note: 'nothing' })), { kind: 'pass' });
});

test('several different values that come near are refused together; the same text again says nothing new', () => {
  assert.equal(reasonOf(judge(json({ a: 'sqli=1.5 a', b: 'sqli=1.5 b' }))), 'payload.sqli');
  assert.equal(reasonOf(judge(json({ a: 'sqli=1.5 a', b: 'sqli=1.5 a' }))), 'pass');
  assert.equal(reasonOf(judge(json({ a: 'sqli=1.5 a', b: 'xss=1.5 b' }))), 'pass');
});

test('the detail says class, place, decoders, positions, evidence and the exception, and nothing of the value', () => {
  const inner = JSON.stringify({ b: 'sqli=4 hunter2' });
  const verdict = judge(json({ a: [inner] }));
  assert.equal(verdict.kind, 'deny');
  if (verdict.kind !== 'deny') return;
  assert.equal(
    verdict.detail,
    'sqli with 98 % in body.a[].b (json); decoded: json-string html; at 1-4; for it: sql:union +1.3; score 4.0, threshold 2.0 (default); exception: { path: "body.a[].b", class: sqli, expires: 2027-01-31 }',
  );
  assert.ok(!JSON.stringify(verdict).includes('hunter2'));
});

test('of an attack in a name the name is not told', () => {
  const verdict = judge(json({ a: { 'sqli=4 hunter2': 1 } }));
  assert.ok(!JSON.stringify(verdict).includes('hunter2'));
  assert.match(JSON.stringify(verdict), /a name in body\.a \(json\)/);
  const nameless = judge({ query: 'sqli%3D4+hunter2' });
  assert.equal(reasonOf(nameless), 'payload.sqli');
  assert.ok(!JSON.stringify(nameless).includes('hunter2'));
});

const EXCEPTION = { path: 'body.note', class: 'sqli', consumer: undefined, expiresMs: NOW_MS + DAY_MS };

test('an exception lets through its class at its place until its day, and every use of it is told', () => {
  const policy = { exceptions: [EXCEPTION] };
  const verdict = judge({ ...json({ note: 'sqli=4' }), policy });
  assert.deepEqual(signalsOf(verdict), ['payload.excepted:0']);
  assert.equal(verdict.kind, 'pass');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4 xss=3' }), policy })), 'payload.xss');
  assert.equal(reasonOf(judge({ ...json({ other: 'sqli=4' }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ note: { deep: 'sqli=4' } }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4' }), policy, nowMs: NOW_MS + DAY_MS })), 'payload.sqli');
});

test('no key can be written so that it stands under an exception of another', () => {
  const policy = {
    exceptions: [
      { ...EXCEPTION, path: 'body.a.b' },
      { ...EXCEPTION, path: 'body.list[]' },
    ],
  };
  assert.equal(reasonOf(judge({ ...json({ 'a.b': 'sqli=4' }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ 'list[]': 'sqli=4' }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ list: ['sqli=4'] }), policy })), 'pass');
});

test('an exception for everything beneath covers all of it and nothing beside', () => {
  const policy = { exceptions: [{ ...EXCEPTION, path: 'body.doc.*' }] };
  assert.equal(reasonOf(judge({ ...json({ doc: { a: [{ b: 'sqli=4' }] } }), policy })), 'pass');
  assert.equal(reasonOf(judge({ ...json({ doc: 'sqli=4' }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ docs: { a: 'sqli=4' } }), policy })), 'payload.sqli');
});

test('an exception of one consumer is nobody else’s', () => {
  const policy = { exceptions: [{ ...EXCEPTION, consumer: 'acme' }] };
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4' }), policy, consumer: 'acme' })), 'pass');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4' }), policy, consumer: 'other' })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4' }), policy })), 'payload.sqli');
});

test('paths of exceptions begin where values stand and end in at most one star', () => {
  for (const good of ['body.a', 'body.*', 'query.q', 'path.id', 'header.referer', 'cookie.sid', 'body[].a', 'body'])
    assert.equal(exceptionPathProblem(good), undefined, good);
  for (const bad of ['', '*', 'note', 'body.', 'body.*.a', 'body.a*', 'body..a'])
    assert.ok(exceptionPathProblem(bad), bad);
});

test('what could be read in two ways is refused, looked at or passed, as the route says, and always told', () => {
  const twice = { type: 'application/json', body: '{"a":1,"a":2}' };
  assert.equal(reasonOf(judge(twice)), 'payload.malformed');
  for (const onMalformed of ['scan-what-fits', 'pass'] as const) {
    const verdict = judge({ ...twice, policy: { onMalformed } });
    assert.equal(verdict.kind, 'pass');
    assert.deepEqual(signalsOf(verdict), ['payload.malformed:json_duplicate_key']);
  }
});

test('beyond a bound a route refuses, scans what fits or passes, and always tells', () => {
  const many = json(Array.from({ length: 3000 }, (_, i) => `value ${i}`));
  assert.equal(reasonOf(judge({ ...many, policy: { onLimit: 'refuse' } })), 'payload.unscanned');
  for (const onLimit of ['scan-what-fits', 'pass'] as const)
    assert.deepEqual(signalsOf(judge({ ...many, policy: { onLimit } })), ['payload.unscanned:leaves']);
  const hidden = json([...Array.from({ length: 3000 }, (_, i) => `value ${i}`), 'sqli=4']);
  assert.equal(reasonOf(judge({ ...hidden })), 'payload.sqli');
});

test('a body of which nothing was looked at passes only where the route says pass', () => {
  assert.equal(reasonOf(judge({ unread: true })), 'payload.unscanned');
  assert.equal(reasonOf(judge({ unread: true, policy: { onLimit: 'refuse' } })), 'payload.unscanned');
  const passed = judge({ unread: true, policy: { onLimit: 'pass' } });
  assert.equal(passed.kind, 'pass');
  assert.deepEqual(signalsOf(passed), ['payload.unscanned:body_size']);
});

test('suspicious calls of a client pass until there were too many', () => {
  let left = 2;
  const suspicions = { admits: () => left-- > 0 };
  const asked = { ...json({ a: 'sqli=1.5' }), suspicions };
  assert.deepEqual(
    [1, 2, 3].map(() => reasonOf(judge(asked))),
    ['pass', 'pass', 'payload.suspicious'],
  );
  assert.equal(reasonOf(judge({ ...json({ a: 'fine' }), suspicions })), 'pass');
});

test('behind a class that is let through no other hides: with exceptions every class of a value is asked for', () => {
  const exception = { path: 'body.q', class: 'sqli', consumer: undefined, expiresMs: NOW_MS + DAY_MS } as const;
  const hidden = json({ q: 'sqli=9 xss=5' });
  const verdict = judge({ ...hidden, policy: { exceptions: [exception] } });
  assert.equal(verdict.kind === 'deny' && verdict.reason, 'payload.xss');
});
