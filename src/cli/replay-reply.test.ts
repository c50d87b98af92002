import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHANGES } from '../pipeline/comparison.ts';
import { replay } from '../pipeline/replay.ts';
import { AdminUnreachable } from './admin-client.ts';
import { comparisonIn, replayReportIn } from './replay-reply.ts';

const COMPARISON = {
  calls: 3,
  counts: Object.fromEntries(CHANGES.map((change) => [change, 0])),
  mayBeDenied: 0,
  deniedInForce: 0,
  byRule: [{ change: 'newlyDenied', calls: 1, examples: ['a'], reason: 'authz.scope', rule: '' }],
  byRoute: [{ change: 'newlyDenied', calls: 1, examples: [], route: 'orders' }],
  byConsumer: [{ change: 'newlyDenied', calls: 1, examples: ['a'], caller: 'acme', identified: true }],
  unknownBecause: [{ why: 'body', calls: 1, examples: ['b'] }],
  sinceMs: 1,
  untilMs: 2,
  incomplete: false,
  stopped: false,
};

/** The value without one of its members, at every depth, and with each of another type. */
function* spoiled(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    yield {};
    for (const [at, one] of value.entries()) for (const bad of spoiled(one)) yield value.with(at, bad);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      yield rest;
      for (const bad of spoiled(inner)) yield { ...value, [name]: bad };
    }
  } else yield typeof value === 'string' ? 7 : 'seven';
}

test('a report is taken as it is, and nothing that lacks any of it', () => {
  const report = JSON.parse(JSON.stringify(replay([], () => true))) as Record<string, unknown>;
  const full = {
    ...report,
    byReason: [{ reason: 'authz.scope', calls: 1 }],
    byConsumer: [{ consumer: 'acme', calls: 1, wouldDeny: 1, reasons: [{ reason: '', calls: 1 }] }],
    byAddress: [{ address: '192.0.2.1', calls: 1, wouldDeny: 1, reasons: [] }],
  };
  assert.equal(comparisonIn({ status: 200, body: COMPARISON }).calls, 3);
  assert.equal(replayReportIn({ status: 200, body: full }).byConsumer.length, 1);
  let tried = 0;
  for (const [good, read] of [
    [COMPARISON, comparisonIn],
    [full, replayReportIn],
  ] as const)
    for (const body of spoiled(good)) {
      tried++;
      assert.throws(
        () => read({ status: 200, body: body as Record<string, unknown> }),
        (error) => error instanceof AdminUnreachable,
        JSON.stringify(body),
      );
    }
  assert.ok(tried > 60, String(tried));
});
