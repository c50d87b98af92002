import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACK_CLASSES } from '../attack-class.ts';
import { isSetting, structureFeature } from '../evidence.ts';
import { DECODERS } from '../normalise/variants.ts';
import { STRUCTURES } from '../structures.ts';
import { evidenceWords } from './evidence-words.ts';
import { evidenceSentence } from './recorded-evidence.ts';

const NONE = { location: 'query', isName: false, decoded: [], contributions: [] };
const found = (...features: string[]): readonly string[] =>
  evidenceWords({ attack: 'sqli', ...NONE, contributions: features.map((feature) => ({ feature, weight: 1 })) }).found;

test('every class, decoder and structure that is evidence by itself has words', () => {
  for (const attack of ATTACK_CLASSES) assert.notEqual(evidenceWords({ attack, ...NONE }).what, attack);
  for (const name of DECODERS)
    if (!['base64'].includes(name))
      assert.notDeepEqual(evidenceWords({ attack: 'sqli', ...NONE, decoded: [name] }).decoded, [name]);
  for (const name of STRUCTURES) assert.equal(found(name).length, isSetting(structureFeature(name)) ? 0 : 1, name);
});

test('what was found is told once, and not how the text looks', () => {
  assert.deepEqual(
    found('both shape.below-64 sql.union-select', 'sql.union-select', 'word alert', 'text =1', 'sql =1C'),
    [
      'a second query put on by UNION SELECT',
      'the word “alert”',
      'the text “=1”',
      'words and signs in the order of SQL',
    ],
  );
});

test('what spoke against it was not found, and names of another version are left as they are', () => {
  const words = evidenceWords({
    attack: 'quantum',
    location: 'mind',
    isName: true,
    decoded: ['rot13'],
    contributions: [
      { feature: 'sql.tautology', weight: -1 },
      { feature: 'mind.reader', weight: 1 },
    ],
  });
  assert.deepEqual(words, { what: 'quantum', where: '', decoded: ['rot13'], found: [] });
});

test('a detail begins with a sentence in words', () => {
  assert.equal(
    evidenceSentence('xss with 98 % in a name in body (json); score 4.0, threshold 2.0 (default)'),
    'what looks like script for the page of another in a name in the JSON of the body, at body.*',
  );
  assert.equal(evidenceSentence('the body is too large'), undefined);
});
