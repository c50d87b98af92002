import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { handleAdmin } from '../admin/api.ts';
import { type CommandArguments, type CommandIo, type CommandOption, type ExitCode, stringOption } from './command.ts';
import { configurationOf } from './gateway/configuration-of.ts';
import { dataFolder } from './gateway/configuration-source.ts';
import { presenceIn } from './gateway/presence.ts';
import { openOfflineServices } from './offline-services.ts';
import { EXIT_FAULT, EXIT_FINDINGS, EXIT_USAGE, printProblem } from './output.ts';

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

export interface AdminReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The admin API, of a running gateway or over its store. */
export interface AdminClient {
  request(method: string, path: string, body?: unknown): Promise<AdminReply>;
  /** Where calls go, for hints to paste. */
  readonly dataUrl: string;
  /** True: no gateway runs, changes take effect when it starts. */
  readonly offline: boolean;
  close(): void;
}

/** Why there is no client; the message is for the user. */
export class AdminUnreachable extends Error {
  readonly fix: string;
  readonly exitCode: ExitCode;

  constructor(message: string, fix: string, exitCode: ExitCode = EXIT_FAULT) {
    super(message);
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Runs `use` with a client and reports what cannot be reached or done. */
export async function withAdmin(
  args: CommandArguments,
  io: CommandIo,
  use: (client: AdminClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  let client: AdminClient | undefined;
  try {
    client = await connectAdmin(args, io);
    return await use(client);
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    printProblem(io, { message: error.message, fix: error.fix });
    return error.exitCode;
  } finally {
    client?.close();
  }
}

/** Shows a refusal of the API; 1 where the gateway said no to something that can be mended by another wish, 3 where it failed. */
export function reportRefusal(io: CommandIo, { status, body }: AdminReply): ExitCode {
  const title = String(body['title'] ?? `the gateway answered ${status}`);
  printProblem(io, { message: title, ...(body['detail'] === undefined ? {} : { why: String(body['detail']) }) });
  if (status >= 500) return EXIT_FAULT;
  return status === 404 || status === 409 ? EXIT_FINDINGS : EXIT_USAGE;
}

/**
 * `--admin`; else the gateway that runs on the data folder; else the store itself. A gateway that is alive and does not
 * answer is never gone around: its threads would not learn of the change.
 */
async function connectAdmin(args: CommandArguments, io: CommandIo): Promise<AdminClient> {
  const url = stringOption(args, 'admin');
  if (url !== undefined) {
    const token = io.env['SALLYPORT_ADMIN_TOKEN'];
    if (token === undefined || token === '')
      throw new AdminUnreachable(
        '--admin needs a token',
        'set SALLYPORT_ADMIN_TOKEN to the admin token of that gateway',
        EXIT_USAGE,
      );
    const client = remoteClient(url, token, '');
    const { body } = await client.request('GET', '/api/v1/health');
    if (!Array.isArray(body['items']))
      throw new AdminUnreachable(
        `${url} does not take this token`,
        'look into the file admin-token of its data folder',
      );
    return client;
  }
  const configuration = configurationOf(args, io);
  const folder =
    stringOption(args, 'data') === undefined
      ? dataFolder(
          configuration.configuration,
          configuration.file,
          configuration.file === undefined ? join(io.cwd, 'data') : undefined,
        )
      : resolve(io.cwd, stringOption(args, 'data') ?? '');
  const running = presenceIn(folder);
  if (running !== undefined) {
    const client = remoteClient(
      running.adminUrl,
      readFileSync(join(folder, 'admin-token'), 'utf8').trim(),
      running.dataUrl,
    );
    try {
      await client.request('GET', '/livez');
    } catch {
      throw new AdminUnreachable(
        `a gateway runs (process ${running.pid}) but its admin port ${running.adminUrl} does not answer`,
        'wait and try again, or end it first: its threads would not learn of a change behind its back',
      );
    }
    return client;
  }
  // A folder that was named is made, so that keys can exist before the first start; a guessed one is not.
  const named = configuration.file !== undefined || stringOption(args, 'data') !== undefined;
  if (named) mkdirSync(folder, { recursive: true, mode: 0o700 });
  else if (!existsSync(join(folder, 'sallyport.db')))
    throw new AdminUnreachable(
      `there is no gateway's data in ${folder}`,
      'start one with `sallyport up`, or name its folder with --data',
    );
  const services = await openOfflineServices(folder, configuration);
  const { host, port } = configuration.configuration.listen;
  return {
    dataUrl: `http://${host}:${port}`,
    offline: true,
    request: async (method, path, body) => {
      const answer = await handleAdmin(services, {
        method,
        target: path,
        contentType: 'application/json',
        body: body === undefined ? '' : JSON.stringify(body),
        authenticated: true,
      });
      return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
    },
    close: () => services.close(),
  };
}

function remoteClient(url: string, token: string, dataUrl: string): AdminClient {
  return {
    dataUrl,
    offline: false,
    request: async (method, path, body) => {
      let response: Response;
      try {
        response = await fetch(new URL(path, url), {
          method,
          redirect: 'error',
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch {
        throw new AdminUnreachable(
          `the admin port ${url} cannot be reached`,
          'is the gateway running, and is this its admin port?',
        );
      }
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
    },
    close: () => undefined,
  };
}
