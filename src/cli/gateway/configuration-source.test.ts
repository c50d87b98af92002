import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSource } from './configuration-source.ts';

const TEXT = `version: 1
mode: observe
upstreams: { orders: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key } }
routes: [{ id: r, match: { path: /a }, upstream: orders, authenticate: { anyOf: [keys] } }]
unmatched: forward
`;

test('a mode on the command line cannot let calls around the rules that it enforces', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-source-'));
  try {
    const file = join(folder, 'sallyport.yaml');
    writeFileSync(file, TEXT);
    const load = (mode: 'observe' | 'enforce' | undefined) =>
      fileSource(file, { port: undefined, adminPort: undefined, mode }, {}).load();
    assert.equal(load(undefined).ok, true);
    assert.equal(load('observe').ok, true);
    const refused = load('enforce');
    assert.ok(!refused.ok);
    assert.deepEqual(
      refused.diagnostics.map(({ code, path }) => `${code} ${path}`),
      ['SP060 unmatched'],
    );
    writeFileSync(file, TEXT.replace('unmatched: forward', 'unmatched: deny'));
    const enforced = load('enforce');
    assert.ok(enforced.ok);
    assert.equal(enforced.configuration.mode, 'enforce');
    assert.deepEqual(enforced.warnings, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what a mode on the command line opens or closes for calls of no route is told by it, not by the file alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-source-'));
  try {
    const file = join(folder, 'sallyport.yaml');
    const warned = (inFile: string, mode: 'observe' | 'enforce' | undefined) => {
      const text = TEXT.replace('unmatched: forward\n', '').replace('{ id: r,', '{ id: r, mode: enforce,');
      writeFileSync(file, text.replace('mode: observe', `mode: ${inFile}`));
      const loaded = fileSource(file, { port: undefined, adminPort: undefined, mode }, {}).load();
      assert.ok(loaded.ok);
      return loaded.warnings.map(({ code }) => code);
    };
    assert.deepEqual(warned('observe', undefined), ['SP063']);
    assert.deepEqual(warned('observe', 'observe'), ['SP063']);
    assert.deepEqual(warned('observe', 'enforce'), []);
    assert.deepEqual(warned('enforce', undefined), []);
    assert.deepEqual(warned('enforce', 'observe'), ['SP063']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
