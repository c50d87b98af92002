import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AddedException } from '../../core/payload.ts';
import { evidenceViews, exceptionViews } from './exception-view.ts';
import { exceptionId } from './exceptions.ts';
import { recordedEvidence } from './recorded-evidence.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;
const EXCEPTION = { path: 'body.a', class: 'sqli', consumer: undefined, expiresMs: NOW_MS + DAY_MS };
const ADDED = {
  ...EXCEPTION,
  id: exceptionId('r', EXCEPTION),
  routeId: 'r',
  routePlace: '* /r',
  reason: '',
  addedBy: 'x',
  addedMs: 1,
};

test('what has ended is warned of, and what nobody used for a week; what is new or used is not', () => {
  const use = (calls: number, sinceMs: number) => ({ id: ADDED.id, calls, sinceMs, lastMs: calls === 0 ? 0 : sinceMs });
  const warningsOf = (expiresMs: number, ...uses: ReturnType<typeof use>[]) =>
    exceptionViews([], [{ ...ADDED, expiresMs }], uses, NOW_MS, () => false)[0]?.warnings;
  assert.deepEqual(warningsOf(NOW_MS), ['expired']);
  assert.deepEqual(warningsOf(NOW_MS + 1, use(0, NOW_MS - 7 * DAY_MS)), ['never_used']);
  assert.deepEqual(warningsOf(NOW_MS + 1, use(0, NOW_MS - 7 * DAY_MS + 1)), []);
  assert.deepEqual(warningsOf(NOW_MS + 1, use(1, NOW_MS - 30 * DAY_MS)), []);
  assert.deepEqual(warningsOf(NOW_MS + 1), []);
});

test('of an exception whose route is gone that is told, and nothing else but that it ended', () => {
  const use = { id: ADDED.id, calls: 0, sinceMs: 0, lastMs: 0 };
  assert.deepEqual(exceptionViews([], [ADDED], [use], NOW_MS, () => true)[0]?.warnings, ['route_gone']);
  assert.deepEqual(exceptionViews([], [ADDED], [use], ADDED.expiresMs, () => true)[0]?.warnings, ['expired']);
});

test('an exception of the configuration is counted under its scope, wherever it stands in the list', () => {
  const other = { ...EXCEPTION, path: 'body.b' };
  const uses = [{ id: exceptionId('r', other), calls: 4, sinceMs: 1, lastMs: 9 }];
  for (const exceptions of [[EXCEPTION, other], [other, EXCEPTION], [other]]) {
    const views = exceptionViews([{ routeId: 'r', exceptions }], [], uses, NOW_MS, () => false);
    assert.equal(views.find(({ path }) => path === 'body.b')?.letThrough, 4);
    assert.equal(views.find(({ path }) => path === 'body.a')?.letThrough ?? 0, 0);
  }
});

test('exceptions of different scopes have different names', () => {
  const scopes = [
    exceptionId('r', EXCEPTION),
    exceptionId('', EXCEPTION),
    exceptionId('r', { ...EXCEPTION, path: '' }),
    exceptionId('r', { ...EXCEPTION, class: 'xss' }),
    exceptionId('r', { ...EXCEPTION, consumer: 'acme' }),
    exceptionId('r","body.a', { ...EXCEPTION, path: '' }),
  ];
  assert.equal(new Set(scopes).size, scopes.length);
});

test('evidence of a call names the exception that lets it through by now, and no other', () => {
  const letThrough = (change: Partial<AddedException>, isGone = false, at = 'body.a') => {
    const views = exceptionViews([], [{ ...ADDED, ...change }], [], NOW_MS, () => isGone);
    const found = recordedEvidence({ signals: [`payload.sqli:default:${at}`], trace: [], detail: '' });
    return evidenceViews(found, { routeId: 'r', consumer: 'acme' }, views, NOW_MS)[0]?.letThroughBy;
  };
  assert.equal(letThrough({}), ADDED.id);
  for (const wider of [{ routeId: '' }, { path: '' }, { consumer: 'acme' }]) assert.equal(letThrough(wider), ADDED.id);
  for (const other of [
    { routeId: 's' },
    { path: 'body.b' },
    { class: 'xss' },
    { consumer: 'eve' },
    { expiresMs: NOW_MS },
  ])
    assert.equal(letThrough(other), undefined, JSON.stringify(other));
  assert.equal(letThrough({}, true), undefined, 'its route is gone');
  assert.equal(letThrough({}, false, 'body.*'), undefined, 'a name beneath the body');
  assert.equal(letThrough({ path: 'body.*' }, false, 'body.*'), ADDED.id);
});
