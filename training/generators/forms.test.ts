import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACK_CLASSES } from '../../src/detect/attack-class.ts';
import { Random } from '../random.ts';
import { attack } from './attacks.ts';
import { benignText, snippet } from './benign.ts';
import { keepsMeaning, mutate } from './mutations.ts';
import { benignTemplatesOf, templatesOf } from './templates.ts';

test('every hole of every form is filled, on both sides', () => {
  const random = new Random(1);
  for (const side of ['train', 'test'] as const) {
    for (const kind of ATTACK_CLASSES)
      for (let i = 0; i < 400; i++) assert.doesNotMatch(attack(kind, side, random), /[«»]/);
    for (let i = 0; i < 2000; i++) assert.doesNotMatch(benignText(side, random) + snippet(side, random), /[«»]/);
  }
});

test('the same seed makes the same texts', () => {
  const texts = (seed: number): string[] => {
    const random = new Random(seed);
    return ATTACK_CLASSES.map((kind) => attack(kind, 'train', random));
  };
  assert.deepEqual(texts(5), texts(5));
  assert.notDeepEqual(texts(5), texts(6));
});

test('no form stands on two sides', () => {
  const forms = Array.from({ length: 40 }, (_, i) => `form ${i}`);
  const sides = [templatesOf(forms, 'train'), templatesOf(forms, 'test')];
  assert.equal(new Set(sides.flat()).size, 40);
  assert.equal(sides.flat().length, 40);
  const harmless = (['train', 'calibration', 'test'] as const).map((side) => benignTemplatesOf(forms, side));
  assert.equal(harmless.flat().length, 40);
  assert.equal(new Set(harmless.flat()).size, 40);
  for (const side of ['train', 'calibration', 'test'] as const)
    assert.ok(benignTemplatesOf(forms.slice(0, 5), side).length > 0);
});

test('a mutation that would make another thing of an attack is not used on it', () => {
  assert.equal(keepsMeaning('case', 'deserialisation'), false);
  assert.equal(keepsMeaning('case', 'sqli'), true);
  assert.equal(keepsMeaning('text-before', 'traversal'), false);
  assert.equal(mutate('a<b', 'percent-twice', new Random(1)), 'a%253cb');
});
