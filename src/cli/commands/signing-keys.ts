import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, flagOption } from '../command.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'signing-keys',
  summary: 'keys the issuer signs with',
  usage: ['signing-keys list', 'signing-keys rotate [--now | --emergency]', 'signing-keys reset'],
  verbs: [
    { name: 'list', summary: 'every key, and where it is in its life' },
    { name: 'rotate', summary: 'publish the next key' },
    { name: 'reset', summary: 'forget keys whose sealing key is lost; while no gateway runs' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    now: { type: 'boolean', description: 'it signs at once, not after the time of the policy' },
    emergency: { type: 'boolean', description: 'the same, and every token under another key is refused' },
  },
  examples: ['signing-keys rotate', 'signing-keys rotate --emergency'],
  wordsMax: 1,
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb] = args.positionals;
  if (verb === 'list') return show(args, io, 'GET', '/api/v1/signing-keys', undefined);
  if (verb === 'reset') return reset(args, io);
  const now = flagOption(args, 'now');
  const emergency = flagOption(args, 'emergency');
  if (now && emergency) return Promise.resolve(usageProblem(io, '--now and --emergency exclude each other'));
  const how = emergency ? 'emergency' : now ? 'now' : 'scheduled';
  return show(args, io, 'POST', '/api/v1/signing-keys/rotate', { how });
}

function show(
  args: CommandArguments,
  io: CommandIo,
  method: string,
  path: string,
  body: object | undefined,
): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request(method, path, body);
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as Record<string, unknown>[];
    printResult(io, reply.body, () =>
      renderTable(
        io,
        ['kid', 'algorithm', 'state', 'signs from', 'removed'],
        items.map(({ kid, algorithm, state, signsFromMs, removedAtMs }) => [
          String(kid),
          String(algorithm),
          String(state),
          timeText(signsFromMs),
          timeText(removedAtMs),
        ]),
      ),
    );
    return EXIT_OK;
  });
}

function reset(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/signing-keys/reset', undefined);
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () => `${String(reply.body['forgotten'])} signing keys are forgotten\n`);
    return EXIT_OK;
  });
}

function timeText(ms: unknown): string {
  return typeof ms === 'number' && ms > 0 ? new Date(ms).toISOString() : '';
}
