import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { hiddenLine } from './hidden-line.ts';
import { RecordedIo } from './io-fixture.test.ts';

async function typed(keys: string): Promise<{ line: string | undefined; shown: string; modes: boolean[] }> {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => modes.push(on) });
  const recorded = new RecordedIo();
  const reading = hiddenLine(input, recorded.command(), 'password: ');
  input.write(keys);
  return { line: await reading, shown: recorded.out + recorded.err, modes };
}

test('what is typed is not shown, can be corrected, and ends with enter', async () => {
  const { line, shown, modes } = await typed('plumx\u007f tractor ü\rrest');
  assert.equal(line, 'plum tractor ü');
  assert.equal(shown, 'password: \n');
  assert.deepEqual(modes, [true, false]);
  assert.equal((await typed('wrong\u0015right\n')).line, 'right');
});

test('Ctrl-C gives up, and the terminal is as before', async () => {
  const { line, modes } = await typed('plum\u0003');
  assert.equal(line, undefined);
  assert.deepEqual(modes, [true, false]);
});

test('from a pipe the first line is taken', async () => {
  const input = new PassThrough();
  input.end('plum tractor\r\nmore');
  assert.equal(await hiddenLine(input, new RecordedIo().command(), 'p'), 'plum tractor');
});
