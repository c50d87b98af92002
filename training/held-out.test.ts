import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Leaf } from '../src/detect/leaf.ts';
import { loadModel } from '../src/detect/load-model.ts';
import { ValueScorer } from '../src/detect/scorer.ts';
import { benignSamples, samplesOf } from './corpus.ts';
import { benignRequests, DATA, dataIsThere, labelledSamples, valueLeaf } from './datasets.ts';
import { attack } from './generators/attacks.ts';
import { Random } from './random.ts';

const scorer = new ValueScorer(loadModel());

function share(values: readonly (readonly Leaf[])[]): number {
  const refused = values.filter((leaves) => leaves.some((leaf) => scorer.scoreValue(leaf)?.reaches.default));
  return refused.length / values.length;
}

/** Every so manieth of a list: what the test reads is the same on every run. */
function thinned<T>(list: readonly T[], size: number): T[] {
  const step = Math.max(1, Math.floor(list.length / size));
  return list.filter((_, i) => i % step === 0).slice(0, size);
}

test('forms of attacks and of harmless texts that the training never saw are told apart', () => {
  const random = new Random(31);
  const attacks = (['sqli', 'xss', 'xxe', 'log4shell'] as const).flatMap((kind) =>
    Array.from({ length: 100 }, () => [valueLeaf(attack(kind, 'test', random))]),
  );
  assert.ok(share(attacks) >= 0.93, `found ${share(attacks)}`);
  const harmless = benignSamples('test', 2000, 32).map(({ leaves }) => leaves);
  assert.ok(share(harmless) <= 0.02, `flagged ${share(harmless)}`);
});

test('recorded attacks are found and recorded requests pass, where the corpora are there', (t) => {
  if (!dataIsThere()) {
    t.diagnostic(`nothing was read: the corpora are not in ${DATA}`);
    return;
  }
  const labelled = labelledSamples().filter(({ side }) => side === 'test');
  for (const [kind, least] of [
    ['sqli', 0.95],
    ['xss', 0.9],
  ] as const) {
    const found = share(
      thinned(
        labelled.filter((sample) => sample.class === kind),
        300,
      ).map(({ leaves }) => leaves),
    );
    assert.ok(found >= least, `${kind}: found ${found}`);
  }
  const requests = thinned(benignRequests('validation'), 300).map(({ leaves }) => leaves);
  assert.ok(share(requests) <= 0.01, `flagged ${share(requests)}`);
});

test('samples of the two sides of the corpora have no value in common', (t) => {
  if (!dataIsThere()) {
    t.diagnostic(`nothing was read: the corpora are not in ${DATA}`);
    return;
  }
  const textOf = (side: 'train' | 'test'): Set<string> =>
    new Set(
      samplesOf(side, 0, 1)
        .filter(({ source }) => source === 'libinjection' || source.startsWith('modsec'))
        .map(({ leaves }) => leaves[0]?.text ?? ''),
    );
  const trained = textOf('train');
  assert.ok(trained.size > 1000);
  assert.deepEqual(
    [...textOf('test')].filter((text) => trained.has(text)),
    [],
  );
});
