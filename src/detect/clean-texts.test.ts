import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CleanTexts } from './clean-texts.ts';

const VALUE = 4;
const NAME = 8;

function sent(texts: CleanTexts, text: string, kind: number): boolean {
  const known = texts.find(text, kind) !== 'unknown';
  if (!known) texts.add(text, kind, true, false);
  return known;
}

test('a text is known from the third time on: the second is when it is kept', () => {
  const texts = new CleanTexts();
  assert.deepEqual(
    [1, 2, 3, 4].map(() => sent(texts, 'en-GB, en;q=0.8', VALUE)),
    [false, false, true, true],
  );
});

test('what is clean as a value is not known as a name', () => {
  const texts = new CleanTexts();
  for (let time = 0; time < 3; time++) sent(texts, 'constructor.prototype', VALUE);
  assert.equal(texts.find('constructor.prototype', VALUE), 'clean');
  assert.equal(texts.find('constructor.prototype', NAME), 'unknown');
});

test('a text that differs only where its hash does not look is another text', () => {
  const texts = new CleanTexts();
  for (const length of [1000, 2000]) {
    const clean = 'a'.repeat(length);
    for (let time = 0; time < 3; time++) sent(texts, clean, VALUE);
    assert.equal(texts.find(clean, VALUE), 'clean');
    for (let at = 0; at < clean.length; at++)
      assert.equal(texts.find(`${clean.slice(0, at)}<${clean.slice(at + 1)}`, VALUE), 'unknown', `at ${at}`);
  }
});

test('many long texts push no short one out', () => {
  const texts = new CleanTexts();
  for (let time = 0; time < 3; time++) sent(texts, 'en-GB, en;q=0.8', VALUE);
  for (let i = 0; i < 4000; i++) for (let time = 0; time < 2; time++) sent(texts, `${i} ${'b'.repeat(1500)}`, VALUE);
  assert.equal(texts.find('en-GB, en;q=0.8', VALUE), 'clean');
});

test('text beyond Latin-1 is kept as it is', () => {
  const texts = new CleanTexts();
  const text = 'żółw i \u{1f422} na plaży';
  for (let time = 0; time < 2; time++) if (texts.find(text, VALUE) === 'unknown') texts.add(text, VALUE, false, false);
  assert.equal(texts.find(text, VALUE), 'clean');
});

test('what is clean but for a parameter that never holds such is told apart', () => {
  const texts = new CleanTexts();
  for (let time = 0; time < 2; time++) {
    assert.equal(texts.find('https://app.example.com', VALUE), 'unknown');
    texts.add('https://app.example.com', VALUE, true, true);
  }
  assert.equal(texts.find('https://app.example.com', VALUE), 'near');
  assert.equal(texts.find('https://app.example.com', NAME), 'unknown');
});
