import { type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  stringOption,
  stringOptions,
} from '../command.ts';
import { parseDuration } from '../duration.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';
import { printWholeList } from '../paged-list.ts';
import { type VerbArguments, verbProblem } from '../verb-arguments.ts';

const ID = 'id of a parameter';
const PIN_OPTIONS = ['route', 'method', 'path', 'type', 'forgive', 'for'];

const VERBS: Readonly<Record<string, VerbArguments>> = {
  list: { options: ['route'] },
  show: { subject: ID, options: [] },
  pin: { options: PIN_OPTIONS },
  unpin: { subject: ID, options: [] },
  forget: { subject: ID, options: [] },
};

export const command: Command = {
  name: 'parameters',
  summary: 'what parameters of endpoints hold, as accepted calls showed it',
  usage: [
    'parameters list [--route ID]',
    'parameters show ID',
    'parameters pin --route ID --method METHOD --path PATH [--type TYPE] [--forgive CLASS…] [--for 90d]',
    'parameters unpin ID',
    'parameters forget ID',
  ],
  verbs: [
    { name: 'list', summary: 'what was learned, by route and place' },
    { name: 'show', summary: 'one parameter, with the evidence that is usual there' },
    { name: 'pin', summary: 'say what a parameter holds, or what is forgiven there; it comes before what was learned' },
    { name: 'unpin', summary: 'take that back' },
    { name: 'forget', summary: 'forget all that was learned and said of it' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    route: { type: 'string', valueName: 'ID', description: 'route' },
    method: { type: 'string', valueName: 'METHOD', description: 'GET, POST, PUT, PATCH or DELETE' },
    path: { type: 'string', valueName: 'PATH', description: 'key path, such as body.note or query.q' },
    type: { type: 'string', valueName: 'TYPE', description: 'such as integer, uuid, identifier; text: anything' },
    forgive: {
      type: 'string',
      multiple: true,
      valueName: 'CLASS',
      description: 'class of attack whose evidence is forgiven there, such as xss; may stand several times',
    },
    for: { type: 'string', valueName: 'DAYS', description: 'how long it counts, such as 30d; 90d unless told' },
  },
  examples: [
    'parameters list --route orders',
    'parameters pin --route orders --method POST --path body.html --forgive xss --for 30d',
  ],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb = '', id = ''] = args.positionals;
  const problem = verbProblem(args, io, 'parameters', VERBS[verb] ?? { options: [] });
  if (problem !== undefined) return Promise.resolve(problem);
  switch (verb) {
    case 'list':
      return list(args, io);
    case 'pin':
      return pin(args, io);
    case 'show':
      return one(args, io, 'GET', id, parameterText);
    case 'unpin':
      return one(args, io, 'DELETE', `${id}/pin`, parameterText);
    default:
      return one(args, io, 'DELETE', id, () => `${id} is forgotten`);
  }
}

function one(
  args: CommandArguments,
  io: CommandIo,
  method: string,
  place: string,
  textOf: (parameter: AdminReply['body']) => string,
): Promise<ExitCode> {
  const path = place.split('/').map(encodeURIComponent).join('/');
  return withAdmin(args, io, async (client) => {
    const reply = await client.request(method, `/api/v1/parameters/${path}`);
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () => textOf(reply.body));
    return EXIT_OK;
  });
}

function pin(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [route, method, path, type] = ['route', 'method', 'path', 'type'].map((name) => stringOption(args, name));
  const forgive = stringOptions(args, 'forgive');
  if (route === undefined || method === undefined || path === undefined)
    return Promise.resolve(usageProblem(io, 'name the parameter by --route, --method and --path'));
  if (type === undefined && forgive.length === 0)
    return Promise.resolve(usageProblem(io, 'say what it holds with --type, or what is forgiven there with --forgive'));
  const duration = stringOption(args, 'for');
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  if (duration !== undefined && (seconds === undefined || seconds % DAY_SECONDS !== 0))
    return Promise.resolve(usageProblem(io, '--for is a number of days, such as 30d'));
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/parameters', {
      route,
      method: method.toUpperCase(),
      path,
      ...(type === undefined ? {} : { type }),
      ...(forgive.length === 0 ? {} : { forgive }),
      ...(seconds === undefined ? {} : { days: seconds / DAY_SECONDS }),
    });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () => parameterText(reply.body));
    return EXIT_OK;
  });
}

const DAY_SECONDS = 86_400;

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const route = stringOption(args, 'route');
  return printWholeList(
    args,
    io,
    '/api/v1/parameters',
    (items) => (items.length === 0 ? 'nothing was learned yet' : listText(io, items)),
    route === undefined ? {} : { route },
  );
}

function listText(io: CommandIo, items: readonly AdminReply['body'][]): string {
  return renderTable(
    io,
    ['id', 'route', 'endpoint', 'parameter', 'values', 'holds', 'state'],
    items.map((item) => [
      String(item['id']),
      String(item['routeId']),
      `${String(item['method'])} ${String(item['template'])}`,
      String(item['path']),
      String(item['values']),
      String(item['type']),
      stateOf(item),
    ]),
  );
}

function stateOf(item: AdminReply['body']): string {
  if (item['pin'] !== undefined) return 'pinned';
  const missing = item['missing'] as readonly string[];
  if (missing.length > 0) return `learning: ${missing.join(', ')}`;
  return item['heldTo'] === undefined ? 'learned' : `held to ${String(item['heldTo'])}`;
}

function parameterText(item: AdminReply['body']): string {
  const evidence = item['evidence'] as readonly Readonly<Record<string, unknown>>[];
  const pin = item['pin'] as { readonly expiresMs: number } | undefined;
  const forgives = item['forgives'] as readonly string[];
  return [
    `${String(item['path'])} of ${String(item['method'])} ${String(item['template'])} (route ${String(item['routeId'])}, id ${String(item['id'])})`,
    `  ${stateOf(item)}; holds ${String(item['type'])}, ${String(item['lengthMin'])} to ${String(item['lengthMax'])} characters (${(item['characters'] as readonly string[]).join(' ')})`,
    `  ${String(item['values'])} values of ${String(item['consumers'])} consumers and ${String(item['addresses'])} addresses in ${String(item['hours'])} hours`,
    ...(Number(item['choices']) > 0 ? [`  ${String(item['choices'])} different values`] : []),
    ...(pin === undefined ? [] : [`  pinned until ${dayText(pin.expiresMs)}`]),
    ...(forgives.length === 0 ? [] : [`  forgiven: ${forgives.join(', ')}`]),
    ...evidence.map(
      (one) =>
        `  ${one['forgiven'] === true ? 'usual' : 'seen'}: ${String(one['feature'])} in ${Math.round(Number(one['share']) * 100)} %`,
    ),
    `  forgotten on ${dayText(Number(item['forgottenMs']))} unless it is seen before`,
  ].join('\n');
}

function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
