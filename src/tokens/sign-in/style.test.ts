import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** Contrast of two colours (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

test('text and edges can be seen in light and in dark', () => {
  const [light, dark] = STYLE.split('@media (prefers-color-scheme: dark)');
  for (const scheme of [light, dark?.split('}')[0]]) {
    const colours = new Map(
      [...(scheme ?? '').matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', colour = '']) => [name, colour]),
    );
    const between = (one: string, other: string): number => contrast(colours.get(one) ?? '', colours.get(other) ?? '');
    assert.equal(colours.size, 10);
    for (const [one, other] of [
      ['text', 'sheet'],
      ['text', 'page'],
      ['text', 'fault-page'],
      ['quiet', 'sheet'],
      ['fault', 'sheet'],
      ['on-action', 'action'],
      ['action', 'sheet'],
    ] as const)
      assert.ok(between(one, other) >= 7, `${one} on ${other}: ${between(one, other)}`);
    for (const [one, other] of [
      ['edge', 'sheet'],
      ['focus', 'sheet'],
      ['fault', 'fault-page'],
    ] as const)
      assert.ok(between(one, other) >= 3, `${one} on ${other}: ${between(one, other)}`);
  }
});

test('the style names nothing of another origin', () => {
  assert.ok(!/url\(|@import|https?:/.test(STYLE));
});

test('the script does nothing where there are no passkeys', () => {
  const touched: string[] = [];
  const document = new Proxy({}, { get: (_target, name) => touched.push(String(name)) });
  vm.runInNewContext(SCRIPT, { document });
  vm.runInNewContext(SCRIPT, { document, PublicKeyCredential: {} });
  assert.deepEqual(touched, []);
});

test('the script makes no text into markup, code or an address', () => {
  assert.ok(!/innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function|location|import\(/.test(SCRIPT));
});
