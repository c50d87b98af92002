import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GRANT_TYPES } from '../../tokens/oauth/clients.ts';
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
import { parseDuration } from '../duration.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';
import { printWholeList } from '../paged-list.ts';

/** Short names of grant types. */
const GRANTS: Readonly<Record<string, string>> = {
  'client-credentials': GRANT_TYPES.clientCredentials,
  code: GRANT_TYPES.authorizationCode,
  refresh: GRANT_TYPES.refreshToken,
  device: GRANT_TYPES.deviceCode,
  exchange: GRANT_TYPES.tokenExchange,
};

const AUTHENTICATION: Readonly<Record<string, string>> = {
  secret: 'client_secret_basic',
  post: 'client_secret_post',
  jwt: 'private_key_jwt',
  tls: 'tls_client_auth',
  'self-signed-tls': 'self_signed_tls_client_auth',
  none: 'none',
};

export const command: Command = {
  name: 'clients',
  summary: 'OAuth clients of the issuer',
  usage: [
    'clients create NAME --consumer C --grant G… [--auth A] [--redirect-uri URI]… [--scope S]… [--jwks FILE | --jwks-uri URL]',
    'clients list',
    'clients show ID',
    'clients rotate-secret ID [--grace 1h]',
    'clients disable ID',
    'clients enable ID',
    'clients remove ID',
    'clients registration-token',
  ],
  verbs: [
    { name: 'create', summary: 'register a client; a secret is shown once' },
    { name: 'list', summary: 'every client' },
    { name: 'show', summary: 'one client' },
    { name: 'rotate-secret', summary: 'give it a new secret' },
    { name: 'disable', summary: 'refuse it, and the tokens it has' },
    { name: 'enable', summary: 'take that back' },
    { name: 'remove', summary: 'forget it, and refuse the tokens it has' },
    { name: 'registration-token', summary: 'let somebody register clients' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    consumer: { type: 'string', valueName: 'NAME', description: 'whose client it is' },
    grant: {
      type: 'string',
      multiple: true,
      valueName: 'GRANT',
      description: `how it gets tokens: ${Object.keys(GRANTS).join(', ')}`,
    },
    auth: {
      type: 'string',
      valueName: 'METHOD',
      description: `how it proves itself: ${Object.keys(AUTHENTICATION).join(', ')}; secret unless told`,
    },
    'redirect-uri': { type: 'string', multiple: true, valueName: 'URI', description: 'where people are sent back to' },
    scope: {
      type: 'string',
      multiple: true,
      valueName: 'SCOPE',
      description: 'a scope it may have; every one unless told',
    },
    jwks: { type: 'string', valueName: 'FILE', description: 'its public keys (RFC 7517)' },
    'jwks-uri': { type: 'string', valueName: 'URL', description: 'where its public keys are' },
    'certificate-dns': {
      type: 'string',
      valueName: 'NAME',
      description: 'DNS name of its certificate, for --auth tls',
    },
    'certificate-uri': { type: 'string', valueName: 'URI', description: 'URI of its certificate, for --auth tls' },
    'dpop-bound': { type: 'boolean', description: 'its tokens are always bound to a key (RFC 9449)' },
    'certificate-bound': { type: 'boolean', description: 'its tokens are always bound to its certificate (RFC 8705)' },
    trusted: { type: 'boolean', description: 'people are not asked for consent' },
    introspects: { type: 'boolean', description: 'it may ask what any token is (RFC 7662)' },
    grace: { type: 'string', valueName: 'TIME', description: 'how long the old secret works on; 0 unless told' },
  },
  examples: [
    'clients create reports --consumer acme --grant client-credentials --scope orders:read',
    'clients create shop --consumer acme --grant code --grant refresh --auth none --redirect-uri https://shop.example/cb',
  ],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, name] = args.positionals;
  if (name !== undefined && ['list', 'registration-token'].includes(verb ?? ''))
    return Promise.resolve(usageProblem(io, `${verb} takes no "${name}"`));
  if (verb === 'list') return printWholeList(args, io, '/api/v1/clients', (items) => rows(io, items));
  if (verb === 'registration-token')
    return send(args, io, 'POST', '/api/v1/clients/registration-tokens', {}, 201, ({ token }) => `${String(token)}\n`);
  if (name === undefined)
    return Promise.resolve(usageProblem(io, verb === 'create' ? 'name the client' : 'give the id of the client'));
  if (verb === 'create') return create(args, io, name);
  const path = `/api/v1/clients/${encodeURIComponent(name)}`;
  if (verb === 'show') return send(args, io, 'GET', path, undefined, 200, (client) => rows(io, [client]));
  if (verb === 'remove') return send(args, io, 'DELETE', path, undefined, 200, () => `${name} is gone\n`);
  if (verb !== 'rotate-secret')
    return send(args, io, 'POST', `${path}/${verb}`, undefined, 200, (client) => rows(io, [client]));
  const grace = stringOption(args, 'grace');
  const graceSeconds = grace === undefined ? 0 : parseDuration(grace);
  if (graceSeconds === undefined) return Promise.resolve(usageProblem(io, '--grace is no time', 'write it as 1h'));
  return send(args, io, 'POST', `${path}/rotate-secret`, { graceSeconds }, 200, (client) => withSecret(client));
}

function create(args: CommandArguments, io: CommandIo, name: string): Promise<ExitCode> {
  const consumer = stringOption(args, 'consumer');
  if (consumer === undefined) return Promise.resolve(usageProblem(io, 'say whose client it is with --consumer'));
  const grants = stringOptions(args, 'grant');
  const grantTypes = grants.map((grant) => GRANTS[grant]);
  if (grants.length === 0 || grantTypes.includes(undefined))
    return Promise.resolve(usageProblem(io, `--grant is one of ${Object.keys(GRANTS).join(', ')}`));
  const authentication = AUTHENTICATION[stringOption(args, 'auth') ?? 'secret'];
  if (authentication === undefined)
    return Promise.resolve(usageProblem(io, `--auth is one of ${Object.keys(AUTHENTICATION).join(', ')}`));
  const redirectUris = stringOptions(args, 'redirect-uri');
  const scopes = stringOptions(args, 'scope');
  const file = stringOption(args, 'jwks');
  let jwks: unknown;
  try {
    jwks = file === undefined ? undefined : JSON.parse(readFileSync(resolve(io.cwd, file), 'utf8'));
  } catch {
    return Promise.resolve(usageProblem(io, 'the file of --jwks cannot be read as JSON'));
  }
  const text = (option: string, key: string): object => {
    const value = stringOption(args, option);
    return value === undefined ? {} : { [key]: value };
  };
  const flag = (option: string, key: string): object => (flagOption(args, option) ? { [key]: true } : {});
  const body = {
    consumer,
    name,
    grantTypes,
    authentication,
    ...(redirectUris.length === 0 ? {} : { redirectUris }),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(jwks === undefined ? {} : { jwks }),
    ...text('jwks-uri', 'jwksUri'),
    ...text('certificate-dns', 'certificateDns'),
    ...text('certificate-uri', 'certificateUri'),
    ...flag('dpop-bound', 'dpopBound'),
    ...flag('certificate-bound', 'certificateBound'),
    ...flag('trusted', 'trusted'),
    ...flag('introspects', 'introspects'),
  };
  return send(args, io, 'POST', '/api/v1/clients', body, 201, (client) => withSecret(client));
}

function send(
  args: CommandArguments,
  io: CommandIo,
  method: string,
  path: string,
  body: object | undefined,
  expected: number,
  textOf: (body: Readonly<Record<string, unknown>>) => string,
): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request(method, path, body);
    if (reply.status !== expected) return reportRefusal(io, reply);
    printResult(io, reply.body, () => textOf(reply.body));
    return EXIT_OK;
  });
}

function withSecret(client: Readonly<Record<string, unknown>>): string {
  const { id, secret } = client;
  if (typeof secret !== 'string') return `client_id      ${String(id)}\n`;
  return `client_id      ${String(id)}\nclient_secret  ${secret}\n\nThe secret is shown this once.\n`;
}

function rows(io: CommandIo, clients: readonly Readonly<Record<string, unknown>>[]): string {
  return renderTable(
    io,
    ['id', 'name', 'consumer', 'grants', 'proves itself by', 'state'],
    clients.map(({ id, name, consumer, metadata, disabled }) => {
      const { grant_types: grants, token_endpoint_auth_method: method } = (metadata ?? {}) as Record<string, unknown>;
      return [
        String(id),
        String(name),
        String(consumer),
        Array.isArray(grants) ? grants.map(shortGrant).join(' ') : '',
        String(method ?? ''),
        disabled === true ? 'disabled' : 'enabled',
      ];
    }),
  );
}

function shortGrant(grant: unknown): string {
  return Object.entries(GRANTS).find(([, long]) => long === grant)?.[0] ?? String(grant);
}
