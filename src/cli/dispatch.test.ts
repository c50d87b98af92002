import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { type Command, type CommandArguments, flagOption, stringOption, stringOptions } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { RecordedIo } from './io-fixture.test.ts';

let received: CommandArguments | undefined;

const GREET: Command = {
  name: 'greet',
  wordsMax: 1,
  summary: 'say hello',
  usage: ['greet [NAME]'],
  options: {
    loud: { type: 'boolean', short: 'l', description: 'shout' },
    to: { type: 'string', valueName: 'NAME', multiple: true, description: 'whom' },
    from: { type: 'string', default: 'me', description: 'who' },
  },
  examples: ['greet --to you', 'curl localhost'],
  run: async (args, io) => {
    received = args;
    io.stdout.write(io.json ? '{}' : 'hello');
    return 1;
  },
};
const TABLES: Command = {
  ...GREET,
  name: 'tables',
  verbs: [
    { name: 'list', summary: 'all' },
    { name: 'create', summary: 'one' },
  ],
};
const BROKEN: Command = {
  ...GREET,
  name: 'broken',
  run: async () => {
    throw new Error('the disk is full');
  },
};

const ENTRIES: readonly CommandEntry[] = [GREET, TABLES, BROKEN].map((command) => ({
  name: command.name,
  summary: command.summary,
  load: async () => ({ command }),
}));

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const recorded = new RecordedIo();
  const code = await dispatch(argv, recorded.io, ENTRIES, '1.2.3');
  return { code, out: recorded.out, err: recorded.err };
}

test('a command gets its parsed options and positionals, and its exit code is the result', async () => {
  const { code, out } = await run('greet', '-l', '--to', 'a', '--to=b', 'rest');
  assert.deepEqual([code, out], [1, 'hello']);
  assert.ok(received !== undefined);
  assert.deepEqual(received.positionals, ['rest']);
  assert.equal(flagOption(received, 'loud'), true);
  assert.deepEqual(stringOptions(received, 'to'), ['a', 'b']);
  assert.equal(stringOption(received, 'from'), 'me');
  assert.equal(stringOption(received, 'none'), undefined);
});

test('a word that nothing reads is refused, not ignored', async () => {
  received = undefined;
  const { code, err } = await run('greet', 'rest', 'more');
  assert.equal(code, 2);
  assert.match(err, /"more" is one word too many/);
  assert.equal(received, undefined);
});

test('every command takes --json and --help', async () => {
  assert.equal((await run('greet', '--json')).out, '{}');
  const help = await run('greet', '--help');
  assert.equal(help.code, 0);
  assert.match(help.out, /usage: sallyport greet \[NAME\]/);
  assert.match(help.out, /-l, --loud\s+shout/);
  assert.match(help.out, /--to NAME\s+whom \(may be repeated\)/);
  assert.match(help.out, /--from VALUE\s+who \(default me\)/);
  assert.match(help.out, /--json\s+print one JSON document/);
  assert.match(help.out, /\n {2}sallyport greet --to you\n {2}curl localhost\n/);
});

test('without a command the help goes to stderr and the exit code is 2; asked for, it is the result', async () => {
  const nothing = await run();
  assert.deepEqual([nothing.code, nothing.out], [2, '']);
  assert.match(nothing.err, /greet\s+say hello/);
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const asked = await run(...argv);
    assert.deepEqual([asked.code, asked.err], [0, '']);
    assert.match(asked.out, /usage: sallyport <command>/);
  }
  assert.match((await run('help', 'greet')).out, /usage: sallyport greet/);
  assert.deepEqual(await run('--version'), { code: 0, out: '1.2.3\n', err: '' });
});

test('an unknown command, verb or option is a usage error that says what was probably meant', async () => {
  const command = await run('gret');
  assert.equal(command.code, 2);
  assert.match(command.err, /there is no command "gret"\n {2}fix: did you mean "sallyport greet"\?/);
  const verb = await run('tables', 'creat');
  assert.equal(verb.code, 2);
  assert.match(verb.err, /tables has no verb "creat"\n {2}fix: did you mean "sallyport tables create"\?/);
  const option = await run('greet', '--lowd');
  assert.equal(option.code, 2);
  assert.match(option.err, /Unknown option '--lowd'\n {2}fix: did you mean "--loud"\?/);
  assert.match((await run('tables')).err, /tables needs a verb: list, create/);
  assert.equal((await run('greet', '--to')).code, 2);
});

test('with --json an error is JSON on stderr and stdout stays empty', async () => {
  const { code, out, err } = await run('greet', '--json', '--lowd');
  assert.deepEqual([code, out], [2, '']);
  assert.deepEqual(Object.keys(JSON.parse(err)), ['version', 'error']);
  assert.equal(JSON.parse(err).version, 1);
});

test('a fault of a command is a run-time failure with its message, and with its stack only on request', async () => {
  const quiet = await run('broken');
  assert.equal(quiet.code, 3);
  assert.match(quiet.err, /^error: broken: the disk is full\n/);
  assert.doesNotMatch(quiet.err, /dispatch\.test/);
  const loud = new RecordedIo({ env: { SALLYPORT_DEBUG: '1' } });
  assert.equal(await dispatch(['broken'], loud.io, ENTRIES, '1'), 3);
  assert.match(loud.err, /dispatch\.test/);
});

test('every command of the table has a file and its own name', async () => {
  const files = new Set(readdirSync(new URL('./commands', import.meta.url)));
  for (const entry of COMMANDS) {
    assert.ok(files.has(`${entry.name}.ts`), entry.name);
    const { command } = await entry.load();
    assert.equal(command.name, entry.name);
  }
});
