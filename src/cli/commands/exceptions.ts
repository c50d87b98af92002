import { type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, stringOption } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';
import { printWholeList } from '../paged-list.ts';
import { type VerbArguments, verbProblem } from '../verb-arguments.ts';

const VERBS: Readonly<Record<string, VerbArguments>> = {
  list: { options: ['route'] },
  add: { options: ['route', 'path', 'class', 'consumer', 'for', 'reason'] },
  remove: { subject: 'id of an exception', options: [] },
};

export const command: Command = {
  name: 'exceptions',
  summary: 'which attacks are let through where, until when, and how often they were',
  usage: [
    'exceptions list [--route ID]',
    'exceptions add --route ID --path PATH --class CLASS --for 30d [--consumer NAME] [--reason TEXT]',
    'exceptions remove ID',
  ],
  verbs: [
    { name: 'list', summary: 'all of them, those of the configuration included' },
    { name: 'add', summary: 'let one class through on a route, at a path, or both; explain prints the command' },
    { name: 'remove', summary: 'take one back' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    route: { type: 'string', valueName: 'ID', description: 'route; without it every route' },
    path: {
      type: 'string',
      valueName: 'PATH',
      description: 'key path, such as body.note or body.document.*; without it every place of the route',
    },
    class: { type: 'string', valueName: 'CLASS', description: 'class of attack, such as sqli' },
    consumer: { type: 'string', valueName: 'NAME', description: 'only calls of this consumer' },
    for: { type: 'string', valueName: 'DAYS', description: 'how long it counts, such as 30d; a year at most' },
    reason: { type: 'string', valueName: 'TEXT', description: 'for those who read it later' },
  },
  examples: [
    'exceptions add --route cms --path body.html --class xss --for 30d --reason "the editor sends HTML"',
    'exceptions list',
  ],
  run,
};

const DAY_SECONDS = 86_400;

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb = '', id = ''] = args.positionals;
  const problem = verbProblem(args, io, 'exceptions', VERBS[verb] ?? { options: [] });
  if (problem !== undefined) return Promise.resolve(problem);
  switch (verb) {
    case 'list':
      return list(args, io);
    case 'add':
      return add(args, io);
    default:
      return withAdmin(args, io, async (client) => {
        const reply = await client.request('DELETE', `/api/v1/exceptions/${encodeURIComponent(id)}`);
        if (reply.status !== 200) return reportRefusal(io, reply);
        printResult(io, reply.body, () => `${scopeText(reply.body)} is looked for again`);
        return EXIT_OK;
      });
  }
}

function add(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [route, path, attack, consumer, reason] = ['route', 'path', 'class', 'consumer', 'reason'].map((name) =>
    stringOption(args, name),
  );
  if (route === undefined && path === undefined)
    return Promise.resolve(usageProblem(io, 'name the place by --route, --path or both'));
  if (attack === undefined) return Promise.resolve(usageProblem(io, 'say what is let through with --class'));
  const duration = stringOption(args, 'for');
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  if (seconds === undefined || seconds % DAY_SECONDS !== 0)
    return Promise.resolve(usageProblem(io, 'say how long it counts with --for, in days, such as 30d'));
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/exceptions', {
      ...(route === undefined ? {} : { route }),
      ...(path === undefined ? {} : { path }),
      class: attack,
      ...(consumer === undefined ? {} : { consumer }),
      ...(reason === undefined ? {} : { reason }),
      days: seconds / DAY_SECONDS,
    });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(
      io,
      reply.body,
      () =>
        `${scopeText(reply.body)} is let through until ${dayText(reply.body['expiresMs'])}\ntake it back: sallyport exceptions remove ${String(reply.body['id'])}`,
    );
    return EXIT_OK;
  });
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const route = stringOption(args, 'route');
  return printWholeList(
    args,
    io,
    '/api/v1/exceptions',
    (items) => (items.length === 0 ? 'nothing is let through' : listText(io, items)),
    route === undefined ? {} : { route },
  );
}

function listText(io: CommandIo, items: readonly AdminReply['body'][]): string {
  return renderTable(
    io,
    ['id', 'route', 'path', 'class', 'consumer', 'until', 'let through', 'last', 'from', 'look at'],
    items.map((item) => [
      String(item['id']),
      String(item['route'] ?? 'every'),
      String(item['path'] ?? 'every'),
      String(item['class']),
      String(item['consumer'] ?? 'everybody'),
      dayText(item['expiresMs']),
      String(item['letThrough']),
      item['lastUsedMs'] === 0 ? 'never' : dayText(item['lastUsedMs']),
      originText(item),
      (item['warnings'] as readonly string[]).map((one) => one.replaceAll('_', ' ')).join(', '),
    ]),
  );
}

function originText(item: AdminReply['body']): string {
  if (item['source'] === 'configuration') return 'configuration';
  const reason = String(item['reason']);
  return `${String(item['addedBy'])}, ${dayText(item['addedMs'])}${reason === '' ? '' : `: ${reason}`}`;
}

function scopeText(item: AdminReply['body']): string {
  const place = item['path'] === undefined ? 'everywhere' : `at ${String(item['path'])}`;
  const route = item['route'] === undefined ? 'on every route' : `on route ${String(item['route'])}`;
  const whose = item['consumer'] === undefined ? '' : ` of ${String(item['consumer'])}`;
  return `${String(item['class'])}${whose} ${place} ${route}`;
}

function dayText(timeMs: unknown): string {
  return new Date(Number(timeMs)).toISOString().slice(0, 10);
}
