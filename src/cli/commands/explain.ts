import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExplainLine, ExplainTone } from '../../pipeline/explain-text.ts';
import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, stringOption } from '../command.ts';
import { type Colour, EXIT_OK, paint, printResult, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'explain',
  summary: 'the trace of one call',
  usage: ['explain <request-id>', 'explain --request FILE.http [--from ADDRESS]'],
  options: {
    ...GATEWAY_OPTIONS,
    request: { type: 'string', valueName: 'FILE', description: 'judge this request, without making it' },
    from: { type: 'string', valueName: 'ADDRESS', description: 'client address to judge it from; default 127.0.0.1' },
  },
  examples: ['explain 5k2d9r8w3a71c0m4x2q0', 'explain --request order.http --from 203.0.113.9'],
  wordsMax: 1,
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [requestId] = args.positionals;
  const file = stringOption(args, 'request');
  if ((requestId === undefined) === (file === undefined))
    return Promise.resolve(
      usageProblem(io, 'name a request id or a file', 'every answer carries its id in the field Sallyport-Request-Id'),
    );
  let text = '';
  if (file !== undefined) {
    try {
      text = readFileSync(resolve(io.cwd, file), 'utf8');
    } catch {
      return Promise.resolve(usageProblem(io, `${file} cannot be read`));
    }
  }
  return withAdmin(args, io, async (client) => {
    const reply =
      file === undefined
        ? await client.request('GET', `/api/v1/calls/${encodeURIComponent(requestId ?? '')}`)
        : await client.request('POST', '/api/v1/explain', {
            request: text,
            address: stringOption(args, 'from') ?? '127.0.0.1',
          });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () =>
      (reply.body['explanation'] as readonly ExplainLine[]).map((line) => lineText(io, line)).join('\n'),
    );
    return EXIT_OK;
  });
}

const COLOURS: Readonly<Record<ExplainTone, Colour | undefined>> = {
  plain: undefined,
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  muted: 'dim',
};

function lineText(io: CommandIo, line: ExplainLine): string {
  const colour = COLOURS[line.tone];
  const text =
    line.kind === 'stage'
      ? `  ${line.stage.padEnd(13)} ${verdictText(line).padEnd(16)} ${(line.micros === undefined ? '' : `${line.micros} µs`).padStart(9)}  ${line.text}`.trimEnd()
      : `${line.kind.padEnd(9)} ${line.text}`;
  return colour === undefined ? text : paint(io, io.stdout, colour, text);
}

function verdictText(line: Extract<ExplainLine, { kind: 'stage' }>): string {
  return line.enforced || line.verdict === 'pass' ? line.verdict : `${line.verdict} (observed)`;
}
