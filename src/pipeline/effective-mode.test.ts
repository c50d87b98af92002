import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mode } from '../core/decision.ts';
import { effectiveMode } from './effective-mode.ts';

const MODES: readonly (Mode | undefined)[] = [undefined, 'observe', 'enforce'];

function mode(global: Mode, byStage: Mode | undefined, byRoute: Mode | undefined, own: Mode | undefined): Mode {
  return effectiveMode(
    { mode: global, stages: byStage === undefined ? {} : { limit: byStage } },
    { mode: byRoute, stages: own === undefined ? {} : { limit: own } },
    'limit',
  );
}

test("a route's own word on a stage wins over everything", () => {
  for (const own of ['observe', 'enforce'] as const) {
    for (const byStage of MODES) {
      for (const byRoute of MODES) assert.equal(mode('observe', byStage, byRoute, own), own);
      for (const byRoute of MODES) assert.equal(mode('enforce', byStage, byRoute, own), own);
    }
  }
});

test('where route and stage both have a mode, observe wins', () => {
  assert.equal(mode('enforce', 'observe', 'enforce', undefined), 'observe');
  assert.equal(mode('enforce', 'enforce', 'observe', undefined), 'observe');
  assert.equal(mode('observe', 'enforce', 'enforce', undefined), 'enforce');
});

test('where only one of route and stage has a mode, it wins over the global one', () => {
  assert.equal(mode('observe', 'enforce', undefined, undefined), 'enforce');
  assert.equal(mode('enforce', undefined, 'observe', undefined), 'observe');
});

test('where nothing is said, the global mode holds, also for calls no route matched', () => {
  assert.equal(mode('enforce', undefined, undefined, undefined), 'enforce');
  assert.equal(effectiveMode({ mode: 'observe', stages: {} }, undefined, 'route'), 'observe');
  assert.equal(effectiveMode({ mode: 'observe', stages: { route: 'enforce' } }, undefined, 'route'), 'enforce');
});

test('the mode of one stage says nothing about another', () => {
  assert.equal(effectiveMode({ mode: 'enforce', stages: { limit: 'observe' } }, undefined, 'authenticate'), 'enforce');
});
