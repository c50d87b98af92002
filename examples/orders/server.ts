import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../command-line.ts';
import { Problem, sendAnswer, sendProblem } from './answers.ts';
import { readJsonBody } from './api-request.ts';
import type { Dataset } from './data.ts';
import { seedDataset } from './data.ts';
import type { OrderFeed } from './order-feed.ts';
import { createOrderFeed } from './order-feed.ts';
import { matchRoute } from './routes.ts';

export interface OrdersApi {
  readonly url: string;
  /** Ends every connection, open streams included. */
  close(): Promise<void>;
}

/**
 * Starts the sample API with freshly seeded data; port 0 takes a free one.
 * Does not check who is calling: it believes the identity headers of the gateway in front of it.
 */
export function startOrdersApi(options: { port: number; host?: string }): Promise<OrdersApi> {
  const data = seedDataset();
  const feed = createOrderFeed();
  const server = createServer((request, response) => {
    void handle(request, response, data, feed);
  });
  const host = options.host ?? '127.0.0.1';
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, () => {
      server.off('error', reject);
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
        close: () =>
          new Promise((done) => {
            feed.close();
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  data: Dataset,
  feed: OrderFeed,
): Promise<void> {
  const method = request.method ?? 'GET';
  const headOnly = method === 'HEAD';
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const [path, query] = splitTarget(request.url ?? '/');
    const match = matchRoute(method, path);
    if (match.kind === 'none') throw new Problem(404, 'Not found', 'There is no such endpoint.');
    if (match.kind === 'otherMethods') {
      const allow = match.methods.join(', ');
      throw new Problem(405, 'Method not allowed', `This endpoint takes ${allow}.`, [], { allow });
    }
    const body = await readJsonBody(request);
    const answer = await match.route.handler({
      method,
      path,
      params: match.params,
      query,
      headers: request.headers,
      body,
      data,
      feed,
      signal: gone.signal,
    });
    sendAnswer(response, answer, headOnly);
  } catch (fault) {
    if (response.headersSent) response.destroy();
    else sendProblem(response, fault instanceof Problem ? fault : verboseProblem(fault), headOnly);
  }
}

/** Weakness W8: what went wrong inside, with the stack and its file paths, is told to whoever asked. */
function verboseProblem(fault: unknown): Problem {
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  return new Problem(500, 'Internal error', text);
}

function splitTarget(target: string): [string, URLSearchParams] {
  const mark = target.indexOf('?');
  if (mark < 0) return [target, new URLSearchParams()];
  return [target.slice(0, mark), new URLSearchParams(target.slice(mark + 1))];
}

const USAGE = `usage: [PORT=3000] [HOST=127.0.0.1] scripts/node examples/orders/server.ts`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readCommandLine(USAGE, () => {
    if (process.argv.length > 2) throw new TypeError('it takes no words: port and host come from the environment');
  });
  const api = await startOrdersApi({
    port: Number(process.env['PORT'] ?? 3000),
    host: process.env['HOST'] ?? '127.0.0.1',
  });
  process.stdout.write(`The sample API listens on ${api.url}\n`);
  const stop = () => void api.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
