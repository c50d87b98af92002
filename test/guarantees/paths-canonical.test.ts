import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { posix } from 'node:path';
import { test } from 'node:test';
import { TestGateway } from '../harness/gateway.ts';
import { NGINX_PRESENT, nginx, type Server } from '../harness/servers.ts';

const SECRET = 'the secret of admin';

/** Every way we know to write a letter, a slash or a dot of `/admin/secret`, alone and in pairs. */
function spellings(): string[] {
  const prefixes = [
    '',
    '/public/..',
    '/public/x/../..',
    '/.',
    '/public/%2e%2e',
    '/public/..%2f..',
    '/public/%2e%2e%2f',
    '/public/..%5c..',
    '/public/..\\..',
    '/public/..;',
    '/public/..;/..',
    '/public/%252e%252e',
    '/public/.%00./..',
    '/%c0%ae%c0%ae',
    '/public/%c0%ae%c0%ae',
    '/public/%e0%80%ae%e0%80%ae',
    '/public/%u002e%u002e',
  ];
  const firsts = [
    '/admin',
    '//admin',
    '/%61dmin',
    '/admi%6E',
    '/ADMIN',
    '/%2fadmin',
    '/%5cadmin',
    '\\admin',
    '/./admin',
    '/admin;x=1',
    '/admin%3bx',
    '/admin%20',
    '/admin%00',
    '/%2561dmin',
    '/ad%25%36%64in',
    '/%C1%A1dmin',
    '/admin.',
    '/adm\u0131n',
  ];
  const seconds = [
    '/secret',
    '//secret',
    '%2fsecret',
    '%2Fsecret',
    '%5csecret',
    '\\secret',
    '/./secret',
    '/x/../secret',
    '/%2e/secret',
    '/x/%2e%2e/secret',
    '/%73ecret',
    '/secret/',
    '/secret/.',
    '/secret;a',
    '/secret%3b',
    '/secret%00',
    '/secret%20',
    '/secret%2f',
    '/secret#x',
    '/secret?x',
    '/SECRET',
    '/%2573ecret',
    '%252fsecret',
  ];
  const found = new Set<string>();
  for (const prefix of prefixes)
    for (const first of firsts) for (const second of seconds) found.add(prefix + first + second);
  return [...found];
}

/** A server that decodes, merges, climbs and strips before it looks, as careless ones do. */
async function laxNode(): Promise<Server> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url ?? '');
    let path = (request.url ?? '').split('?', 1)[0] ?? '';
    for (let i = 0; i < 3; i++) {
      try {
        path = decodeURIComponent(path);
      } catch {
        break;
      }
    }
    path = path
      .replaceAll('\\', '/')
      .replaceAll('\0', '')
      .replace(/;[^/]{0,100}/g, '')
      .trim()
      .toLowerCase();
    const served = posix.normalize(path).replace(/\/$/, '') === '/admin/secret';
    response.end(served ? SECRET : 'public');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    seen: () => seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Raw bytes, because no client library would send these targets. */
function get(port: number, target: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n`, 'utf8')),
    );
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

async function attack(upstream: Server, config: string): Promise<{ served: string[]; answered: number; open: string }> {
  const gateway = await TestGateway.start({ config });
  try {
    const served: string[] = [];
    let answered = 0;
    const next = spellings().values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const spelling of next) {
          const text = await get(gateway.port, spelling);
          if (text.startsWith('HTTP/1.1')) answered++;
          if (text.includes(SECRET)) served.push(spelling);
        }
      }),
    );
    const open = await get(gateway.port, '/public/x');
    assert.ok(upstream.seen().length > 0, 'nothing reached the upstream: the test proves nothing');
    return { served, answered, open };
  } finally {
    await gateway.stop();
  }
}

const CONFIG = (url: string) => `mode: enforce
upstreams: { api: { url: "${url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: public
    match: { path: "/public/*" }
    upstream: api
    authenticate: none
  - id: admin
    match: { path: "/admin/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
`;

/** Everything only observes but /admin: what is ambiguous must be refused all the same. */
const OBSERVED = (url: string) =>
  CONFIG(url)
    .replace('mode: enforce', 'mode: observe')
    .replace('  - id: admin\n', '  - id: admin\n    mode: enforce\n');

const UPSTREAMS: readonly [string, boolean, () => Promise<Server>][] = [
  ['a careless Node server', true, laxNode],
  [
    'nginx with decoding and merging',
    NGINX_PRESENT,
    () => nginx(`location / { return 200 "public"; } location = /admin/secret { return 200 "${SECRET}"; }`),
  ],
];

for (const [name, present, start] of UPSTREAMS)
  test(`no spelling of a guarded path is served by ${name} without its own rule`, {
    skip: !present && 'nginx is not installed',
    timeout: 120_000,
  }, async () => {
    const upstream = await start();
    try {
      const count = spellings().length;
      assert.ok(count > 5_000, `${count} spellings`);
      const { served, answered, open } = await attack(upstream, CONFIG(upstream.url));
      assert.deepEqual(served, []);
      assert.equal(answered, count, 'every spelling was answered');
      assert.match(open, /^HTTP\/1\.1 200 [\s\S]*public$/);
    } finally {
      await upstream.close();
    }
  });

test('while one route enforces and the rest observes, no ambiguous spelling of it slips through as observed', {
  timeout: 120_000,
}, async () => {
  const upstream = await laxNode();
  try {
    const { served } = await attack(upstream, OBSERVED(upstream.url));
    // Routes match case-sensitively; a server that does not is told apart by nothing in the path. Every other spelling is refused.
    assert.deepEqual(
      served.filter(
        (spelling) => spelling.toLowerCase() === spelling || !/[A-Z]/.test(spelling.replace(/%[0-9A-F]{2}/g, '')),
      ),
      [],
    );
  } finally {
    await upstream.close();
  }
});
