/**
 * Nanoseconds per `toCall` on one thread: `scripts/node bench/micro/call.ts`.
 * Names and values are cut anew out of bytes for every call, as a parser does, so that no string comes with its hash
 * already known; what the cutting alone costs is measured first and taken off. The last column counts the header fields
 * of the calls: the proof that the work was done.
 */
import { performance } from 'node:perf_hooks';
import { compileCallPolicy, toCall } from '../../src/http/call.ts';
import { compileRouter } from '../../src/http/router.ts';

const CALLS = 200_000;
const ROUNDS = 5;

const limits = {
  connectionsMax: 1,
  connectionsPerAddressMax: 1,
  callsInProgressMax: 1,
  headerBytesMax: 16_384,
  headerFieldsMax: 100,
  headersTimeoutSeconds: 1,
  requestTimeoutSeconds: 1,
  keepAliveTimeoutSeconds: 1,
  idleTimeoutSeconds: 1,
  drainSeconds: 1,
};
const listen = { host: '127.0.0.1', port: 0, tls: undefined, limits };
const direct = compileCallPolicy({ trustedProxies: [], listen }, ['x-api-key']);
const behindProxy = compileCallPolicy({ trustedProxies: ['10.0.0.0/8'], listen }, ['x-api-key']);

const TYPICAL = [
  'Host',
  'api.example.com',
  'User-Agent',
  'orders-client/2.4.1 (linux; x64)',
  'Accept',
  'application/json',
  'Accept-Encoding',
  'gzip, deflate, br',
  'Content-Type',
  'application/json',
  'X-Api-Key',
  'sp_live_0123456789ab_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ',
  'X-Correlation-Id',
  '3f2c1d9e-7b7a-4c6f-9d35-2b6f6f1f2e11',
  'Connection',
  'keep-alive',
];

interface Subject {
  readonly name: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly httpVersion?: string;
  readonly policy?: typeof direct;
}

const subjects: readonly Subject[] = [
  { name: '8 fields, plain path', target: '/orders/12345/items', fields: TYPICAL },
  { name: '8 fields, plain path with query', target: '/orders?state=open&page=2&size=50', fields: TYPICAL },
  { name: '8 fields, encoded path', target: '/files/caf%c3%a9/%41bc', fields: TYPICAL },
  { name: '8 fields, ambiguous path', target: '/files/a%2fb/../c', fields: TYPICAL },
  {
    name: '8 fields and X-Forwarded-For, trusted proxy',
    target: '/orders/12345/items',
    fields: [...TYPICAL, 'X-Forwarded-For', '203.0.113.9, 10.1.2.3'],
    policy: behindProxy,
  },
  {
    name: '8 fields, HTTP/2',
    target: '/orders/12345/items',
    httpVersion: '2.0',
    fields: [
      ':method',
      'GET',
      ':path',
      '/orders/12345/items',
      ':authority',
      'api.example.com',
      ':scheme',
      'http',
      ...TYPICAL.slice(2, 14).map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
    ],
  },
  {
    name: '24 fields of a browser',
    target: '/orders/12345/items',
    fields: [
      ...TYPICAL,
      'Cookie',
      `session=${'a'.repeat(120)}; theme=dark`,
      ...Array.from({ length: 15 }, (_, i) =>
        i % 2 === 0 ? [`Sec-Fetch-${i}`, 'cors'] : [`X-Field-${i}`, 'value-of-it'],
      ).flat(),
    ],
  },
  {
    name: 'refused: two lengths',
    target: '/orders',
    fields: [...TYPICAL, 'Content-Length', '1', 'Content-Length', '1'],
  },
];

for (const subject of subjects) measure(subject);
measureRouter();

function measure({ name, target, fields, httpVersion = '1.1', policy = direct }: Subject): void {
  const bytes = Buffer.from([target, ...fields].join(''), 'latin1');
  const lengths = [target, ...fields].map((text) => text.length);
  const cut = (): string[] => {
    const texts: string[] = [];
    let at = 0;
    for (const length of lengths) {
      texts.push(bytes.toString('latin1', at, at + length));
      at += length;
    }
    return texts;
  };
  let cutting = Number.POSITIVE_INFINITY;
  let whole = Number.POSITIVE_INFINITY;
  let proof = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let start = performance.now();
    for (let i = 0; i < CALLS; i++) proof += cut().length;
    cutting = Math.min(cutting, performance.now() - start);
    proof = 0;
    start = performance.now();
    for (let i = 0; i < CALLS; i++) {
      const rawHeaders = cut();
      const given = rawHeaders.shift() ?? '';
      const call = toCall(
        {
          method: 'GET',
          target: given,
          httpVersion,
          rawHeaders,
          encrypted: false,
          remoteAddress: '10.0.0.1',
          peer: undefined,
        },
        policy,
        'id',
      );
      proof += call.headers.length;
    }
    whole = Math.min(whole, performance.now() - start);
  }
  print(name, ((whole - cutting) * 1e6) / CALLS, proof);
}

function measureRouter(): void {
  const routes = Array.from({ length: 500 }, (_, i) => ({
    id: `r${i}`,
    host: '*',
    path: `/service${i % 50}/collection${i}/{id}/items`,
    methods: ['GET'],
  }));
  const router = compileRouter(routes);
  const paths = routes.map((_, i) => `/service${i % 50}/collection${i}/4711/items`);
  let best = Number.POSITIVE_INFINITY;
  let proof = 0;
  for (let round = 0; round < ROUNDS; round++) {
    proof = 0;
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) {
      const found = router.match('api.example.com', paths[i % paths.length] ?? '', 'GET');
      if (typeof found === 'number') proof++;
    }
    best = Math.min(best, performance.now() - start);
  }
  print('route among 500', (best * 1e6) / CALLS, proof);
}

function print(name: string, nanoseconds: number, proof: number): void {
  console.log(`${name.padEnd(46)} ${nanoseconds.toFixed(0).padStart(6)} ns  ${proof}`);
}
