import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Observation } from '../core/finding.ts';
import type { FindingStore } from '../ports.ts';
import { memoryFindingStore } from '../store/memory/finding-store.ts';
import { groupFindings } from './finding-groups.ts';
import { Findings } from './findings.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { nowMs: () => 99_000, monotonicMicros: () => 0 };

function observation(change: Partial<Observation> = {}): Observation {
  return {
    detector: 'test.seen',
    actor: '192.0.2.1',
    subject: 'k1',
    severity: 'high',
    certainty: 1,
    title: 'seen',
    timeMs: 1_000,
    requestId: 'r1',
    ...change,
  };
}

function service(store: FindingStore = memoryFindingStore()) {
  const opened: Finding[] = [];
  return {
    findings: new Findings({ store, clock, logger, opened: async (one) => void opened.push(one) }),
    store,
    opened,
  };
}

test('one actor, detector and subject is one finding, with how often and since when; another is another', async () => {
  const { findings, store, opened } = service();
  findings.observe(observation());
  findings.observe(observation({ timeMs: 3_000, requestId: 'r2' }));
  await findings.flush();
  findings.observe(observation({ timeMs: 2_000, requestId: 'r3' }));
  findings.observe(observation({ actor: '192.0.2.2' }));
  findings.observe(observation({ subject: 'k2' }));
  await findings.flush();
  const all = await store.list({ limit: 10 });
  assert.equal(all.length, 3);
  const first = all.find(({ actor, subject }) => actor === '192.0.2.1' && subject === 'k1');
  assert.deepEqual(
    [first?.count, first?.firstMs, first?.lastMs, first?.requestIds],
    [3, 1_000, 3_000, ['r1', 'r2', 'r3']],
  );
  assert.equal(opened.length, 3, 'each is told of once');
});

test('parts that run into one another are told apart', async () => {
  const { findings, store } = service();
  findings.observe(observation({ actor: 'a', subject: 'bc' }));
  findings.observe(observation({ actor: 'ab', subject: 'c' }));
  await findings.flush();
  assert.equal((await store.list({ limit: 10 })).length, 2);
});

test('what was resolved opens again, and is told of again', async () => {
  const { findings, store, opened } = service();
  findings.observe(observation());
  await findings.flush();
  const [{ id }] = (await store.list({ limit: 1 })) as [Finding];
  const resolved = await findings.decide(id, { status: 'resolved', note: 'done', by: 'ann' });
  assert.deepEqual([resolved?.status, resolved?.resolution, resolved?.resolvedAtMs], ['resolved', 'done', 99_000]);
  assert.equal(await findings.decide('nothing', { status: 'resolved', note: '', by: '' }), undefined);
  findings.observe(observation({ timeMs: 5_000 }));
  await findings.flush();
  assert.deepEqual([(await store.find(id))?.status, (await store.find(id))?.count], ['open', 2]);
  assert.equal(opened.length, 2);
});

test('what is expected stays closed and is counted; what was put away opens again when it is worse', async () => {
  const { findings, store, opened } = service();
  const many = (count: number, change: Partial<Observation> = {}): Promise<void> => {
    for (let i = 0; i < count; i++) findings.observe(observation(change));
    return findings.flush();
  };
  await many(20);
  const [{ id }] = (await store.list({ limit: 1 })) as [Finding];
  await findings.decide(id, { status: 'expected', note: 'our scanner', by: 'ann' });
  await many(500);
  assert.deepEqual([(await store.find(id))?.status, (await store.find(id))?.count], ['expected', 520]);
  await findings.decide(id, { status: 'open', note: '', by: 'ann' });
  await findings.decide(id, { status: 'snoozed', note: 'next week', by: 'ann' });
  await many(519);
  assert.equal((await store.find(id))?.status, 'snoozed');
  await many(1);
  assert.equal((await store.find(id))?.status, 'open', 'as often again');
  await findings.decide(id, { status: 'snoozed', note: '', by: 'ann' });
  await many(1, { severity: 'critical' });
  const finding = await store.find(id);
  assert.equal(finding?.status, 'open', 'more severe');
  assert.deepEqual(
    finding?.timeline.map(({ status, by, count }) => [status, by, count]),
    [
      ['open', '', 0],
      ['expected', 'ann', 20],
      ['open', 'ann', 520],
      ['snoozed', 'ann', 520],
      ['open', '', 1_040],
      ['snoozed', 'ann', 1_040],
      ['open', '', 1_041],
    ],
  );
  assert.equal(opened.length, 3, 'told of when it opens, not when somebody opens it');
});

test('how often it was observed is known by the hour, a week of them', async () => {
  const { findings, store } = service();
  for (let hour = 0; hour < 200; hour++)
    for (let i = 0; i < 2; i++) findings.observe(observation({ timeMs: hour * 3_600_000 + i }));
  await findings.flush();
  const [finding] = await store.list({ limit: 1 });
  assert.equal(finding?.hourly.length, 168);
  assert.deepEqual(finding?.hourly.at(-1), [199 * 3_600_000, 2]);
});

test('findings of a detector are put together with how many are affected, open and severe ones first', async () => {
  const { findings, store } = service();
  findings.observe(observation({ detector: 'quiet', severity: 'low' }));
  findings.observe(observation({ actor: 'a' }));
  findings.observe(observation({ actor: 'a', subject: 'k2', severity: 'critical' }));
  findings.observe(observation({ actor: '', subject: 'k2', timeMs: 9_000, title: 'newest' }));
  findings.observe(observation({ detector: 'closed', severity: 'critical' }));
  await findings.flush();
  const all = await store.list({ limit: 10 });
  const closed = all.find(({ detector }) => detector === 'closed');
  await findings.decide(closed?.id ?? '', { status: 'resolved', note: '', by: '' });
  const groups = groupFindings(await store.list({ limit: 10 }));
  assert.deepEqual(
    groups.map(({ detector }) => detector),
    ['test.seen', 'quiet', 'closed'],
  );
  assert.deepEqual(groups[0], {
    detector: 'test.seen',
    title: 'newest',
    severity: 'critical',
    findings: 3,
    open: 3,
    count: 3,
    actors: 1,
    subjects: 2,
    firstMs: 1_000,
    lastMs: 9_000,
  });
});

test('a flood on one finding keeps a few of its calls, and of new findings a bounded number', async () => {
  const { findings, store } = service();
  for (let i = 0; i < 10_000; i++) findings.observe(observation({ requestId: `r${i}` }));
  await findings.flush();
  const [finding] = await store.list({ limit: 1 });
  assert.equal(finding?.count, 10_000);
  assert.equal(finding?.requestIds.length, 8);
  assert.ok(finding?.requestIds.includes('r0') && finding.requestIds.includes('r9999'));
  for (let i = 0; i < 10_005; i++) findings.observe(observation({ actor: `a${i}` }));
  assert.equal(findings.lostObservations, 5);
});

test('what the store refuses waits, and is counted once', async () => {
  const store = memoryFindingStore();
  let refusing = true;
  const { findings, opened } = service({
    ...store,
    put: (finding) => (refusing ? Promise.reject(new Error('full')) : store.put(finding)),
  });
  findings.observe(observation());
  await findings.flush();
  findings.observe(observation({ timeMs: 2_000 }));
  refusing = false;
  await findings.flush();
  assert.equal((await store.list({ limit: 1 }))[0]?.count, 2);
  assert.equal(opened.length, 2, 'told of at least once');
});
