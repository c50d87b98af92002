import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function run(file: string, word: string): { readonly code: number | null; readonly out: string; readonly err: string } {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, word], { encoding: 'utf8', timeout: 30_000 });
  return { code: status, out: stdout, err: stderr };
}

for (const file of [
  'clients/dpop.ts',
  'clients/hmac-request.ts',
  'clients/introspection-issuer.ts',
  'clients/signed-request.ts',
  'clients/token.ts',
  'orders/server.ts',
])
  test(`${file} says how it is called, and what was wrong`, () => {
    const usage = new RegExp(`^usage: .*scripts/node examples/${file}`);
    const help = run(file, '--help');
    assert.equal(help.code, 0, help.err);
    assert.match(help.out, usage);
    const wrong = run(file, '--nosuch');
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^error: .*\n\nusage: /s);
    assert.ok(!wrong.err.includes('    at '), 'no stack');
  });
