import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { type AskedAt, CHALLENGE_FIELD, isPresenceProof, PROOF_FIELD } from '../admin/presence-proof.ts';
import { isEveryInterface, isLoopback } from '../http/ip-address.ts';
import { type CommandArguments, type CommandIo, type CommandOption, type ExitCode, stringOption } from './command.ts';
import { type Presence, presenceIn } from './gateway/presence.ts';
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
  const named = await namedClient(args, io);
  if (named !== undefined) return named;
  const near = runningNear(args, io);
  if (near !== undefined) return clientOf(near.folder, near.presence);
  // Loaded only where they are needed: reading a configuration costs more than most answers.
  const { configurationOf } = await import('./gateway/configuration-of.ts');
  const { dataFolder } = await import('./gateway/configuration-source.ts');
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
  if (running !== undefined) return clientOf(folder, running);
  // A folder that was named is made, so that keys can exist before the first start; a guessed one is not.
  const isNamed = configuration.file !== undefined || stringOption(args, 'data') !== undefined;
  if (isNamed) mkdirSync(folder, { recursive: true, mode: 0o700 });
  else if (!existsSync(join(folder, 'sallyport.db')))
    throw new AdminUnreachable(
      `there is no gateway's data in ${folder}`,
      'start one with `sallyport up`, or name its folder with --data',
    );
  const { openOfflineServices } = await import('./offline-services.ts');
  const { handleAdmin } = await import('../admin/api.ts');
  const { ADMIN_TOKEN_CALLER } = await import('../admin/caller.ts');
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
        caller: ADMIN_TOKEN_CALLER,
      });
      return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
    },
    close: () => services.close(),
  };
}

/** The gateway of `--admin`; undefined where it does not say one. */
export async function namedClient(args: CommandArguments, io: CommandIo): Promise<AdminClient | undefined> {
  const url = stringOption(args, 'admin');
  if (url === undefined) return undefined;
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
    throw new AdminUnreachable(`${url} does not take this token`, 'look into the file admin-token of its data folder');
  return client;
}

/**
 * A gateway that is found without reading its configuration: on the folder of `--data`, or on the default one beside the
 * configuration file, where it says itself that it runs by that file.
 */
function runningNear(
  args: CommandArguments,
  io: CommandIo,
): { readonly folder: string; readonly presence: Presence } | undefined {
  const named = stringOption(args, 'data');
  const file = resolve(io.cwd, stringOption(args, 'config') ?? 'sallyport.yaml');
  const folder = named === undefined ? join(dirname(file), 'data') : resolve(io.cwd, named);
  const presence = presenceIn(folder);
  if (presence === undefined) return undefined;
  const isWithoutFile = stringOption(args, 'config') === undefined && !existsSync(file);
  const expected = isWithoutFile ? undefined : file;
  return named !== undefined || presence.configurationFile === expected ? { folder, presence } : undefined;
}

/** The gateway that runs on a data folder; undefined where none does. Throws where it runs and does not answer. */
export async function runningClient(folder: string): Promise<AdminClient | undefined> {
  const running = presenceIn(folder);
  if (running === undefined) return undefined;
  try {
    return await clientOf(folder, running);
  } catch (error) {
    if (error instanceof AdminUnreachable) throw error;
    throw new AdminUnreachable(`the admin token of ${folder} cannot be read`, 'ask as the user the gateway runs as');
  }
}

/**
 * The token goes to nobody who does not have it: after a crash, process id and port may be those of somebody else. Nor does it
 * leave this machine because a file says so; for that it takes `--admin`.
 */
async function clientOf(folder: string, running: Presence): Promise<AdminClient> {
  const adminUrl = urlOnThisMachine(running.adminUrl);
  if (adminUrl === undefined)
    throw new AdminUnreachable(
      `gateway.json of ${folder} says that the admin port is at ${running.adminUrl}, which is not this machine alone`,
      'name that address with --admin, and its token in SALLYPORT_ADMIN_TOKEN',
    );
  const token = readFileSync(join(folder, 'admin-token'), 'utf8').trim();
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  let proof: string;
  let askedAt: AskedAt;
  try {
    ({ proof, askedAt } = await send(new URL('/livez', adminUrl), 'GET', { [CHALLENGE_FIELD]: challenge }, undefined));
  } catch {
    throw new AdminUnreachable(
      `a gateway runs (process ${running.pid}) but its admin port ${running.adminUrl} does not answer`,
      'wait and try again, or end it first: its threads would not learn of a change behind its back',
    );
  }
  if (!isLoopback(askedAt.address) || !isPresenceProof(proof, token, askedAt, challenge))
    throw new AdminUnreachable(
      `what answers on ${running.adminUrl} does not hold the admin token of ${folder}, and was not sent it`,
      `look whose process ${running.pid} is: if no gateway of this folder runs, remove its gateway.json, and start it again`,
    );
  return remoteClient(adminUrl, token, running.dataUrl);
}

const CHALLENGE_BYTES = 32;

/** Who listens on every address is asked at the one that nobody else can take for it; undefined where it is elsewhere. */
function urlOnThisMachine(text: string): string | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '') return undefined;
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  if (isLoopback(host)) return url.origin;
  if (!isEveryInterface(host)) return undefined;
  url.hostname = host === '::' ? '[::1]' : '127.0.0.1';
  return url.origin;
}

function remoteClient(url: string, token: string, dataUrl: string): AdminClient {
  return {
    dataUrl,
    offline: false,
    request: async (method, path, body) => {
      try {
        return await send(new URL(path, url), method, { authorization: `Bearer ${token}` }, body);
      } catch {
        throw new AdminUnreachable(
          `the admin port ${url} cannot be reached`,
          'is the gateway running, and is this its admin port?',
        );
      }
    },
    close: () => undefined,
  };
}

/** Longer than any answer takes; a gateway that hangs must not hang the command. */
const ANSWER_MS_MAX = 120_000;
const ANSWER_BYTES_MAX = 256 * 1_048_576;

/** Without `fetch`, which takes as long to load as everything else here. Redirects are not followed: they would get the token. */
async function send(
  url: URL,
  method: string,
  fields: http.OutgoingHttpHeaders,
  body: unknown,
): Promise<AdminReply & { readonly proof: string; readonly askedAt: AskedAt }> {
  const { request: begin } = url.protocol === 'https:' ? await import('node:https') : http;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const content =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const headers = { ...fields, ...content };
  return new Promise((resolve, reject) => {
    const request = begin(url, { method, headers, agent: false, timeout: ANSWER_MS_MAX }, (response) => {
      const { remoteAddress = '', remotePort = 0 } = response.socket;
      const askedAt = { address: remoteAddress, port: remotePort };
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > ANSWER_BYTES_MAX) request.destroy(new Error('too long an answer'));
        else pieces.push(piece);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          const answer = Buffer.concat(pieces).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status >= 300 && status < 400) throw new Error('a redirect');
          const proof = response.headers[PROOF_FIELD];
          resolve({
            status,
            body: answer === '' ? {} : objectIn(answer),
            proof: typeof proof === 'string' ? proof : '',
            askedAt,
          });
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.end(text);
  });
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not of the admin API');
  return value as Record<string, unknown>;
}
