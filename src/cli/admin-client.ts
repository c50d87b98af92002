import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { handleAdmin } from '../admin/api.ts';
import type { ListenConfig } from '../core/configuration.ts';
import { type AdminReply, AdminUnreachable, readReply } from './admin-answer.ts';
import { adminOrigin, askAdmin, dataUrlIn, isReadableOnTheWay } from './admin-remote.ts';
import { type CommandArguments, type CommandIo, type CommandOption, type ExitCode, stringOption } from './command.ts';
import { type CommandConfiguration, configurationOf } from './gateway/configuration-of.ts';
import { dataFolder } from './gateway/configuration-source.ts';
import { type Presence, presenceIn } from './gateway/presence.ts';
import { openOfflineServices } from './offline-services.ts';
import { EXIT_USAGE, printProblem, printProgress } from './output.ts';

/** Options of every command that concerns a gateway. */
export const GATEWAY_OPTIONS = {
  config: { type: 'string', valueName: 'FILE', description: 'configuration; default ./sallyport.yaml where it exists' },
  data: {
    type: 'string',
    valueName: 'DIR',
    description: 'data folder of the gateway; default what the configuration says, else ./data',
  },
  admin: {
    type: 'string',
    valueName: 'URL',
    description: 'admin port of another gateway; its token in SALLYPORT_ADMIN_TOKEN',
  },
} as const satisfies Record<string, CommandOption>;

/** The admin API, of a running gateway or over its store. */
export interface AdminClient {
  request(method: string, path: string, body?: unknown): Promise<AdminReply>;
  /** Where calls go, for hints to paste; undefined where only the gateway knows. */
  readonly dataUrl: string | undefined;
  /** True: no gateway runs, changes take effect when it starts. */
  readonly offline: boolean;
  close(): void;
}

export interface ConnectOptions {
  /** True: a data folder that was named and does not exist is made, so that keys can exist before the first start. */
  readonly makesFolder?: boolean;
  /** How long a running gateway may take to say that it lives. */
  readonly livenessTimeoutMs?: number;
}

const LIVENESS_TIMEOUT_MS = 5_000;

/** Runs `use` with a client and reports what cannot be reached or done. */
export async function withAdmin(
  args: CommandArguments,
  io: CommandIo,
  use: (client: AdminClient) => Promise<ExitCode>,
  options: ConnectOptions = {},
): Promise<ExitCode> {
  let client: AdminClient | undefined;
  try {
    client = await connectAdmin(args, io, options);
    return await use(client);
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    printProblem(io, { message: error.message, fix: error.fix });
    return error.exitCode;
  } finally {
    client?.close();
  }
}

/** The options that name this gateway, to go on a command line that is given as a hint. */
export function gatewayFlags(args: CommandArguments): string {
  return Object.keys(GATEWAY_OPTIONS)
    .map((name) => [name, stringOption(args, name)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` --${name} ${shellWord(value ?? '')}`)
    .join('');
}

/** One word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * `--admin`; else the gateway that runs on the data folder; else the store itself. A gateway that is alive and does not
 * answer is never gone around: its threads would not learn of the change. Throws AdminUnreachable.
 */
export async function connectAdmin(
  args: CommandArguments,
  io: CommandIo,
  options: ConnectOptions = {},
): Promise<AdminClient> {
  const url = stringOption(args, 'admin');
  if (url !== undefined) return connectNamed(adminOrigin(url), io);
  const configuration = configurationOf(args, io);
  // A name that was mistyped must not lead to whatever gateway keeps its data in the same place.
  if (configuration.file !== undefined && !existsSync(configuration.file)) throw notLoaded(configuration);
  const named = stringOption(args, 'data');
  const folder = dataFolder(
    configuration.configuration,
    configuration.file,
    named !== undefined
      ? resolve(io.cwd, named)
      : configuration.file === undefined
        ? join(io.cwd, 'data')
        : undefined,
  );
  const running = presenceIn(folder);
  if (running !== undefined)
    return connectRunning(folder, running, options.livenessTimeoutMs ?? LIVENESS_TIMEOUT_MS);
  // Keys of a wrong format, and a store in the wrong place, would be the consequence of going on.
  if (configuration.problems.length > 0) throw notLoaded(configuration);
  if (!existsSync(join(folder, 'sallyport.db'))) {
    if (options.makesFolder !== true || (configuration.file === undefined && named === undefined))
      throw new AdminUnreachable(
        `there is no gateway's data in ${folder}`,
        'start one with `sallyport up`, or name its folder with --data',
      );
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  return connectStore(folder, configuration);
}

function notLoaded({ file, problems }: CommandConfiguration): AdminUnreachable {
  const first = problems.find(({ severity }) => severity === 'error') ?? problems[0];
  return new AdminUnreachable(
    `the configuration ${file ?? ''} does not load: ${first?.message ?? 'it has errors'}`,
    `sallyport check ${shellWord(file ?? '')} shows what is wrong with it`,
    EXIT_USAGE,
  );
}

async function connectNamed(url: URL, io: CommandIo): Promise<AdminClient> {
  const token = io.env['SALLYPORT_ADMIN_TOKEN'];
  if (token === undefined || token === '')
    throw new AdminUnreachable(
      '--admin needs a token',
      'set SALLYPORT_ADMIN_TOKEN to the admin token of that gateway',
      EXIT_USAGE,
    );
  // A field value holds one line of visible ASCII (RFC 9110 §5.5); what else was set is no token.
  if (!/^[\x21-\x7e]{1,512}$/.test(token))
    throw new AdminUnreachable(
      'SALLYPORT_ADMIN_TOKEN is no admin token',
      'set it to the one line of the file admin-token in the data folder of that gateway',
      EXIT_USAGE,
    );
  if (isReadableOnTheWay(url))
    printProgress(io, `the admin token goes to ${url.origin} unencrypted: whoever is on the way can read it`);
  const reply = await askAdmin(url.origin, { method: 'GET', path: '/api/v1/config', token });
  if (reply.status === 401)
    throw new AdminUnreachable(
      `${url.origin} does not take this token`,
      'the token is in the file admin-token of its data folder',
      EXIT_USAGE,
    );
  if (reply.status !== 200)
    throw new AdminUnreachable(
      `${url.origin} answers ${reply.status} where an admin port tells its configuration`,
      reply.status === 429
        ? 'it had too many wrong tokens from here: wait a minute'
        : 'is this the address of its admin port, not of the port calls come in on?',
    );
  return {
    dataUrl: dataUrlIn(reply, url.hostname),
    offline: false,
    request: (method, path, body) => askAdmin(url.origin, { method, path, body, token }),
    close: () => undefined,
  };
}

async function connectRunning(
  folder: string,
  { pid, adminUrl, dataUrl }: Presence,
  timeoutMs: number,
): Promise<AdminClient> {
  let answers: boolean;
  try {
    // Without the token: a program that took over the port of a gateway that died must not get it.
    const { status, body } = await askAdmin(adminUrl, { method: 'GET', path: '/livez', token: undefined, timeoutMs });
    answers = status === 200 && body['status'] === 'ok';
  } catch {
    answers = false;
  }
  if (!answers)
    throw new AdminUnreachable(
      `a gateway runs (process ${pid}) but its admin port ${adminUrl} does not answer; nothing was done, as its threads would not learn of a change behind its back`,
      `wait and try again, or end it first; where process ${pid} is no gateway, delete ${join(folder, 'gateway.json')}`,
    );
  const file = join(folder, 'admin-token');
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new AdminUnreachable(`the admin token ${file} cannot be read${code}`, 'run this as the user of the gateway');
  }
  return {
    dataUrl,
    offline: false,
    request: (method, path, body) => askAdmin(adminUrl, { method, path, body, token }),
    close: () => undefined,
  };
}

async function connectStore(folder: string, configuration: CommandConfiguration): Promise<AdminClient> {
  const services = await openOfflineServices(folder, configuration);
  return {
    dataUrl: dataUrlOf(configuration.configuration.listen),
    offline: true,
    request: async (method, path, body) => {
      const answer = await handleAdmin(services, {
        method,
        target: path,
        contentType: 'application/json',
        body: body === undefined ? '' : JSON.stringify(body),
        authenticated: true,
      });
      return readReply(answer.status, answer.text, 'the store');
    },
    close: () => services.close(),
  };
}

function dataUrlOf({ host, port, tls }: ListenConfig): string | undefined {
  if (port === 0) return undefined;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${reachable}:${port}`;
}

