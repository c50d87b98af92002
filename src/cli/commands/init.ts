import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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
import { runImport } from '../import-source.ts';
import { nextWith, pathFrom, writeNewFile } from '../new-file.ts';
import { EXIT_OK, printResult, usageProblem } from '../output.ts';

const DEFAULT_FILE = 'sallyport.yaml';

export const command: Command = {
  name: 'init',
  summary: 'write a commented configuration',
  usage: ['init [--upstream URL] [--output FILE]', 'init --from FILE [--upstream URL] [--output FILE]'],
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
      description: 'OpenAPI document, declarative Kong file or nginx configuration to translate',
    },
  },
  examples: ['sallyport init --upstream http://localhost:3000', 'sallyport init --from openapi.yaml'],
  run,
};

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  if (args.positionals.length > 0)
    return usageProblem(io, 'init takes no file name by itself', 'sallyport init --output FILE');
  const given = stringOption(args, 'upstream');
  const upstreamUrl = given ?? DEFAULT_UPSTREAM_URL;
  const problem = upstreamUrlProblem(upstreamUrl);
  if (problem !== undefined) return usageProblem(io, `--upstream ${problem.error}`, problem.fix);
  const output = stringOption(args, 'output') ?? DEFAULT_FILE;
  const from = stringOption(args, 'from');
  if (from !== undefined) return runImport({ from, upstreamUrl: given, output, force: flagOption(args, 'force') }, io);
  if (output === '-') {
    const text = initialConfigurationText({ upstreamUrl });
    printResult(io, { text }, text);
    return EXIT_OK;
  }
  return write(output, upstreamUrl, flagOption(args, 'force'), io);
}

function write(output: string, upstreamUrl: string, force: boolean, io: CommandIo): ExitCode {
  const schemaPath = schemaPathFrom(dirname(resolve(io.cwd, output)));
  const text = initialConfigurationText(schemaPath === undefined ? { upstreamUrl } : { upstreamUrl, schemaPath });
  const refused = writeNewFile(output, text, force, io);
  if (refused !== undefined) return refused;
  printResult(io, { file: output }, `wrote ${output}\n${nextWith(output)}`);
  return EXIT_OK;
}

/** Where the published JSON Schema lies, as seen from a folder; undefined where it is not installed. */
function schemaPathFrom(folder: string): string | undefined {
  const schema = fileURLToPath(new URL('../../../schema/sallyport.schema.json', import.meta.url));
  if (!existsSync(schema)) return undefined;
  return pathFrom(folder, schema);
}
