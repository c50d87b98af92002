import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Diagnostic, diagnosticJson, renderDiagnostic } from '../../config/diagnostics.ts';
import { asksStored } from '../../config/lint-stored.ts';
import { type LoadPorts, loadConfiguration } from '../../config/load.ts';
import { GATEWAY_OPTIONS, namedClient } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { dataFolder } from '../gateway/configuration-source.ts';
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, paint, printProgress, printResult, usageProblem } from '../output.ts';
import { askHoldings, type HoldingsAnswer } from '../stored-holdings.ts';

const DEFAULT_FILE = 'sallyport.yaml';
const NOBODY_ASKED: HoldingsAnswer = { stored: undefined, notAsked: [] };

export const command: Command = {
  name: 'check',
  summary: 'validate a configuration',
  usage: ['check [FILE]'],
  options: {
    config: { type: 'string', valueName: 'FILE', description: `configuration, as FILE; default ${DEFAULT_FILE}` },
    data: {
      type: 'string',
      valueName: 'DIR',
      description:
        'data folder of the gateway that is asked for what only it knows; default what the configuration says',
    },
    admin: GATEWAY_OPTIONS.admin,
    strict: { type: 'boolean', description: 'exit with 1 where there are warnings' },
  },
  examples: ['sallyport check', 'sallyport check --strict --json gateway.yaml'],
  wordsMax: 1,
  run,
};

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const named = [
    ...args.positionals,
    ...(stringOption(args, 'config') === undefined ? [] : [stringOption(args, 'config')]),
  ];
  if (named.length > 1) return usageProblem(io, 'check takes one file', 'sallyport check FILE');
  const file = named[0] ?? DEFAULT_FILE;
  const ports: LoadPorts = {
    env: io.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    readBytes: readFileSync,
    cwd: io.cwd,
    nowMs: Date.now(),
  };
  const alone = loadConfiguration(file, ports);
  // Which gateway to ask stands in the file; what it says is judged with the file once more.
  const held =
    alone.ok && asksStored(alone.configuration)
      ? await askHoldings(
          dataFolder(alone.configuration, resolve(io.cwd, file), folderOption(args, io)),
          Date.now(),
          () => namedClient(args, io),
        )
      : NOBODY_ASKED;
  const result = held.stored === undefined ? alone : loadConfiguration(file, { ...ports, stored: held.stored });
  const problems = result.ok ? result.warnings : result.diagnostics;
  const summary = result.ok
    ? `${file}: ok, ${counted(result.configuration.routes.length, 'route')}`
    : `${file}: not usable`;
  const routes = result.ok
    ? result.configuration.routes.map(({ id, authenticate }, index) => ({
        id,
        authenticates: authenticate.kind !== 'none',
        ...(authenticate.kind === 'none' && authenticate.because !== undefined
          ? { because: authenticate.because }
          : {}),
        settings: result.settings.of(index),
      }))
    : [];
  const { notAsked } = held;
  printResult(io, { file, ok: result.ok, diagnostics: problems.map(diagnosticJson), routes, notAsked }, () =>
    humanText(io, problems, summary),
  );
  for (const sentence of notAsked) printProgress(io, `not asked: ${sentence}`);
  if (!result.ok) return EXIT_USAGE;
  return problems.length > 0 && flagOption(args, 'strict') ? EXIT_FINDINGS : EXIT_OK;
}

function folderOption(args: CommandArguments, io: CommandIo): string | undefined {
  const named = stringOption(args, 'data');
  return named === undefined ? undefined : resolve(io.cwd, named);
}

function humanText(io: CommandIo, problems: readonly Diagnostic[], summary: string): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const counts = [counted(errors, 'error'), counted(problems.length - errors, 'warning')].filter(
    (count) => !count.startsWith('0 '),
  );
  const shown = problems.map(
    (problem) => `${renderDiagnostic(problem, (colour, text) => paint(io, io.stdout, colour, text))}\n`,
  );
  return `${shown.join('')}${[summary, ...counts].join(', ')}\n`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
