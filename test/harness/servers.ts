import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export const NGINX = '/usr/sbin/nginx';
export const HAPROXY = '/usr/sbin/haproxy';
export const NGINX_PRESENT = existsSync(NGINX);
export const HAPROXY_PRESENT = existsSync(HAPROXY);

export interface Server {
  readonly url: string;
  /** Request lines as the server saw them. */
  seen(): string[];
  close(): Promise<void>;
}

/**
 * Counts whatever looks like a request, as the most careless server would: any spelling of a length or of chunked counts,
 * a request line is one wherever it stands behind a body.
 */
export async function rawSink(): Promise<Server> {
  const seen: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let bytes = '';
    let counted = false;
    socket.on('data', (piece: Buffer) => {
      bytes += piece.toString('latin1');
      for (;;) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end === -1) return;
        const head = bytes.slice(0, end);
        if (!counted) seen.push(head.split('\r\n', 1)[0] ?? '');
        counted = true;
        const length = bodyLength(head, bytes.slice(end + 4));
        if (length === undefined) return;
        bytes = bytes.slice(end + 4 + length);
        counted = false;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    seen: () => seen,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Length of the body at the beginning of a text, or undefined where it has not come whole. */
function bodyLength(head: string, rest: string): number | undefined {
  if (/transfer.{0,2}encoding[^\r\n]{0,40}chunked/i.test(head)) {
    const end = rest.indexOf('0\r\n\r\n');
    return end === -1 ? undefined : end + 5;
  }
  const declared = Number(/content.{0,2}length[^\r\n0-9]{0,20}([0-9]+)/i.exec(head)?.[1] ?? 0);
  return rest.length < declared ? undefined : declared;
}

/** nginx that answers everything itself and logs each request line. `locations` is put into its server block. */
export async function nginx(locations: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  log_format line '$request';
  access_log ${folder}/access.log line;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; root ${folder}; ${locations.replaceAll('FOLDER', folder)} }
}
`,
  );
  const child = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  await reachable(port, child);
  return {
    url: `http://127.0.0.1:${port}`,
    // The probe that waited for the server sent no request.
    seen: () =>
      readFileSync(join(folder, 'access.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    close: () => end(child, folder),
  };
}

/** HAProxy in front of a raw sink, whose count is the one that matters. */
export async function haproxy(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-haproxy-'));
  const port = await freePort();
  const sink = await rawSink();
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  server s ${sink.url.slice('http://'.length)}
`,
  );
  const child = spawn(HAPROXY, ['-f', join(folder, 'haproxy.cfg'), '-db'], { stdio: 'ignore' });
  await reachable(port, child);
  return {
    url: `http://127.0.0.1:${port}`,
    seen: sink.seen,
    close: async () => {
      await end(child, folder);
      await sink.close();
    },
  };
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 5_000; ; ) {
    const socket = net.connect(port, '127.0.0.1');
    const ok = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (ok) return;
    if (Date.now() > giveUpAt || child.exitCode !== null) throw new Error('the server did not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}
