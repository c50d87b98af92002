import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real server whose behaviour a test changes while it runs: a look-up of owners, or a decider. */
export interface ToldServer {
  readonly url: string;
  /** Method, target and body of every request. */
  readonly seen: {
    readonly method: string;
    readonly target: string;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
  }[];
  /** What the next requests are answered with. */
  answer: (request: { readonly target: string; readonly body: string }, response: http.ServerResponse) => void;
  /** Requests that came and were not answered yet. */
  readonly waiting: () => number;
  close(): Promise<void>;
}

export async function toldServer(answer: ToldServer['answer']): Promise<ToldServer> {
  let waiting = 0;
  const told: ToldServer = {
    url: '',
    seen: [],
    answer,
    waiting: () => waiting,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = http.createServer((request, response) => {
    waiting++;
    response.on('close', () => waiting--);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const target = request.url ?? '';
      told.seen.push({ method: request.method ?? '', target, headers: request.headers, body });
      told.answer({ target, body }, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(told, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export function json(response: http.ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}
