import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfiguration } from '../config/default-configuration.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Decision } from '../core/decision.ts';
import { generateAssertionKey } from '../crypto/assertion.ts';
import { toCall } from '../http/call.ts';
import { evaluate } from './evaluate.ts';
import { beginEvaluation, EMPTY_BODY } from './evaluation.ts';
import { compileSnapshot, type Snapshot } from './snapshot.ts';
import { emptyParts } from './snapshot-fixture.test.ts';

const clock = { nowMs: () => 1e12, monotonicMicros: () => 1e12 };

function snapshotOf(change: Partial<Configuration>, route: Partial<RouteConfig> = {}): Snapshot {
  const base = defaultConfiguration();
  const configuration: Configuration = { ...base, ...change, routes: base.routes.map((one) => ({ ...one, ...route })) };
  return compileSnapshot(
    {
      version: 1,
      configuration,
      peppers: { current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } },
      consumers: new Map(),
      clientTrust: undefined,
      decoys: { tokens: [], clients: [] },
      assertionKey: generateAssertionKey(),
    },
    emptyParts(),
  );
}

function judge(
  snapshot: Snapshot,
  target = '/orders',
  rawHeaders: readonly string[] = ['host', 'api.example.com'],
  inProgress = 1,
): Decision {
  const head = {
    method: 'GET',
    target,
    httpVersion: '1.1',
    rawHeaders,
    encrypted: false,
    remoteAddress: '192.0.2.1',
    peer: undefined,
  };
  const decision = evaluate(
    beginEvaluation(toCall(head, snapshot.callPolicy, 'id'), EMPTY_BODY, snapshot, 1e12, 1e12, inProgress, false),
    clock,
  );
  assert.ok(!(decision instanceof Promise), 'nothing here has to wait');
  return decision;
}

function denial(decision: Decision) {
  assert.equal(decision.effect, 'deny');
  return decision.effect === 'deny' ? decision : assert.fail();
}

test('a denial of an observing stage is kept, the run goes on, and the call may pass', () => {
  const decision = denial(judge(snapshotOf({ mode: 'observe' })));
  assert.equal(decision.enforced, false);
  assert.equal(decision.reason, 'authn.missing');
  assert.ok(decision.forward?.asItCame);
  assert.deepEqual(
    decision.trace.map(({ stage }) => stage),
    ['framing', 'admit', 'route', 'authenticate', 'authorise', 'limit', 'inspect'],
  );
});

test('an enforcing stage ends the run, even behind one that only observes', () => {
  const decision = denial(judge(snapshotOf({ mode: 'enforce' })));
  assert.deepEqual([decision.enforced, decision.status, decision.reason], [true, 401, 'authn.missing']);
  assert.equal(decision.trace.length, 4);
  const scoped = denial(
    judge(
      snapshotOf({ mode: 'observe', stages: { authorise: 'enforce' } }, { authorize: { scopes: ['a'], access: [] } }),
    ),
  );
  assert.deepEqual(
    [scoped.enforced, scoped.status, scoped.reason, scoped.stage],
    [true, 403, 'authz.scope', 'authorise'],
  );
});

test('what cannot be framed is refused in every mode', () => {
  const decision = denial(judge(snapshotOf({ mode: 'observe' }), '/orders', ['host', 'a', 'host', 'b']));
  assert.deepEqual([decision.enforced, decision.reason, decision.forward], [true, 'framing.host', undefined]);
});

test('a stage that throws decides nothing, and the call is refused', () => {
  const snapshot = snapshotOf({ mode: 'enforce' });
  const [route] = snapshot.routes;
  assert.ok(route !== undefined);
  Object.assign(route, {
    authenticators: [
      {
        name: 'broken',
        credentialHeaders: [],
        challenge: '',
        authenticate: () => {
          throw new Error('key sp_live_secret');
        },
      },
    ],
  });
  const decision = denial(judge(snapshot));
  assert.deepEqual([decision.enforced, decision.status, decision.reason], [true, 503, 'gateway.fault']);
  assert.ok(!JSON.stringify(decision).includes('secret'), 'what it said may hold anything');
  assert.equal(decision.trace.at(-1)?.kind, 'indeterminate');
});

test('no route, no way through: 404 while enforcing, observed only where there is one place to go', () => {
  const enforced = denial(
    judge(snapshotOf({ mode: 'enforce' }, { match: { host: '*', path: '/a', methods: [] } }), '/b'),
  );
  assert.deepEqual([enforced.enforced, enforced.status, enforced.forward], [true, 404, undefined]);
  const observed = denial(
    judge(snapshotOf({ mode: 'observe' }, { match: { host: '*', path: '/a', methods: [] } }), '/b'),
  );
  assert.deepEqual([observed.enforced, observed.forward?.upstream], [false, 'default']);
});

test('new calls are shed while too many are in progress', () => {
  const snapshot = snapshotOf({ mode: 'enforce' });
  const max = snapshot.configuration.listen.limits.callsInProgressMax;
  assert.equal(denial(judge(snapshot, '/orders', undefined, max + 1)).reason, 'admit.overloaded');
});

test('unmatched calls that are forwarded pass while nothing enforces; else they are not found, in the mode of their stage', () => {
  const route = { match: { host: '*', path: '/only', methods: [] } };
  const unmatched = { kind: 'forward', upstream: 'default' } as const;
  assert.equal(judge(snapshotOf({ mode: 'observe', unmatched }, route), '/other').effect, 'permit');
  const observed = denial(judge(snapshotOf({ mode: 'observe', unmatched }, { ...route, mode: 'enforce' }), '/other'));
  assert.equal(observed.reason, 'route.not_found');
  assert.equal(observed.enforced, false, 'observing does not block');
  assert.equal(observed.forward?.upstream, 'default');
  const enforced = denial(judge(snapshotOf({ mode: 'enforce', unmatched }, route), '/other'));
  assert.equal(enforced.enforced, true);
  assert.equal(enforced.forward, undefined);
});
