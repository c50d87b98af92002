import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evidence, structureFeature } from './evidence.ts';
import { GRAVE_TEXTS } from './grave-texts.ts';
import { LITERALS } from './literals.ts';
import { Variants } from './normalise/variants.ts';
import { Reader } from './reader.ts';

test('each grave text is one literal, which counts for the structure of its list', () => {
  for (const [, structure, list] of GRAVE_TEXTS) {
    const texts = list
      .split(/\s+/)
      .filter(Boolean)
      .map((text) => text.replaceAll('\u00b7', ' '));
    assert.equal(new Set(texts).size, texts.length, `${structure}: none twice`);
    for (const text of texts)
      assert.deepEqual(
        LITERALS.filter((literal) => literal.text === text && !literal.wholeWord).map(({ tells }) => tells),
        [structure],
        text,
      );
  }
});

for (const [text, structure] of [
  ['x=1&-d AUTO_PREPEND_FILE=/tmp/q', 'code.grave-text'],
  ["host -oProxyCommand='touch q'", 'shell.grave-text'],
  ['{{settings.DEBUG}}', 'template.grave-text'],
  ['{!func}sleep(4)', 'query.grave-text'],
] as const) {
  test(`${text} has a ${structure}`, () => {
    const variants = new Variants();
    variants.load(text);
    const reader = new Reader();
    const variant = variants.list[0];
    assert.ok(variant !== undefined);
    const leaf = { location: 'query', isKey: false, path: 'q', text, decoded: [] } as const;
    reader.begin(variant, leaf);
    assert.ok(reader.read(variant, 0, text.length, leaf));
    assert.ok(reader.evidence instanceof Evidence && reader.evidence.has(structureFeature(structure)));
  });
}
