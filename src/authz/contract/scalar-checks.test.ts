import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckRun } from './check-run.ts';
import { numberCheck } from './scalar-checks.ts';

function isMultipleOf(value: number, multipleOf: number): boolean {
  return numberCheck({ multipleOf }, '')?.(value, new CheckRun(0), undefined) === true;
}

test('a multiple is one however large the number is, and what is half a step off is none', () => {
  for (const [value, step] of [
    [9_007_199_254_740_991, 2],
    [4_503_599_627_370_497, 2],
    [9_007_199_254_740_990, 4],
    [1_000_000_000_000_001, 1_000],
    [0.35, 0.1],
    [1_000_000_000.005, 0.01],
    [4_503_599_627_370_495.5, 1],
    [Number.POSITIVE_INFINITY, 2],
  ] as const)
    assert.equal(isMultipleOf(value, step), false, `${value} of ${step}`);
  for (const [value, step] of [
    [9_007_199_254_740_990, 2],
    [-4, 2],
    [-0, 3],
    [0.3, 0.1],
    [19.99, 0.01],
    [1_000_000_000.01, 0.01],
    [2, 0.5],
    [4.5, 1.5],
  ] as const)
    assert.equal(isMultipleOf(value, step), true, `${value} of ${step}`);
});
