import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AddedException, PayloadPolicy } from '../../core/payload.ts';
import type { Verdict } from '../../core/verdict.ts';
import { callOf, type Parts } from '../leaves/leaves-fixture.test.ts';
import { exceptionId, exceptionPathProblem, exceptionsOf } from './exceptions.ts';
import { PayloadJudge, type SuspicionCounter } from './payload-judge.ts';
import { usedException } from './payload-record.ts';
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
  readsWhole: false,
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
  readonly added?: readonly AddedException[];
  readonly consumer?: string;
  readonly nowMs?: number;
  readonly suspicions?: SuspicionCounter;
  readonly unread?: boolean;
}

function judge(asked: Asked): Verdict {
  const call = callOf(asked);
  const bytes = typeof asked.body === 'string' ? Buffer.from(asked.body) : (asked.body ?? new Uint8Array(0));
  const policy = { ...POLICY, ...asked.policy };
  const exceptions = exceptionsOf('notes', '* /notes', policy.exceptions, asked.added ?? []);
  return new PayloadJudge(JUDGE, {
    id: 'notes',
    policy,
    exceptions,
    names: [],
    suspicions: asked.suspicions,
  }).judge({
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
    "sqli with 98 % in body.a[].b (json); score 4.0, threshold 2.0 (default); exception: sallyport exceptions add --route notes --path 'body.a[].b' --class sqli --for 30d; decoded: json-string html; at 1-4; for it: sql:union +1.3",
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
  assert.deepEqual(signalsOf(verdict), [`payload.excepted:${exceptionId('notes', EXCEPTION)}:sqli:relaxed:body.note`]);
  assert.equal(verdict.kind, 'pass');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4 xss=3' }), policy })), 'payload.xss');
  assert.equal(reasonOf(judge({ ...json({ other: 'sqli=4' }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ note: { deep: 'sqli=4' } }), policy })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4' }), policy, nowMs: NOW_MS + DAY_MS })), 'payload.sqli');
});

const ADDED: AddedException = {
  ...EXCEPTION,
  id: 'added',
  routeId: 'notes',
  routePlace: '* /notes',
  reason: '',
  addedBy: '',
  addedMs: NOW_MS,
};

test('exceptions that were added count beside those of the configuration, on their route or on every one, at their place or at all', () => {
  const attack = json({ note: 'sqli=4' });
  assert.equal(reasonOf(judge({ ...attack, added: [ADDED] })), 'pass');
  assert.equal(reasonOf(judge({ ...attack, added: [{ ...ADDED, routeId: 'other' }] })), 'payload.sqli');
  for (const routePlace of ['* /others', 'a.example.com /notes', ''])
    assert.equal(reasonOf(judge({ ...attack, added: [{ ...ADDED, routePlace }] })), 'payload.sqli');
  assert.equal(reasonOf(judge({ ...attack, added: [{ ...ADDED, routeId: '' }] })), 'pass');
  assert.equal(reasonOf(judge({ ...attack, added: [{ ...ADDED, path: '' }] })), 'pass');
  assert.equal(reasonOf(judge({ ...json({ note: 'sqli=4 xss=3' }), added: [{ ...ADDED, path: '' }] })), 'payload.xss');
  assert.equal(reasonOf(judge({ ...attack, added: [ADDED], nowMs: EXCEPTION.expiresMs })), 'payload.sqli');
});

test('an exception is told to have been used only where it let something through that would have been refused', () => {
  const used = (note: string) =>
    signalsOf(judge({ ...json({ note }), added: [ADDED] }))
      .map(usedException)
      .filter((id) => id !== undefined);
  assert.deepEqual(used('sqli=4'), ['added']);
  assert.deepEqual(used('sqli=1.5'), []);
  assert.deepEqual(used('xss=4'), []);
});

test('the command of an exception is whole or not there, and no key can add a word to it', () => {
  const hostile = judge(json({ "a' --class xss; rm -rf ~ '\n\u202e$(id)": 'sqli=4' }));
  assert.equal(hostile.kind, 'deny');
  if (hostile.kind !== 'deny') return;
  assert.match(
    hostile.detail ?? '',
    /--path 'body\.a%27%20--class%20xss;%20rm%20-rf%20~%20%27%0A%E2%80%AE\$\(id\)' --class sqli --for 30d/,
  );
  for (const parts of [1, 2, 3, 4, 6]) {
    const key = (n: number) => `key-${n}-${'x'.repeat(50)}`;
    let value: unknown = 'sqli=4';
    for (let n = 0; n < parts; n++) value = { [key(n)]: value };
    const verdict = judge(json(value));
    const detail = verdict.kind === 'deny' ? (verdict.detail ?? '') : '';
    assert.ok(detail.length <= 512);
    assert.equal(
      /exception: sallyport exceptions add --route notes --path \S+ --class sqli --for 30d/.test(detail),
      parts < 5,
    );
    assert.equal(detail.includes('exception:'), parts < 5);
  }
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
  for (const bad of [
    '',
    '*',
    'note',
    'body.',
    'body.*.a',
    'body.a*',
    'body..a',
    `body.${'a'.repeat(64)}…`,
    'body.a….b',
  ])
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

test('what is in a file of text is judged, and the record says that a file is none', () => {
  const upload = (content: string): Parts => ({
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\nContent-Disposition: form-data; name="f"; filename="n.png"\r\n\r\n${content}\r\n--b--\r\n`,
  });
  assert.equal(reasonOf(judge(upload('sqli=4'))), 'payload.sqli');
  assert.deepEqual(signalsOf(judge(upload('\0\x01\x02 sqli=4'))), ['payload.unread:files']);
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

test('a call of which no profile would refuse anything is told of and never counted: harmless ones come so near all day', () => {
  const suspicions = { admits: () => assert.fail('it was counted') };
  const verdict = judge({ ...json({ a: 'sqli=0.9' }), suspicions });
  assert.deepEqual(signalsOf(verdict), ['payload.suspicious', 'payload.sqli:near:body.a']);
  assert.equal(verdict.kind, 'pass');
});

test('names that come near are not judged together, values are', () => {
  const names = ['sqli=1 a', 'sqli=1 b', 'sqli=1 c', 'sqli=1 d'];
  assert.equal(reasonOf(judge(json(Object.fromEntries(names.map((name) => [name, 1]))))), 'pass');
  assert.equal(reasonOf(judge(json(names))), 'payload.sqli');
});

test('behind a class that is let through no other hides: with exceptions every class of a value is asked for', () => {
  const exception = { path: 'body.q', class: 'sqli', consumer: undefined, expiresMs: NOW_MS + DAY_MS } as const;
  const hidden = json({ q: 'sqli=9 xss=5' });
  const verdict = judge({ ...hidden, policy: { exceptions: [exception] } });
  assert.equal(verdict.kind === 'deny' && verdict.reason, 'payload.xss');
});
