import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { DESYNC_VECTORS_PRESENT, type DesyncCase, desyncCases, headBytes } from '../harness/desync-vectors.ts';
import { TestGateway } from '../harness/gateway.ts';
import { HAPROXY_PRESENT, haproxy, NGINX_PRESENT, nginx, rawSink, type Server } from '../harness/servers.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: api.example.com\r\n\r\n';
const AT_ONCE = 16;

/** The rows src/http/desync-vectors.test.ts lists, for its reasons. */
const REFUSED_ON_PURPOSE = new Set([
  'Correct TE OK',
  'Transfer-Encoding: identity and chunked OK',
  'Multiple transfer encoding headers in a single request OK',
  'TE with custom parameters OK',
  'Different Transfer-Encoding headers',
  'Different Transfer-Encoding headers combined',
  'Transfer-Encoding with a param: chunked;custom_param',
  'Compliant URL',
  'Empty URI',
  // Node's parser in front takes no unencoded bytes in a target, which RFC 3986 does not know either.
  'International in URI',
]);

/** The body a row's plainest reading asks for, and behind it a request that only a desynchronised server would see alone. */
function payload(row: DesyncCase): Buffer {
  const value = (name: string) => row.headers.find(([field]) => field.toLowerCase() === name)?.[1].trim();
  const length = Number(value('content-length') ?? 0);
  const body =
    value('transfer-encoding') !== undefined
      ? '0\r\n\r\n'
      : 'a'.repeat(Number.isInteger(length) && length < 100_000 ? length : 0);
  return Buffer.concat([headBytes(row), Buffer.from(body + SMUGGLED, 'latin1')]);
}

/** The first answer's status; 0 where the connection was closed without one. */
function firstStatus(port: number, bytes: Buffer): Promise<{ status: number; closed: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    let quiet: NodeJS.Timeout | undefined;
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const finish = (closed: boolean) => {
      clearTimeout(quiet);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), closed });
    };
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(false), 400);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
    quiet = setTimeout(() => finish(false), 3_000);
  });
}

async function permittedCalls(gateway: TestGateway): Promise<{ outcome: string; path: string }[]> {
  const recorded: { outcome: string; path: string }[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await gateway.admin('GET', `/api/v1/calls?limit=500${cursor}`);
    recorded.push(...(body['items'] as { outcome: string; path: string }[]));
    if (body['next'] === undefined) break;
    cursor = `&cursor=${encodeURIComponent(String(body['next']))}`;
  }
  return recorded.filter(({ outcome }) => outcome === 'permitted');
}

async function runCorpus(upstream: Server): Promise<void> {
  const gateway = await TestGateway.start({
    config: `mode: enforce
upstreams: { api: { url: "${upstream.url}", preserveHost: true } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: all
    match: { path: "/*" }
    upstream: api
    authenticate: none
    inspect: { maxBodyBytes: 1000000000000 }
`,
  });
  try {
    const rows = desyncCases();
    const wrong: string[] = [];
    const next = rows.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const row of next) {
          const { status, closed } = await firstStatus(gateway.port, payload(row));
          // No answer on an open connection: the call was taken and the rest of its body is waited for.
          const refused = status >= 400 || (status === 0 && closed);
          if (row.tier === 'Severe' && !(refused && closed)) wrong.push(`severe: ${row.name} got ${status}`);
          if (row.tier === 'Compliant' && refused && !REFUSED_ON_PURPOSE.has(row.name))
            wrong.push(`compliant: ${row.name} got ${status}`);
        }
      }),
    );
    assert.deepEqual(wrong, []);
    let permitted = await permittedCalls(gateway);
    // A call whose client has gone is recorded when its connections are closed, a moment later.
    for (const giveUpAt = Date.now() + 5_000; permitted.length < upstream.seen().length && Date.now() < giveUpAt; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      permitted = await permittedCalls(gateway);
    }
    const seen = upstream.seen();
    assert.ok(seen.length > 40, `only ${seen.length} calls went through: the corpus was not really sent`);
    assert.equal(seen.length, permitted.length, 'calls seen upstream = calls authorised');
    assert.equal(
      seen.filter((line) => line.includes('/smuggled')).length,
      permitted.filter(({ path }) => path === '/smuggled').length,
      'what follows a request is seen only where it was judged as a call of its own',
    );
  } finally {
    await gateway.stop();
  }
}

const UPSTREAMS: readonly [string, boolean, () => Promise<Server>][] = [
  ['a lenient raw sink', true, rawSink],
  ['nginx', NGINX_PRESENT, () => nginx('client_max_body_size 0; location / { return 200; }')],
  ['HAProxy', HAPROXY_PRESENT, haproxy],
];

for (const [name, present, start] of UPSTREAMS) {
  const skip = !present ? `${name} is not installed` : DESYNC_VECTORS_PRESENT ? false : 'the corpus is not there';
  test(`no request of the corpus desynchronises the gateway from ${name}`, { skip, timeout: 120_000 }, async () => {
    const upstream = await start();
    try {
      await runCorpus(upstream);
    } finally {
      await upstream.close();
    }
  });
}
