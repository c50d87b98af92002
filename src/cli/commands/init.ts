import { existsSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_UPSTREAM_URL, upstreamUrlProblem } from '../../config/default-configuration.ts';
import { initialConfigurationText } from '../../config/initial-file.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { EXIT_OK, faultProblem, printResult, usageProblem } from '../output.ts';

const DEFAULT_FILE = 'sallyport.yaml';

export const command: Command = {
  name: 'init',
  summary: 'write a commented configuration',
  usage: ['init [--upstream URL] [--output FILE]'],
  options: {
    upstream: { type: 'string', valueName: 'URL', description: `address of the API; default ${DEFAULT_UPSTREAM_URL}` },
    output: {
      type: 'string',
      valueName: 'FILE',
      description: `file to write, or - for stdout; default ${DEFAULT_FILE}`,
    },
    force: { type: 'boolean', description: 'replace a file that exists' },
    from: {
      type: 'string',
      valueName: 'FILE',
      description: 'not available yet: translate an OpenAPI, Kong or nginx file',
    },
  },
  examples: ['sallyport init --upstream http://localhost:3000'],
  run,
};

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  if (args.positionals.length > 0)
    return usageProblem(io, 'init takes no file name by itself', 'sallyport init --output FILE');
  if (stringOption(args, 'from') !== undefined) {
    return usageProblem(io, '--from is not available yet', 'sallyport init --upstream URL, then add routes by hand');
  }
  const upstreamUrl = stringOption(args, 'upstream') ?? DEFAULT_UPSTREAM_URL;
  const problem = upstreamUrlProblem(upstreamUrl);
  if (problem !== undefined) return usageProblem(io, `--upstream ${problem.error}`, problem.fix);
  const output = stringOption(args, 'output') ?? DEFAULT_FILE;
  if (output === '-') {
    const text = initialConfigurationText({ upstreamUrl });
    printResult(io, { text }, text);
    return EXIT_OK;
  }
  return write(output, upstreamUrl, flagOption(args, 'force'), io);
}

function write(output: string, upstreamUrl: string, force: boolean, io: CommandIo): ExitCode {
  const path = resolve(io.cwd, output);
  const schemaPath = schemaPathFrom(dirname(path));
  const text = initialConfigurationText(schemaPath === undefined ? { upstreamUrl } : { upstreamUrl, schemaPath });
  try {
    // `wx` fails on an existing file in one step with the writing, so that nothing is lost to a race.
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST')
      return usageProblem(
        io,
        `${output} exists already`,
        'add --force to replace it, or --output FILE to write another',
      );
    return faultProblem(io, `${output} cannot be written (${String(code)})`);
  }
  printResult(
    io,
    { file: output },
    `wrote ${output}\nnext: sallyport check ${output} && sallyport up --config ${output}`,
  );
  return EXIT_OK;
}

/** Where the published JSON Schema lies, as seen from a folder; undefined where it is not installed. */
function schemaPathFrom(folder: string): string | undefined {
  const schema = fileURLToPath(new URL('../../../schema/sallyport.schema.json', import.meta.url));
  if (!existsSync(schema)) return undefined;
  const path = relative(folder, schema).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
