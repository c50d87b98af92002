import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExampleCall } from '../../admin/example-call.ts';
import { shellWord } from '../../core/shell-word.ts';
import { type AdminClient, type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  stringOption,
  stringOptions,
} from '../command.ts';
import { parseDuration } from '../duration.ts';
import { followUp } from '../follow-up.ts';
import { BULK_OPTIONS, namesMany, revokeMany } from '../key-bulk-revoke.ts';
import { showHealth } from '../key-health-text.ts';
import { RESTRICTION_OPTIONS, restrictionFields } from '../key-restriction-options.ts';
import { keyUsageText } from '../key-usage-text.ts';
import { EXIT_OK, printProgress, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'keys',
  summary: 'create, list, rotate and revoke API keys',
  usage: [
    'keys create --consumer NAME [--scope SCOPE]… [--route ID]… [--rate 100/1m] [--quota 10000/1d] [--idle 30d]',
    'keys list [--consumer NAME] [--status STATUS]',
    'keys show ID',
    'keys usage ID',
    'keys update ID [--scope SCOPE]… [--cidr CIDR… | --cidr any] [--expires 90d | never] [--route ID… | --any-route] [--rate 100/1m | none] [--quota 10000/1d | none] [--idle 30d]',
    'keys rotate ID [--grace 24h] [--idempotency-key TEXT]',
    'keys revoke ID [--reason TEXT]',
    'keys revoke [--consumer NAME] [--leaked] [--created-before TIME] [--unused-since 90d] [--dry-run | --yes]',
    'keys disable ID [--reason TEXT]',
    'keys enable ID',
    'keys health [--consumer NAME]',
    'keys sweep',
    'keys import FILE',
  ],
  verbs: [
    { name: 'create', summary: 'make a key; it is shown once' },
    { name: 'list', summary: 'keys without their secrets' },
    { name: 'show', summary: 'one key' },
    { name: 'usage', summary: 'who uses a key, from where, and for what' },
    {
      name: 'update',
      summary: 'change what a key may do and is confined to, at once; lists that are given replace those before',
    },
    { name: 'rotate', summary: 'make a successor; the old key ends after the grace' },
    { name: 'revoke', summary: 'end a key at once, or all that fit' },
    { name: 'disable', summary: 'take a key out of use until it is enabled' },
    { name: 'enable', summary: 'put a disabled key into use again' },
    { name: 'health', summary: 'what weakens which key, and a score for each consumer' },
    { name: 'sweep', summary: 'disable idle keys and tell of expiring ones now, not within the hour' },
    { name: 'import', summary: 'take over keys of another format by their SHA-256 (JSON lines)' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    ...RESTRICTION_OPTIONS,
    ...BULK_OPTIONS,
    consumer: { type: 'string', valueName: 'NAME', description: 'who owns the key; registered where unknown' },
    scope: { type: 'string', multiple: true, valueName: 'SCOPE', description: 'what the key may do' },
    cidr: {
      type: 'string',
      multiple: true,
      valueName: 'CIDR',
      description: 'where the key may be used from; none: anywhere',
    },
    name: { type: 'string', valueName: 'TEXT', description: 'a name for people' },
    expires: { type: 'string', valueName: 'DURATION', description: 'life of the key, for instance 90d' },
    'not-before': { type: 'string', valueName: 'DURATION', description: 'time until the key becomes valid' },
    grace: {
      type: 'string',
      valueName: 'DURATION',
      description: 'how long the old key goes on after rotation; default 0s',
    },
    'idempotency-key': {
      type: 'string',
      valueName: 'TEXT',
      description:
        'rotate: with the same one the same answer comes again for ten minutes; 20 random characters or more',
    },
    reason: { type: 'string', valueName: 'TEXT', description: 'why a key is revoked or disabled' },
    status: { type: 'string', valueName: 'STATUS', description: 'active, disabled or revoked' },
  },
  examples: ['keys create --consumer acme --scope orders:read --expires 90d', 'keys rotate 7Hq2mB0xT4aL --grace 24h'],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, id] = args.positionals;
  switch (verb) {
    case 'create':
      return create(args, io);
    case 'list':
      return list(args, io);
    case 'show':
      return onKey(args, io, id, (client, keyId) => client.request('GET', `/api/v1/keys/${keyId}`), showRecord);
    case 'usage':
      return onKey(
        args,
        io,
        id,
        (client, keyId) => client.request('GET', `/api/v1/keys/${keyId}/usage`),
        (shown, body) => {
          printResult(shown, body, () => keyUsageText(shown, body));
          return EXIT_OK;
        },
      );
    case 'rotate':
      return rotate(args, io, id);
    case 'update':
      return update(args, io, id);
    case 'health':
      return showHealth(args, io);
    case 'sweep':
      return sweep(args, io);
    case 'disable':
    case 'enable':
      return onKey(
        args,
        io,
        id,
        (client, keyId) =>
          client.request(
            'POST',
            `/api/v1/keys/${keyId}/${verb}`,
            verb === 'disable' ? { reason: stringOption(args, 'reason') ?? '' } : undefined,
          ),
        (shown, body) => {
          printResult(shown, body, `key ${String(body['keyId'])} is ${String(body['status'])}`);
          return EXIT_OK;
        },
      );
    case 'revoke':
      if (namesMany(args))
        return id === undefined
          ? revokeMany(args, io, Date.now())
          : Promise.resolve(usageProblem(io, 'an id and what fits many', 'give one of them'));
      return onKey(
        args,
        io,
        id,
        (client, keyId) =>
          client.request('POST', `/api/v1/keys/${keyId}/revoke`, { reason: stringOption(args, 'reason') ?? '' }),
        (shown, body) => {
          printResult(shown, body, `key ${String(body['keyId'])} is revoked`);
          return EXIT_OK;
        },
      );
    case 'import':
      return importKeys(args, io, id);
    default:
      return Promise.resolve(
        usageProblem(
          io,
          'name what to do with keys',
          'create, list, show, usage, update, rotate, revoke, disable, enable, health, sweep or import',
        ),
      );
  }
}

function create(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const consumer = stringOption(args, 'consumer');
  if (consumer === undefined)
    return Promise.resolve(usageProblem(io, 'a key belongs to a consumer', 'add --consumer NAME'));
  const times: Record<string, number> = {};
  for (const [option, field] of [
    ['expires', 'expiresAtMs'],
    ['not-before', 'notBeforeMs'],
  ] as const) {
    const text = stringOption(args, option);
    if (text === undefined) continue;
    const seconds = parseDuration(text);
    if (seconds === undefined || seconds === 0)
      return Promise.resolve(usageProblem(io, `--${option} ${text} is no duration`, 'for instance 90d, 24h, 15m'));
    times[field] = Date.now() + seconds * 1000;
  }
  const restrictions = restrictionFields(args);
  if (!restrictions.ok) return Promise.resolve(usageProblem(io, restrictions.problem, restrictions.fix));
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/keys', {
      consumer,
      scopes: stringOptions(args, 'scope'),
      allowedCidrs: stringOptions(args, 'cidr'),
      name: stringOption(args, 'name') ?? '',
      ...times,
      ...restrictions.fields,
    });
    if (reply.status !== 201) return reportRefusal(io, reply);
    showNewKey(args, io, client, reply.body);
    return EXIT_OK;
  });
}

/** The key alone on stdout, so that it can be piped; everything about it on stderr. */
function showNewKey(args: CommandArguments, io: CommandIo, client: AdminClient, body: AdminReply['body']): void {
  const key = String(body['key']);
  const header = String(body['header'] ?? 'x-api-key');
  printResult(io, body, key);
  printProgress(
    io,
    [
      '',
      `This key (${String(body['keyId'])}) is shown once and cannot be read again.${client.offline ? ' It is in force when the gateway starts.' : ''}`,
      '',
      'next:',
      ...exampleLines(body['example'], header, client.dataUrl),
      `  ${followUp(args, `keys rotate ${String(body['keyId'])} --grace 24h`)}`,
      `  ${followUp(args, "enforce '<path>'")}`,
    ].join('\n'),
  );
}

/** A call to paste, and what the key would need for it; the gateway chose it. */
function exampleLines(example: unknown, header: string, dataUrl: string): readonly string[] {
  if (example === null) return ['  (no route of the configuration takes API keys yet)'];
  // A gateway of before does not say.
  if (typeof example !== 'object') return [];
  const { routeId, method, host, path, lacks } = example as ExampleCall;
  const fields = [`${header}: $KEY`, ...(host === '' ? [] : [`Host: ${host}`])].map((field) => ` -H "${field}"`);
  const line = `  curl -i${method === 'GET' ? '' : ` -X ${method}`}${fields.join('')} ${shellWord(`${dataUrl}${path}`)}`;
  return lacks.length === 0
    ? [line]
    : [line, `  (the route ${routeId} asks for ${lacks.join(' ')}, which this key has not)`];
}

function update(args: CommandArguments, io: CommandIo, id: string | undefined): Promise<ExitCode> {
  const restrictions = restrictionFields(args);
  if (!restrictions.ok) return Promise.resolve(usageProblem(io, restrictions.problem, restrictions.fix));
  const name = stringOption(args, 'name');
  const [scopes, cidrs, expires] = [
    stringOptions(args, 'scope'),
    stringOptions(args, 'cidr'),
    stringOption(args, 'expires'),
  ];
  const seconds = expires === undefined || expires === 'never' ? 0 : parseDuration(expires);
  if (seconds === undefined || (seconds === 0 && expires !== undefined && expires !== 'never'))
    return Promise.resolve(usageProblem(io, `--expires ${expires} is no duration`, 'for instance 90d, 24h, or never'));
  const change = {
    ...restrictions.fields,
    ...(name === undefined ? {} : { name }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(cidrs.length === 0 ? {} : { allowedCidrs: cidrs.filter((cidr) => cidr !== 'any') }),
    ...(expires === undefined ? {} : { expiresAtMs: seconds === 0 ? 0 : Date.now() + seconds * 1000 }),
  };
  if (Object.keys(change).length === 0)
    return Promise.resolve(
      usageProblem(
        io,
        'say what to change',
        '--scope, --cidr, --expires, --route, --any-route, --rate, --quota, --idle or --name',
      ),
    );
  return onKey(args, io, id, (client, keyId) => client.request('PUT', `/api/v1/keys/${keyId}`, change), showRecord);
}

function sweep(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/keys/sweep');
    if (reply.status !== 200) return reportRefusal(io, reply);
    const { looked, disabled, warned } = reply.body;
    printResult(io, reply.body, `${looked} keys looked at: ${disabled} disabled for being idle, ${warned} told of`);
    return EXIT_OK;
  });
}

function rotate(args: CommandArguments, io: CommandIo, id: string | undefined): Promise<ExitCode> {
  const grace = parseDuration(stringOption(args, 'grace') ?? '0s');
  if (grace === undefined)
    return Promise.resolve(usageProblem(io, '--grace is no duration', 'for instance 24h, 15m, 0s'));
  if (id === undefined)
    return Promise.resolve(usageProblem(io, 'name the key by its id', './sallyport keys list shows ids'));
  return withAdmin(args, io, async (client) => {
    const idempotencyKey = stringOption(args, 'idempotency-key');
    const reply = await client.request('POST', `/api/v1/keys/${encodeURIComponent(id)}/rotate`, {
      graceSeconds: grace,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    if (reply.status !== 200) return reportRefusal(io, reply);
    if (reply.body['repeated'] === true)
      printProgress(io, `key ${id} was rotated before: this is the same answer again`);
    else
      printProgress(
        io,
        grace === 0
          ? `key ${id} is revoked`
          : `key ${id} goes on until ${new Date(Date.now() + grace * 1000).toISOString()} at most`,
      );
    showNewKey(args, io, client, reply.body);
    return EXIT_OK;
  });
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const items: Record<string, unknown>[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = new URLSearchParams({ limit: '500' });
      for (const name of ['consumer', 'status']) {
        const value = stringOption(args, name);
        if (value !== undefined) query.set(name, value);
      }
      if (cursor !== undefined) query.set('cursor', cursor);
      const reply = await client.request('GET', `/api/v1/keys?${query}`);
      if (reply.status !== 200) return reportRefusal(io, reply);
      items.push(...(reply.body['items'] as Record<string, unknown>[]));
      if (typeof reply.body['next'] !== 'string') break;
      cursor = reply.body['next'];
    }
    printResult(io, { items }, () =>
      renderTable(
        io,
        ['id', 'consumer', 'status', 'scopes', 'ends', 'name'],
        items.map((key) => [
          String(key['keyId']),
          String(key['consumer']),
          String(key['status']),
          (key['scopes'] as string[]).join(' '),
          key['status'] === 'revoked' ? `revoked ${timeText(key['revokedAtMs'])}` : timeText(key['expiresAtMs']),
          String(key['name']),
        ]),
      ),
    );
    return EXIT_OK;
  });
}

function importKeys(args: CommandArguments, io: CommandIo, file: string | undefined): Promise<ExitCode> {
  if (file === undefined)
    return Promise.resolve(
      usageProblem(io, 'name the file', 'one JSON object a line: {"consumer":"…","sha256":"…","scopes":[…]}'),
    );
  let keys: unknown[];
  try {
    keys = readFileSync(resolve(io.cwd, file), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as unknown);
  } catch (error) {
    return Promise.resolve(
      usageProblem(
        io,
        `${file} cannot be read: ${error instanceof SyntaxError ? 'a line is not JSON' : String(error)}`,
      ),
    );
  }
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/keys/import', { keys });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, `${String(reply.body['imported'])} keys imported`);
    return EXIT_OK;
  });
}

function onKey(
  args: CommandArguments,
  io: CommandIo,
  id: string | undefined,
  ask: (client: AdminClient, keyId: string) => Promise<AdminReply>,
  show: (io: CommandIo, body: AdminReply['body']) => ExitCode,
): Promise<ExitCode> {
  if (id === undefined)
    return Promise.resolve(usageProblem(io, 'name the key by its id', './sallyport keys list shows ids'));
  return withAdmin(args, io, async (client) => {
    const reply = await ask(client, encodeURIComponent(id));
    return reply.status === 200 ? show(io, reply.body) : reportRefusal(io, reply);
  });
}

function showRecord(io: CommandIo, body: AdminReply['body']): ExitCode {
  printResult(io, body, () =>
    Object.entries(body)
      .map(
        ([name, value]) =>
          `${name.padEnd(14)} ${name.endsWith('AtMs') || name.endsWith('BeforeMs') ? timeText(value) : Array.isArray(value) ? value.join(' ') : String(value)}`,
      )
      .join('\n'),
  );
  return EXIT_OK;
}

function timeText(ms: unknown): string {
  return typeof ms === 'number' && ms > 0 ? new Date(ms).toISOString() : '–';
}
