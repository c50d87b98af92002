import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SEVERITIES, type Severity } from '../../core/finding.ts';
import { API_KEY_PATTERN } from '../../crypto/api-key-format.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { scanHistory } from '../git-history.ts';
import {
  EXIT_FAULT,
  EXIT_FINDINGS,
  EXIT_OK,
  faultProblem,
  oneLine,
  printProgress,
  printResult,
  renderTable,
  usageProblem,
} from '../output.ts';
import { type FoundSecret, scanStream } from '../secret-scan.ts';

export const command: Command = {
  name: 'secrets',
  summary: 'find keys of ours and secrets of known vendors in files, logs and git histories',
  usage: ['secrets scan PATH… [--git] [--min-severity SEVERITY]', 'secrets scan -', 'secrets rule'],
  verbs: [
    {
      name: 'scan',
      summary:
        'look for secrets by form and checksum; ends with 1 where one is found, 3 where something cannot be read',
    },
    { name: 'rule', summary: 'a rule for gitleaks and the pattern for other scanners' },
  ],
  options: {
    git: { type: 'boolean', description: 'the whole history of the git repository at PATH, not its files' },
    'min-severity': {
      type: 'string',
      valueName: 'SEVERITY',
      default: 'low',
      description: `what is less is left out: ${SEVERITIES.join(', ')}`,
    },
  },
  examples: ['secrets scan .', 'secrets scan . --git', 'secrets scan /var/log/nginx', 'secrets rule > .gitleaks.toml'],
  wordsMax: Number.POSITIVE_INFINITY,
  run,
};

interface Found extends FoundSecret {
  readonly file: string;
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.git']);

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, ...paths] = args.positionals;
  if (verb === 'rule') {
    printResult(io, { pattern: API_KEY_PATTERN }, gitleaksRule());
    return EXIT_OK;
  }
  const severityMin = SEVERITIES.findIndex((one) => one === (stringOption(args, 'min-severity') ?? ''));
  if (severityMin < 0) return usageProblem(io, 'no such severity', `one of ${SEVERITIES.join(', ')}`);
  if (verb !== 'scan' || paths.length === 0) return usageProblem(io, 'name what to look through', 'secrets scan PATH');
  const found: Found[] = [];
  const told = (one: Found): void => void found.push(one);
  const isWanted = (severity: Severity): boolean => SEVERITIES.indexOf(severity) >= severityMin;
  const unread: string[] = [];
  let files = 0;
  const scan = async (stream: Readable, file: string): Promise<void> => {
    files++;
    // What could not be read must not look as if it held nothing.
    await scanStream(stream, (one) => told({ file, ...one }), isWanted).catch(() => unread.push(file));
  };
  for (const path of paths) {
    if (path === '-') {
      await scan(process.stdin, 'stdin');
      continue;
    }
    const root = resolve(io.cwd, path);
    if (flagOption(args, 'git')) {
      const ended = await scanHistory(root, told, io.env, isWanted);
      if (ended !== 0) return faultProblem(io, `the git history of ${path} cannot be read`);
      files++;
      continue;
    }
    if (statSync(root, { throwIfNoEntry: false }) === undefined) return usageProblem(io, `${path} is not there`);
    for (const file of filesOf(root, unread)) await scan(createReadStream(file), relative(io.cwd, file));
  }
  printResult(io, { files, found, unread }, () =>
    found.length === 0
      ? `no secret in ${files} files`
      : renderTable(
          io,
          ['file', 'line', 'kind', 'severity', 'which'],
          found.map(({ file, line, kind, severity, keyId, label }) => [
            file,
            String(line),
            kind,
            severity,
            keyId === '' ? `${label}…` : `${label} ${keyId}`,
          ]),
        ),
  );
  for (const file of unread) printProgress(io, `${oneLine(file)} could not be read to its end`);
  if (found.length > 0) return EXIT_FINDINGS;
  return unread.length === 0 ? EXIT_OK : EXIT_FAULT;
}

/** What cannot be looked into is put among the unread. */
function* filesOf(path: string, unread: string[]): Generator<string> {
  let entries: readonly Dirent[];
  try {
    if (!statSync(path).isDirectory()) {
      yield path;
      return;
    }
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    unread.push(path);
    return;
  }
  for (const entry of entries) {
    if (entry.isDirectory() ? SKIPPED_FOLDERS.has(entry.name) : !entry.isFile()) continue;
    yield* filesOf(join(path, entry.name), unread);
  }
}

function gitleaksRule(): string {
  return `[[rules]]
id = "sallyport-api-key"
description = "API key of a Sallyport gateway; the last six characters are a CRC-32 of all before them, in base62"
regex = '''${API_KEY_PATTERN}'''
keywords = ["_live_", "_test_"]
entropy = 3.5`;
}
