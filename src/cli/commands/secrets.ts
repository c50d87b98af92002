import { spawn } from 'node:child_process';
import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { API_KEY_PATTERN, parseApiKey } from '../../crypto/api-key-format.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, flagOption } from '../command.ts';
import { EXIT_FINDINGS, EXIT_OK, faultProblem, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'secrets',
  summary: 'find keys of ours in files',
  usage: ['secrets scan PATH… [--git]', 'secrets rule'],
  verbs: [
    { name: 'scan', summary: 'look for keys by form and checksum; ends with 1 where one is found' },
    { name: 'rule', summary: 'a rule for gitleaks and the pattern for other scanners' },
  ],
  options: { git: { type: 'boolean', description: 'the whole history of the git repository at PATH, not its files' } },
  examples: ['secrets scan .', 'secrets scan . --git', 'secrets rule > .gitleaks.toml'],
  run,
};

interface Found {
  readonly file: string;
  readonly line: number;
  readonly keyId: string;
  /** Brand and environment. */
  readonly label: string;
}

/** Longer lines are looked at up to here: no key is found in minified megabytes twice. */
const LINE_CHARACTERS_MAX = 1_000_000;
const SKIPPED_FOLDERS = new Set(['node_modules', '.git']);

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, ...paths] = args.positionals;
  if (verb === 'rule') {
    printResult(io, { pattern: API_KEY_PATTERN }, gitleaksRule());
    return EXIT_OK;
  }
  if (verb !== 'scan' || paths.length === 0) return usageProblem(io, 'name what to look through', 'secrets scan PATH');
  const found: Found[] = [];
  let files = 0;
  for (const path of paths) {
    const root = resolve(io.cwd, path);
    if (flagOption(args, 'git')) {
      const ended = await scanHistory(root, found);
      if (ended !== 0) return faultProblem(io, `the git history of ${path} cannot be read`);
      files++;
      continue;
    }
    if (statSync(root, { throwIfNoEntry: false }) === undefined) return usageProblem(io, `${path} is not there`);
    for (const file of filesOf(root)) {
      files++;
      await scanStream(createReadStream(file), relative(io.cwd, file), found).catch(() => undefined);
    }
  }
  printResult(io, { files, found }, () =>
    found.length === 0
      ? `no key in ${files} files`
      : renderTable(
          io,
          ['file', 'line', 'key id', 'kind'],
          found.map(({ file, line, keyId, label }) => [file, String(line), keyId, label]),
        ),
  );
  return found.length === 0 ? EXIT_OK : EXIT_FINDINGS;
}

function* filesOf(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  const entries: readonly Dirent[] = readdirSync(path, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory() ? SKIPPED_FOLDERS.has(entry.name) : !entry.isFile()) continue;
    yield* filesOf(join(path, entry.name));
  }
}

async function scanStream(stream: Readable, name: string, found: Found[]): Promise<void> {
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    for (const key of keysOf(text)) found.push({ file: name, line, ...key });
  }
}

/** Every line that was ever added, with the commit and file it was added in. */
async function scanHistory(root: string, found: Found[]): Promise<number> {
  const git = spawn('git', ['-C', root, 'log', '--all', '-p', '--unified=0', '--no-color', '--format=commit %H'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number>((done) => {
    git.on('error', () => done(1));
    git.on('close', (code) => done(code ?? 1));
  });
  let commit = '';
  let file = '';
  let line = 0;
  for await (const text of createInterface({ input: git.stdout })) {
    if (text.startsWith('commit ')) commit = text.slice('commit '.length, 'commit '.length + 12);
    else if (text.startsWith('+++ ')) file = text.slice('+++ b/'.length);
    else if (text.startsWith('@@')) line = Number(/\+(\d{1,9})/.exec(text)?.[1] ?? 0);
    else if (text.startsWith('+')) {
      for (const key of keysOf(text)) found.push({ file: `${commit}:${file}`, line, ...key });
      line++;
    }
  }
  return ended;
}

/** Keys of any brand in a line: what has the form and the checksum is one. */
function keysOf(text: string): readonly { readonly keyId: string; readonly label: string }[] {
  const keys: { keyId: string; label: string }[] = [];
  // The pattern has fixed widths behind its labels and nothing to go back over.
  for (const [candidate] of text.slice(0, LINE_CHARACTERS_MAX).matchAll(new RegExp(API_KEY_PATTERN, 'g'))) {
    const parsed = parseApiKey(candidate);
    if (parsed.kind === 'ok')
      keys.push({ keyId: parsed.keyId, label: candidate.slice(0, candidate.indexOf(parsed.keyId) - 1) });
  }
  return keys;
}

function gitleaksRule(): string {
  return `[[rules]]
id = "sallyport-api-key"
description = "API key of a Sallyport gateway; the last six characters are a CRC-32 of all before them, in base62"
regex = '''${API_KEY_PATTERN}'''
keywords = ["_live_", "_test_"]
entropy = 3.5`;
}
