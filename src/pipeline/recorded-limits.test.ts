import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Judge } from '../../test/harness/judge.ts';
import { toCall } from '../http/call.ts';
import { beginEvaluation, EMPTY_BODY, type Evaluation } from './evaluation.ts';
import { RecordedLimits } from './recorded-limits.ts';
import type { CompiledRoute } from './snapshot.ts';
import { judgeRoute } from './stages/route.ts';

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const CONFIGURATION = `version: 1
mode: enforce
upstreams: { api: { url: "http://127.0.0.1:3000" } }
routes:
  - id: a
    match: { path: "/a" }
    upstream: api
    authenticate: { none: "the status page is for everybody" }
    limits: [{ per: address, rate: 2/1m, burst: 2 }]
  - id: free
    match: { path: "/free" }
    upstream: api
    authenticate: { none: "the status page is for everybody" }
`;

/** Limits over calls by hand: `say` gives what is known of one. */
class Recorded {
  readonly #snapshot = new Judge({ configuration: CONFIGURATION, nowMs: NOW_MS }).snapshot;
  readonly #limits = new RecordedLimits();

  say(address: string, certain: boolean, atMs = 0, target = '/a'): string {
    const { evaluation, route } = this.#begin(address, atMs, target);
    const verdict = this.#limits.judge(evaluation, route, certain);
    return verdict === 'unknown' ? verdict : verdict.kind;
  }

  lose(address: string, atMs = 0): void {
    const { evaluation, route } = this.#begin(address, atMs, '/a');
    this.#limits.lose(evaluation, route);
  }

  #begin(remoteAddress: string, atMs: number, target: string): { evaluation: Evaluation; route: CompiledRoute } {
    const head = { method: 'GET', target, httpVersion: '1.1', rawHeaders: ['Host', 'a'], encrypted: true } as const;
    const call = toCall({ ...head, remoteAddress, peer: undefined }, this.#snapshot.callPolicy, 'id');
    const nowMs = NOW_MS + atMs;
    const evaluation = beginEvaluation(call, EMPTY_BODY, this.#snapshot, nowMs, nowMs * 1_000, 1, false);
    judgeRoute(evaluation);
    assert.ok(evaluation.route !== undefined);
    return { evaluation, route: evaluation.route };
  }
}

const ONE = '192.0.2.1';
const OTHER = '198.51.100.7';

test('where every call is certain, so is every refusal', () => {
  const recorded = new Recorded();
  const said = [1, 2, 3, 4].map(() => recorded.say(ONE, true));
  assert.deepEqual(said, ['pass', 'pass', 'deny', 'deny']);
});

test('a refusal is not known where a call that may not have been counted is in the count', () => {
  for (const doubted of [0, 1]) {
    const recorded = new Recorded();
    const said = [0, 1, 2].map((i) => recorded.say(ONE, i !== doubted));
    assert.deepEqual(said, ['pass', 'pass', 'unknown'], 'what passes with the call counted passes without it as well');
  }
});

test('a doubt is of the counter it stands in, and of no other', () => {
  const recorded = new Recorded();
  recorded.say(ONE, false);
  assert.deepEqual(
    [1, 2, 3].map(() => recorded.say(OTHER, true)),
    ['pass', 'pass', 'deny'],
  );
});

test('a doubt ends when the counter has come to rest, and not before', () => {
  // Two a minute with a burst of two are at rest after two minutes.
  for (const [laterMs, third] of [
    [2 * MINUTE_MS, 'unknown'],
    [2 * MINUTE_MS + 1, 'deny'],
  ] as const) {
    const recorded = new Recorded();
    recorded.say(ONE, false);
    const said = [1, 2, 3].map(() => recorded.say(ONE, true, laterMs));
    assert.deepEqual(said, ['pass', 'pass', third]);
  }
});

test('after a refusal that is not known nothing is known of the counter until it is at rest', () => {
  const recorded = new Recorded();
  for (const certain of [false, true, true]) recorded.say(ONE, certain);
  assert.equal(recorded.say(ONE, true, MINUTE_MS), 'unknown');
  // The call after a minute may have counted, and is itself in doubt until it rests.
  assert.equal(recorded.say(ONE, true, 3 * MINUTE_MS), 'unknown');
  assert.equal(recorded.say(ONE, true, 6 * MINUTE_MS), 'pass');
});

test('a call of nobody knows whom takes the certainty of every counter of its limit', () => {
  const recorded = new Recorded();
  recorded.lose(ONE);
  assert.equal(recorded.say(OTHER, true), 'unknown');
  assert.equal(recorded.say(OTHER, true, 5 * MINUTE_MS), 'pass');
});

test('where nothing is limited a doubt matters to nobody', () => {
  const recorded = new Recorded();
  assert.deepEqual(
    [1, 2, 3].map(() => recorded.say(ONE, false, 0, '/free')),
    ['pass', 'pass', 'pass'],
  );
});
