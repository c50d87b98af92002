import { DECOY_KINDS } from '../../core/finding.ts';
import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, stringOption } from '../command.ts';
import { followUp } from '../follow-up.ts';
import { EXIT_OK, printProgress, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'decoys',
  summary: 'credentials that are planted, so that whoever finds them is found',
  usage: ['decoys add --place TEXT [--kind key|token|client] [--issuer URL]', 'decoys list', 'decoys remove ID'],
  verbs: [
    { name: 'add', summary: 'make a credential to be planted; it never works, and its use is a finding' },
    { name: 'list', summary: 'what is planted, and where' },
    { name: 'remove', summary: 'take one up' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    kind: { type: 'string', valueName: 'KIND', default: 'key', description: DECOY_KINDS.join(', ') },
    issuer: { type: 'string', valueName: 'URL', description: 'whose a token is to look like' },
    place: { type: 'string', valueName: 'TEXT', description: 'where it will lie, in words' },
  },
  examples: [
    'decoys add --place "the deployment page of the wiki"',
    'decoys add --kind token --place "an old log file"',
  ],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, id] = args.positionals;
  if (id !== undefined && ['add', 'list'].includes(verb ?? ''))
    return Promise.resolve(usageProblem(io, `${verb} takes no "${id}"`));
  switch (verb) {
    case 'add':
      return add(args, io);
    case 'list':
      return list(args, io);
    default:
      return id === undefined
        ? Promise.resolve(usageProblem(io, 'name the decoy by its id', './sallyport decoys list shows ids'))
        : remove(args, io, id);
  }
}

function add(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const place = stringOption(args, 'place');
  if (place === undefined)
    return Promise.resolve(usageProblem(io, 'say where it will lie', 'add --place "the deployment page of the wiki"'));
  const kind = stringOption(args, 'kind') ?? 'key';
  if (!DECOY_KINDS.some((one) => one === kind))
    return Promise.resolve(usageProblem(io, `there is no decoy of kind ${kind}`, `one of ${DECOY_KINDS.join(', ')}`));
  const issuer = stringOption(args, 'issuer');
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/decoys', {
      place,
      kind,
      ...(issuer === undefined ? {} : { issuer }),
    });
    if (reply.status !== 201) return reportRefusal(io, reply);
    const parts = ['key', 'token', 'clientId', 'clientSecret'].filter((name) => reply.body[name] !== undefined);
    printResult(io, reply.body, parts.map((name) => String(reply.body[name])).join('\n'));
    printProgress(
      io,
      `\nThis ${kind} (${String(reply.body['id'])}) never works. Put it there; its use is a finding:\n  ${followUp(args, 'findings list')}`,
    );
    return EXIT_OK;
  });
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('GET', '/api/v1/decoys');
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as Readonly<Record<string, unknown>>[];
    printResult(io, { items }, () =>
      renderTable(
        io,
        ['id', 'kind', 'place'],
        items.map((one) => [String(one['id']), String(one['kind']), String(one['place'])]),
      ),
    );
    return EXIT_OK;
  });
}

function remove(args: CommandArguments, io: CommandIo, id: string): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('DELETE', `/api/v1/decoys/${encodeURIComponent(id)}`);
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, `decoy ${id} is taken up`);
    return EXIT_OK;
  });
}
