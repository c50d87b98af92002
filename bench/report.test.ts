import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoundFigures } from './report.ts';
import { medianOf, summarise, table, withRatios } from './report.ts';
import type { System } from './systems/system.ts';

function system(name: string): System {
  return {
    name,
    title: name,
    checks: [],
    unavailable: () => undefined,
    version: () => '1',
    start: () => Promise.reject(),
  };
}

function round(cpuMicrosPerRequest: number, p99Micros: number, generatorLateP99Micros = 1): RoundFigures {
  const requestsPerSecond = 1_000_000 / cpuMicrosPerRequest;
  const base = { p50Micros: 50, directP99Micros: 100, unfinished: 0 };
  return { requestsPerSecond, cpuMicrosPerRequest, p99Micros, generatorLateP99Micros, ...base };
}

test('the median of an even count is the mean of the middle two', () => {
  assert.equal(medianOf([9, 1, 5]), 5);
  assert.equal(medianOf([9, 1, 5, 7]), 6);
});

test('ratios are to plain nginx, and absent where it was not measured', () => {
  const nginx = summarise(system('nginx'), 1000, 0, [round(10, 200), round(12, 400), round(11, 300)]);
  const other = summarise(system('other'), 1000, 0, [round(33, 1100)]);
  assert.equal(nginx.cpuMicrosPerRequest, 11);
  assert.equal(nginx.addedP99Micros, 200);
  const [, rated] = withRatios([nginx, other]);
  assert.equal(rated?.cpuRatio, 3);
  assert.equal(withRatios([other])[0]?.cpuRatio, undefined);
});

test('the table is Markdown with equal rows and warns where the generator was late', () => {
  const figures = withRatios([
    summarise(system('nginx'), 1000, 2 ** 20, [round(10, 200)]),
    summarise(system('late'), 1000, 2 ** 20, [round(20, 200, 90)]),
  ]);
  const text = table({ version: 1, takenAt: '', machine: 'a machine', secondsPerRun: 2, systems: figures });
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  assert.equal(rows.length, 4);
  assert.equal(new Set(rows.map((line) => line.length)).size, 1);
  assert.match(text, /late for late:/);
});
