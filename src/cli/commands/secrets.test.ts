import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { COMMANDS } from '../commands.ts';
import { dispatch } from '../dispatch.ts';
import { RecordedIo } from '../io-fixture.test.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('what cannot be read is no clean bill, and its name does nothing to a terminal', async () => {
  const name = 'x\u001b]0;owned\u0007\u001b[2J.log';
  // The head of something compressed, and nothing behind it that is.
  writeFileSync(join(folder, name), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(' a secret ')]));
  symlinkSync('/dev/zero', join(folder, 'endless'));
  const io = new RecordedIo({ cwd: folder, tty: true, env: { NO_COLOR: '1' } });
  assert.equal(await dispatch(['secrets', 'scan', '.'], io.io, COMMANDS, '0'), 3);
  assert.match(io.err, /x.*could not be read to its end/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  assert.doesNotMatch(io.err + io.out, /\u001b|\u0007/);
});
