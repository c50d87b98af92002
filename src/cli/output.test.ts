import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordedIo } from './io-fixture.test.ts';
import { colourAllowed, paint, printProblem, printProgress, printResult, renderTable } from './output.ts';

test('colour is for terminals, unless NO_COLOR or a dumb terminal forbids it', () => {
  const allowed = (tty: boolean, env: Record<string, string>): boolean => {
    const io = new RecordedIo({ tty, env }).command();
    return colourAllowed(io, io.stdout);
  };
  assert.equal(allowed(true, {}), true);
  assert.equal(allowed(true, { NO_COLOR: '' }), true, 'an empty NO_COLOR counts as absent');
  assert.equal(allowed(true, { NO_COLOR: '1' }), false);
  assert.equal(allowed(true, { TERM: 'dumb' }), false);
  assert.equal(allowed(false, {}), false);
  const io = new RecordedIo({ tty: true }).command();
  assert.equal(paint(io, io.stdout, 'red', 'x'), '\u001b[31mx\u001b[39m');
});

test('a result is text for people or one versioned JSON document', () => {
  const human = new RecordedIo();
  printResult(human.command(), { a: 1 }, 'text');
  assert.deepEqual([human.out, human.err], ['text\n', '']);
  const machine = new RecordedIo();
  printResult(machine.command(true), { a: 1 }, () => assert.fail('not rendered'));
  assert.equal(machine.out, '{"version":1,"a":1}\n');
});

test('progress and problems go to stderr; progress is silent with --json', () => {
  const human = new RecordedIo();
  printProgress(human.command(), 'working');
  printProblem(human.command(), { message: 'm', why: 'w', fix: 'f' });
  assert.deepEqual([human.out, human.err], ['', 'working\nerror: m\n  why: w\n  fix: f\n']);
  const machine = new RecordedIo();
  printProgress(machine.command(true), 'working');
  printProblem(machine.command(true), { message: 'm', fix: 'f' });
  assert.deepEqual([machine.out, machine.err], ['', '{"version":1,"error":{"message":"m","fix":"f"}}\n']);
});

test('a table is aligned with a header on a terminal, and bare tabs in a pipe', () => {
  const rows = [
    ['k1', 'acme'],
    ['k2-long', 'b'],
  ];
  const terminal = new RecordedIo({ tty: true, env: { NO_COLOR: '1' } });
  assert.equal(
    renderTable(terminal.command(), ['key', 'consumer'], rows),
    'KEY      CONSUMER\nk1       acme\nk2-long  b\n',
  );
  assert.equal(renderTable(new RecordedIo().command(), ['key', 'consumer'], rows), 'k1\tacme\nk2-long\tb\n');
});

test('what a caller sent cannot act on the terminal or break a row', () => {
  const io = new RecordedIo().command();
  assert.equal(renderTable(io, ['path'], [['/a\u001b[2Jb\tc\nd\u009be\u202e']]), '/ab c d e \n');
});
