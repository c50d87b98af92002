import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import querystring from 'node:querystring';
import { after, before, describe, test } from 'node:test';
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';
import { TestGateway } from '../harness/gateway.ts';

/** What a reader of calls must never get to see. */
const SQL = "x' UNION SELECT password FROM users--";
const MARKED = /union[\s/*,]+select[\s/*,]+password/i;

type Reading = readonly [reader: string, text: string];

/** Everything an application could take out of a call, by the parsers Node.js applications use. */
async function readingsOf(request: http.IncomingMessage, body: Buffer): Promise<Reading[]> {
  const read: Reading[] = [];
  const see = (reader: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (typeof value === 'object') {
      if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
        see(`${reader} joined`, value.map(String).join(','));
      for (const [key, inner] of Object.entries(value)) {
        see(reader, key);
        see(reader, inner);
      }
      return;
    }
    const text = String(value);
    read.push([reader, text]);
    if (text.includes('%')) read.push([`${reader}, decoded again`, decoded(text)]);
    // JSON in a string is read once more, as queues and stores of documents do.
    if (/^\s*[[{"]/.test(text) && text.length > 2)
      try {
        see(`${reader} as JSON`, JSON.parse(text));
      } catch {
        // It is none.
      }
  };
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  for (const segment of path.split('/')) {
    see('path', decoded(segment));
    for (const part of segment.split(';')) see('matrix parameter', decoded(part.split('=').slice(1).join('=')));
  }
  see('querystring', { ...querystring.parse(query) });
  see('URLSearchParams', [...new URLSearchParams(query)]);
  for (const [name, values] of grouped(new URLSearchParams(query))) {
    see(`all of ${name}, joined by commas`, values.join(','));
    see(`all of ${name}, joined by ", "`, values.join(', '));
  }
  see('headers', request.headers);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const value = (pair.includes('=') ? pair.split('=').slice(1).join('=') : pair).trim();
    see('cookie', decoded(value.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')));
  }
  const plain = uncompressed(request.headers['content-encoding'], body);
  const type = request.headers['content-type'] ?? '';
  for (const charset of charsetsOf(type)) {
    const text = new TextDecoder(charset).decode(plain);
    see(`${charset} text`, text);
    try {
      see('JSON.parse', JSON.parse(text));
    } catch {
      // It is none.
    }
    if (/urlencoded/i.test(type)) {
      see('form by querystring', { ...querystring.parse(text) });
      const form = new URLSearchParams(text);
      see('form by URLSearchParams', [...form]);
      for (const [name, values] of grouped(form)) see(`all of ${name}`, values.join(','));
    }
    if (/xml/i.test(type)) see('XML', xmlTexts(text));
  }
  if (/multipart/i.test(type))
    try {
      for (const [name, value] of await new Response(new Uint8Array(plain), {
        headers: { 'content-type': type },
      }).formData()) {
        see('FormData name', name);
        see('FormData', typeof value === 'string' ? value : value.name);
        if (typeof value !== 'string')
          for (const charset of ['utf-8', 'utf-16le']) {
            const text = new TextDecoder(charset).decode(await value.arrayBuffer());
            see(`${charset} file`, text);
            see('XML file', xmlTexts(text));
          }
      }
    } catch {
      // It is no form.
    }
  return read;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function grouped(parameters: URLSearchParams): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of parameters) groups.set(name, [...(groups.get(name) ?? []), value]);
  return groups;
}

function uncompressed(coding: string | undefined, body: Buffer): Buffer {
  try {
    switch (coding?.trim().toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body);
      case 'deflate':
        try {
          return inflateSync(body);
        } catch {
          return inflateRawSync(body);
        }
      case 'br':
        return brotliDecompressSync(body);
      case 'gzip, gzip':
        return gunzipSync(gunzipSync(body));
      default:
        return body;
    }
  } catch {
    return body;
  }
}

function charsetsOf(type: string): readonly string[] {
  const named = /charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1];
  try {
    return named === undefined ? ['utf-8'] : ['utf-8', new TextDecoder(named).encoding];
  } catch {
    return ['utf-8'];
  }
}

/** Texts and attributes, with CDATA, character references and entities of the document itself put in. */
function xmlTexts(text: string): string[] {
  const entities = new Map(
    [...text.matchAll(/<!ENTITY\s+(\w+)\s+["']([^"']*)["']/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const resolved = (raw: string): string =>
    raw
      .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
      .replace(/&apos;/g, "'")
      .replace(/&(\w+);/g, (whole, name: string) => entities.get(name) ?? whole);
  const content = text.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1').replace(/<!--[\s\S]*?-->/g, '');
  const elements = [...content.matchAll(/>([^<]*)</g)].map(([, inner = '']) => resolved(inner));
  const attributes = [...content.matchAll(/=\s*("([^"]*)"|'([^']*)')/g)].map(([, , a, b]) => resolved(a ?? b ?? ''));
  return [...elements, elements.join(''), ...attributes];
}

interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Sizes of the chunks of a chunked body. */
  readonly chunks?: number;
}

const quoted = encodeURIComponent(SQL);
const everyOctet = [...Buffer.from(SQL)].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
const percentU = [...SQL].map((one) => `%u00${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
const escapes = [...SQL].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const references = [...SQL].map((one) => `&#x${one.charCodeAt(0).toString(16)};`).join('');
const typed = (type: string, body: string | Buffer, ...more: string[]): Sent => ({
  method: 'POST',
  headers: [`content-type: ${type}`, ...more],
  body,
});
const json = (value: unknown): Sent => typed('application/json', JSON.stringify(value));
const form = (text: string, type = 'application/x-www-form-urlencoded'): Sent => typed(type, text);
const part = (head: string, value = 'x'): string => `--b\r\n${head}\r\n\r\n${value}\r\n--b--\r\n`;
const multipart = (body: string | Buffer, type = 'multipart/form-data; boundary=b'): Sent => typed(type, body);
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const utf7 = `{"a":"x+ACc- UNION SELECT password FROM users--"}`;

/** The attack in the clothes that parsers take off, and inspections may not. */
const ATTEMPTS: Readonly<Record<string, Sent>> = {
  'a segment with every octet encoded': { target: `/a/${everyOctet}` },
  'a matrix parameter': { target: `/a/b;q=${quoted}` },
  'a matrix parameter in the middle': { target: `/a;x=1;q=${quoted}/b` },
  'a query with plus signs': { target: `/a?q=${quoted.replaceAll('%20', '+')}` },
  'a query with every octet encoded': { target: `/a?q=${everyOctet}` },
  'a query encoded twice': { target: `/a?q=${encodeURIComponent(everyOctet)}` },
  'a query in %u': { target: `/a?q=${percentU}` },
  'a name of a query': { target: `/a?${quoted}=1` },
  'a query in two parts of one name': {
    target: `/a?q=${encodeURIComponent("x' UNION/*")}&q=${encodeURIComponent('*/SELECT password FROM users--')}`,
  },
  'a query in three parts of one name': {
    target: `/a?q=${encodeURIComponent("x'/*")}&q=${encodeURIComponent('*/UNION/*')}&q=${encodeURIComponent('*/SELECT/**/password FROM users--')}`,
  },
  'a query with array names': { target: `/a?q[]=1&q[]=${quoted}` },
  'a query behind a semicolon': { target: `/a?x=1;q=${quoted}` },
  'a query with broken percent signs': { target: `/a?q=%zz${quoted}%` },
  'a query with an overlong apostrophe': { target: `/a?q=x%c0%a7${encodeURIComponent(SQL.slice(2))}` },
  'a query behind an empty name': { target: `/a?=${quoted}` },
  'a query behind many parameters': {
    target: `/a?${Array.from({ length: 300 }, (_, i) => `p${i}=1`).join('&')}&q=${quoted}`,
  },
  'a header': { headers: [`x-search: ${SQL}`] },
  'a header that comes twice': { headers: ["x-search: x' UNION/*", 'x-search: */SELECT password FROM users--'] },
  'a header in percent signs': { headers: [`referer: https://example.com/?q=${quoted}`] },
  'a cookie': { headers: [`cookie: a=1; q=${quoted}`] },
  'a cookie in quotes': { headers: [`cookie: a=1; q="${quoted}"`] },
  'a cookie with escapes in quotes': { headers: ['cookie: q="x\\\' UNION SELECT password FROM users--"'] },
  'cookies in two fields': { headers: ['cookie: a=1', `cookie: q=${quoted}`] },
  'a cookie without a name': { headers: [`cookie: ${quoted}`] },
  'a form': form(`q=${quoted}`),
  'a form with plus signs': form(`q=${quoted.replaceAll('%20', '+')}`),
  'a form in two parts of one name': form(
    `q=${encodeURIComponent("x' UNION/*")}&q=${encodeURIComponent('*/SELECT password FROM users--')}`,
  ),
  'a form of another case': form(`q=${quoted}`, 'Application/X-WWW-Form-URLEncoded;Charset=UTF-8'),
  'a form in a charset of Windows': form(`q=${quoted}`, 'application/x-www-form-urlencoded; charset=windows-1252'),
  'a form with array names': form(`q[a][b]=${quoted}`),
  'a form in tiny chunks': { ...form(`q=${quoted}`), chunks: 1 },
  'JSON in escapes': typed('application/json', `{"q":"${escapes}"}`),
  'JSON in tiny chunks': { ...json({ q: SQL }), chunks: 3 },
  'JSON of another type': typed('application/vnd.api+json', JSON.stringify({ q: SQL })),
  'JSON that says it is a form': form(JSON.stringify({ q: SQL })),
  'JSON that says it is XML': typed('text/xml', JSON.stringify({ q: SQL })),
  'JSON that says it is a stream of octets': typed('application/octet-stream', JSON.stringify({ q: SQL })),
  'JSON without a type': { method: 'POST', body: JSON.stringify({ q: SQL }) },
  'JSON of two types': typed('text/plain', JSON.stringify({ q: SQL }), 'content-type: application/json'),
  'JSON behind a mark of order': typed('application/json', `\ufeff${JSON.stringify({ q: SQL })}`),
  'JSON in UTF-16': typed('application/json; charset=utf-16le', utf16(JSON.stringify({ q: SQL }))),
  'JSON in UTF-16 that nobody tells of': typed('application/json', utf16(JSON.stringify({ q: SQL }))),
  'JSON in UTF-7': typed('application/json; charset=utf-7', utf7),
  'JSON with a key that comes twice': typed('application/json', `{"q":"x","q":${JSON.stringify(SQL)}}`),
  'JSON in strings of JSON, four deep': json({ q: [1, 2, 3].reduce((inner) => JSON.stringify({ q: inner }), SQL) }),
  'a name in JSON': json({ a: { [SQL]: 1 } }),
  'JSON in 60 arrays': json(Array.from({ length: 60 }).reduce<unknown>((inner) => [inner], SQL)),
  'JSON in 3,000 arrays': typed('application/json', `${'['.repeat(3_000)}${JSON.stringify(SQL)}${']'.repeat(3_000)}`),
  'JSON compressed': typed('application/json', gzipSync(JSON.stringify({ q: SQL })), 'content-encoding: gzip'),
  'JSON compressed, of another case': typed(
    'application/json',
    gzipSync(JSON.stringify({ q: SQL })),
    'content-encoding: GZip',
  ),
  'JSON compressed as x-gzip': typed(
    'application/json',
    gzipSync(JSON.stringify({ q: SQL })),
    'content-encoding: x-gzip',
  ),
  'JSON deflated': typed('application/json', deflateSync(JSON.stringify({ q: SQL })), 'content-encoding: deflate'),
  'JSON deflated raw': typed(
    'application/json',
    deflateRawSync(JSON.stringify({ q: SQL })),
    'content-encoding: deflate',
  ),
  'JSON in brotli': typed('application/json', brotliCompressSync(JSON.stringify({ q: SQL })), 'content-encoding: br'),
  'JSON compressed twice': typed(
    'application/json',
    gzipSync(gzipSync(JSON.stringify({ q: SQL }))),
    'content-encoding: gzip, gzip',
  ),
  'JSON in two members of gzip': typed(
    'application/json',
    Buffer.concat([gzipSync('{"q":'), gzipSync(`${JSON.stringify(SQL)}}`)]),
    'content-encoding: gzip',
  ),
  'JSON that says it is compressed and is not': typed(
    'application/json',
    JSON.stringify({ q: SQL }),
    'content-encoding: gzip',
  ),
  'JSON of an unknown coding': typed(
    'application/json',
    JSON.stringify({ q: SQL }),
    'content-encoding: identity, none',
  ),
  'a part': multipart(part('Content-Disposition: form-data; name="q"', SQL)),
  'a name of a part': multipart(part(`Content-Disposition: form-data; name="${SQL}"`)),
  'a file name': multipart(part(`Content-Disposition: form-data; name="f"; filename="${SQL}"`)),
  'a file name in RFC 5987': multipart(part(`Content-Disposition: form-data; name="f"; filename*=UTF-8''${quoted}`)),
  'a file name that comes twice': multipart(
    part(`Content-Disposition: form-data; name="f"; filename="ok"; filename="${SQL}"`),
  ),
  'a part with a head in another order': multipart(
    part(`Content-Type: text/plain\r\ncontent-disposition:form-data;NAME=q`, SQL),
  ),
  'a part with a boundary in quotes': multipart(
    `--a b\r\nContent-Disposition: form-data; name="q"\r\n\r\n${SQL}\r\n--a b--\r\n`,
    'multipart/form-data; boundary="a b"',
  ),
  'a part with two boundaries': multipart(
    part('Content-Disposition: form-data; name="q"', SQL),
    'multipart/form-data; boundary=a; boundary=b',
  ),
  'a part behind a preamble': multipart(`ignored\r\n${part('Content-Disposition: form-data; name="q"', SQL)}`),
  'a part without its end': multipart(`--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n${SQL}\r\n`),
  'a part with bare line feeds': multipart(`--b\nContent-Disposition: form-data; name="q"\n\n${SQL}\n--b--\n`),
  'a part with blanks behind the boundary': multipart(
    `--b  \r\nContent-Disposition: form-data; name="q"\r\n\r\n${SQL}\r\n--b--\r\n`,
  ),
  'a part in base64': multipart(
    part(
      'Content-Disposition: form-data; name="q"\r\nContent-Transfer-Encoding: base64',
      Buffer.from(SQL).toString('base64'),
    ),
  ),
  'a part of JSON': multipart(
    part('Content-Disposition: form-data; name="q"\r\nContent-Type: application/json', JSON.stringify({ a: SQL })),
  ),
  'a part that is a file of JSON': multipart(
    part(
      'Content-Disposition: form-data; name="q"; filename="a.json"\r\nContent-Type: application/json',
      JSON.stringify({ a: SQL }),
    ),
  ),
  'a file of text that says it is a picture': multipart(
    part('Content-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png', SQL),
  ),
  'a file of text in UTF-16': multipart(
    Buffer.from(
      part('Content-Disposition: form-data; name="f"; filename="a"', utf16(SQL).toString('latin1')),
      'latin1',
    ),
  ),
  'a file of a drawing': multipart(
    part('Content-Disposition: form-data; name="f"; filename="a.gif"', `<svg><text>${references}</text></svg>`),
  ),
  'a file behind one that is large': multipart(
    `${part('Content-Disposition: form-data; name="f"; filename="a.txt"', 'words and words '.repeat(20_000)).slice(0, -'--b--\r\n'.length)}${part('Content-Disposition: form-data; name="g"; filename="b.txt"', SQL)}`,
  ),
  'a part in tiny chunks': { ...multipart(part('Content-Disposition: form-data; name="q"', SQL)), chunks: 1 },
  'XML text': typed('application/xml', `<r>${SQL}</r>`),
  'XML in CDATA': typed('application/xml', `<r><![CDATA[${SQL}]]></r>`),
  'XML in two CDATA': typed('application/xml', `<r><![CDATA[x' UNI]]><![CDATA[ON SELECT password FROM users--]]></r>`),
  'XML in references': typed('application/xml', `<r>${references}</r>`),
  'XML with a comment within': typed('application/xml', `<r>x' UNI<!-- -->ON SELECT password FROM users--</r>`),
  'XML with an instruction within': typed('application/xml', `<r>x' UNI<?a b?>ON SELECT password FROM users--</r>`),
  'XML around an element': typed('application/xml', `<r>x' UNI<b></b>ON SELECT password FROM users--</r>`),
  'XML in blanks of CDATA': typed(
    'application/xml',
    `<r>x'<![CDATA[ ]]>UNION<![CDATA[ ]]>SELECT<![CDATA[ ]]>password FROM users--</r>`,
  ),
  'XML with an entity of its own': typed('application/xml', `<!DOCTYPE r [<!ENTITY q "${SQL}">]><r>&q;</r>`),
  'XML with an entity in two': typed(
    'application/xml',
    `<!DOCTYPE r [<!ENTITY a "x' UNION "><!ENTITY b "SELECT password">]><r>&a;&b; FROM users--</r>`,
  ),
  'an attribute of XML': typed('text/xml', `<r q="${SQL}"/>`),
  'an attribute of XML in references': typed('text/xml', `<r q='${references}'/>`),
  'XML in UTF-16': typed('application/xml; charset=utf-16le', utf16(`<r>${SQL}</r>`)),
  text: typed('text/plain', SQL),
};

describe('whatever an application reads of an attack was seen by the inspection, or the call was refused', () => {
  let gateway: TestGateway;
  let server: http.Server;
  let seen: Reading[] = [];
  before(async () => {
    server = http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (chunk: Buffer) => parts.push(chunk));
      request.on('error', () => undefined);
      request.on('end', async () => {
        try {
          seen = await readingsOf(request, Buffer.concat(parts));
        } finally {
          response.end('read');
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    try {
      gateway = await TestGateway.start({
        config: `mode: enforce
upstreams: { api: { url: "http://127.0.0.1:${port}" } }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: none, inspect: { payload: default } }
`,
      });
    } catch (error) {
      server.close();
      throw error;
    }
  });
  after(async () => {
    await gateway?.stop();
    server.closeAllConnections();
    server.close();
  });

  for (const [where, sent] of Object.entries(ATTEMPTS))
    test(where, async () => {
      seen = [];
      const status = await send(gateway.port, sent);
      const read = seen.filter(([, text]) => MARKED.test(text));
      assert.deepEqual(read, [], `answered ${status}`);
      assert.ok(status >= 200 && status < 500, `answered ${status}`);
    });

  test('the application would read the attack in nearly all of them, were nothing in front of it', async () => {
    const { port } = server.address() as net.AddressInfo;
    const unread: string[] = [];
    for (const [where, sent] of Object.entries(ATTEMPTS)) {
      seen = [];
      await send(port, sent);
      if (!seen.some(([, text]) => MARKED.test(text))) unread.push(where);
    }
    assert.ok(unread.length <= 5, unread.join(', '));
  });

  test('the application reads what it is sent where nothing is wrong with it', async () => {
    seen = [];
    assert.equal(await send(gateway.port, json({ q: JSON.stringify({ deep: 'a union of selected people' }) })), 200);
    assert.ok(seen.some(([reader, text]) => reader === 'JSON.parse as JSON' && text === 'a union of selected people'));
  });
});

/** Sends octets as they are and resolves with the status of the answer. */
async function send(
  port: number,
  { method = 'GET', target = '/a', headers = [], body, chunks }: Sent,
): Promise<number> {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const framing =
    bytes === undefined
      ? []
      : [chunks === undefined ? `content-length: ${bytes.length}` : 'transfer-encoding: chunked'];
  const head = [`${method} ${target} HTTP/1.1`, 'host: api.example.com', 'connection: close', ...framing, ...headers];
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const answer: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => answer.push(chunk));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  if (bytes !== undefined && chunks === undefined) socket.write(bytes);
  if (bytes !== undefined && chunks !== undefined) {
    for (let at = 0; at < bytes.length; at += chunks) {
      const piece = bytes.subarray(at, at + chunks);
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
  }
  await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(Buffer.concat(answer).toString('latin1'))?.[1] ?? 0);
}
