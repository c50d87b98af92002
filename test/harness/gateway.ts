import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const PROGRAM = join(ROOT, 'sallyport');

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** One HTTP/1.1 request on a connection of its own. */
export function call(
  url: string,
  options: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string | Buffer; agent?: http.Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: options.agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

/** Runs the command line to its end. */
export async function sallyport(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(PROGRAM, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
  if (options.stdin !== undefined) child.stdin.end(options.stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => {
    stdout += part;
  });
  child.stderr.on('data', (part: Buffer) => {
    stderr += part;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** What the admin API tells of a call, as far as tests ask. */
export interface RecordedCall {
  readonly requestId: string;
  /** Of arrival, Unix milliseconds. */
  readonly timeMs: number;
  readonly method: string;
  readonly path: string;
  readonly routeId: string;
  readonly consumer: string;
  readonly address: string;
  readonly outcome: 'permitted' | 'denied' | 'observed';
  readonly reason: string;
  readonly error: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface GatewayOptions {
  /** YAML of the configuration; `listen` and `admin` are added, and `{{port}}` is the port of the gateway. */
  readonly config?: string;
  /** YAML of `listen.limits`. */
  readonly limits?: string;
  readonly args?: readonly string[];
  readonly workers?: number;
  /** PEM files of the listener; `more` is YAML of further settings, as in `clientAuth: request`. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly more?: string };
  /** Files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** No file of the gateway may grow beyond it: as if the disk were full. */
  readonly fileKibibytesMax?: number;
  /** An existing folder to start in again; it is then kept at the end. */
  readonly folder?: string;
}

/** A gateway in a process and a folder of its own. */
export class TestGateway {
  readonly folder: string;
  readonly port: number;
  readonly adminPort: number;
  child: ChildProcess;
  output = '';
  readonly #keepFolder: boolean;
  readonly #begin: () => ChildProcess;

  private constructor(folder: string, port: number, adminPort: number, begin: () => ChildProcess, keepFolder: boolean) {
    this.folder = folder;
    this.port = port;
    this.adminPort = adminPort;
    this.#keepFolder = keepFolder;
    this.#begin = begin;
    this.child = this.#listened();
  }

  #listened(): ChildProcess {
    const child = this.#begin();
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (part: Buffer) => {
        this.output += part;
      });
    return child;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.adminPort}`;
  }

  get configFile(): string {
    return join(this.folder, 'sallyport.yaml');
  }

  /** Starts a gateway and resolves when it is ready. */
  static async start(options: GatewayOptions): Promise<TestGateway> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sallyport-test-'));
    const port = await freePort();
    const adminPort = await freePort();
    const args = ['up', '--workers', String(options.workers ?? 1), ...(options.args ?? [])];
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
    if (options.config !== undefined) {
      writeFileSync(
        join(folder, 'sallyport.yaml'),
        TestGateway.complete(options.config, port, adminPort, options.limits, options.tls),
      );
      args.push('--config', join(folder, 'sallyport.yaml'));
    } else args.push('--port', String(port), '--admin-port', String(adminPort), '--data', join(folder, 'data'));
    const env = { ...process.env, NO_COLOR: '1' };
    const bounded = `trap '' XFSZ; ulimit -f ${options.fileKibibytesMax ?? 0}; exec "$0" "$@"`;
    const begin = (): ChildProcess =>
      options.fileKibibytesMax === undefined
        ? spawn(PROGRAM, args, { cwd: folder, env })
        : spawn('bash', ['-c', bounded, PROGRAM, ...args], { cwd: folder, env });
    const gateway = new TestGateway(folder, port, adminPort, begin, options.folder !== undefined);
    try {
      await gateway.ready();
    } catch (error) {
      await gateway.stop('SIGKILL');
      throw error;
    }
    return gateway;
  }

  /** Adds what every test configuration has in common. */
  static complete(config: string, port: number, adminPort: number, limits = '{}', tls?: GatewayOptions['tls']): string {
    const encrypted = tls === undefined ? '' : `, tls: { cert: ${tls.cert}, key: ${tls.key}, ${tls.more ?? ''} }`;
    return `version: 1\nlisten: { host: 127.0.0.1, port: ${port}, limits: ${limits}${encrypted} }\nadmin: { host: 127.0.0.1, port: ${adminPort} }\n${config.replaceAll('{{port}}', String(port))}`;
  }

  async ready(): Promise<void> {
    const giveUpAt = Date.now() + 30_000;
    for (;;) {
      if (this.child.exitCode !== null)
        throw new Error(`the gateway ended with ${this.child.exitCode}:\n${this.output}`);
      const answer = await call(`${this.adminUrl}/readyz`).catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > giveUpAt) throw new Error(`the gateway did not become ready:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get adminToken(): string {
    return readFileSync(join(this.folder, 'data', 'admin-token'), 'utf8').trim();
  }

  /** A request to the admin API. */
  async admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await call(`${this.adminUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      body: answer.text === '' ? {} : (JSON.parse(answer.text) as Record<string, unknown>),
    };
  }

  /** Creates a key through the admin API and returns it with its id. */
  async createKey(consumer: string, scopes: readonly string[] = []): Promise<{ key: string; keyId: string }> {
    const { status, body } = await this.admin('POST', '/api/v1/keys', { consumer, scopes });
    if (status !== 201) throw new Error(`the key was not created: ${status} ${JSON.stringify(body)}`);
    return { key: String(body['key']), keyId: String(body['keyId']) };
  }

  /** The recorded calls that pass a test, oldest first; asked again until there are at least as many as wanted. */
  async recorded(wanted: number, matches: (call: RecordedCall) => boolean = () => true): Promise<RecordedCall[]> {
    for (const giveUpAt = Date.now() + 5_000; ; ) {
      const found: RecordedCall[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await this.admin('GET', `/api/v1/calls?limit=500${cursor}`);
        found.push(...(body['items'] as RecordedCall[]).filter(matches));
        if (body['next'] === undefined) break;
        cursor = `&cursor=${encodeURIComponent(String(body['next']))}`;
      }
      if (found.length >= wanted) return found.reverse();
      if (Date.now() > giveUpAt) throw new Error(`${found.length} calls are recorded, ${wanted} are wanted`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Findings, when no more come: a call is looked at only after its answer has gone. */
  async findings(): Promise<readonly unknown[]> {
    let before = '';
    for (let round = 0; ; round++) {
      const { status, body } = await this.admin('GET', '/api/v1/findings');
      if (status !== 200) throw new Error(`the findings were not answered: ${status}`);
      const text = JSON.stringify(body['items']);
      if (text === before || round === 20) return body['items'] as readonly unknown[];
      before = text;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  /** A command about this gateway. */
  cli(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return sallyport([...args, '--data', join(this.folder, 'data')], { cwd: this.folder });
  }

  /** Kills the gateway, as a crash would; `startAgain` brings it back. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  /** Starts it again at the same ports, with what it had stored. */
  async startAgain(): Promise<void> {
    this.child = this.#listened();
    await this.ready();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    if (!this.#keepFolder) rmSync(this.folder, { recursive: true, force: true });
    return this.child.exitCode;
  }
}

/** An upstream that answers with what it saw. */
export async function echoUpstream(): Promise<{ url: string; seen: string[]; close: () => Promise<void> }> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url}`);
      const body = Buffer.concat(parts).toString('latin1');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body,
        }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
