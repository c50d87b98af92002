import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
  stringOptions,
} from '../command.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';
import { printWholeList } from '../paged-list.ts';

export const command: Command = {
  name: 'consumers',
  summary: 'the API clients that own keys',
  usage: ['consumers list', 'consumers show NAME', 'consumers set NAME [--group G]… [--tier T] [--disable|--enable]'],
  verbs: [
    { name: 'list', summary: 'every consumer' },
    { name: 'show', summary: 'one consumer' },
    { name: 'set', summary: 'register or change one; what is not given stays' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    group: {
      type: 'string',
      multiple: true,
      valueName: 'GROUP',
      description: 'group; given once or more, it replaces all',
    },
    tier: { type: 'string', valueName: 'TIER', description: 'tier' },
    disable: { type: 'boolean', description: 'refuse every key of the consumer' },
    enable: { type: 'boolean', description: 'take that back' },
  },
  examples: ['consumers set acme --group partners --tier gold', 'consumers set acme --disable'],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, name] = args.positionals;
  if (name !== undefined && ['list'].includes(verb ?? ''))
    return Promise.resolve(usageProblem(io, `${verb} takes no "${name}"`));
  if (verb === 'list') return printWholeList(args, io, '/api/v1/consumers', (items) => rows(io, items));
  if (name === undefined)
    return Promise.resolve(usageProblem(io, 'name the consumer', './sallyport consumers list shows them'));
  const path = `/api/v1/consumers/${encodeURIComponent(name)}`;
  if (verb === 'show') return one(args, io, 'GET', path, undefined);
  if (flagOption(args, 'disable') && flagOption(args, 'enable'))
    return Promise.resolve(usageProblem(io, '--disable and --enable exclude each other'));
  const groups = stringOptions(args, 'group');
  const tier = stringOption(args, 'tier');
  return one(args, io, 'PUT', path, {
    ...(groups.length === 0 ? {} : { groups }),
    ...(tier === undefined ? {} : { tier }),
    ...(flagOption(args, 'disable') ? { disabled: true } : {}),
    ...(flagOption(args, 'enable') ? { disabled: false } : {}),
  });
}

function one(
  args: CommandArguments,
  io: CommandIo,
  method: string,
  path: string,
  body: object | undefined,
): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request(method, path, body);
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () => rows(io, [reply.body]));
    return EXIT_OK;
  });
}

function rows(io: CommandIo, consumers: readonly Readonly<Record<string, unknown>>[]): string {
  return renderTable(
    io,
    ['name', 'groups', 'tier', 'state'],
    consumers.map(({ name, groups, tier, disabled }) => [
      String(name),
      Array.isArray(groups) ? groups.join(' ') : '',
      String(tier),
      disabled === true ? 'disabled' : 'enabled',
    ]),
  );
}
