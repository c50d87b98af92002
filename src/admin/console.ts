import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import type http from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** First segments of the console's pages, `/` aside; what follows one is the page's own affair. */
const PAGES: ReadonlySet<string> = new Set([
  'accounts',
  'audit',
  'calls',
  'clients',
  'consumers',
  'defence',
  'endpoints',
  'findings',
  'first-run',
  'keys',
  'overview',
  'policies',
  'settings',
  'sign-in',
  'signing-keys',
]);

/** Anything else that lies in the folder is not served. */
const TYPES: Readonly<Record<string, { readonly type: string; readonly isText: boolean }>> = {
  '.html': { type: 'text/html; charset=utf-8', isText: true },
  '.js': { type: 'text/javascript; charset=utf-8', isText: true },
  '.css': { type: 'text/css; charset=utf-8', isText: true },
  '.svg': { type: 'image/svg+xml', isText: true },
  '.png': { type: 'image/png', isText: false },
  '.ico': { type: 'image/x-icon', isText: false },
};
const FILES_MAX = 500;
const BYTES_MAX = 16 * 1_048_576;
const HASHED = /^\/assets\/[^/]{1,200}-[\w-]{8,16}\.[a-z]{2,4}$/;

export const CONSOLE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sallyport</title></head>
<body><h1>Sallyport</h1><p>The console has not been built. Run <code>npm run build:console</code> and start the gateway again.</p>
<p>The admin API is at <code>/api/v1</code>; its description is <code>/api/v1/openapi.json</code>.</p></body></html>
`;

interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly digest: string;
  /** Its name changes whenever it does. */
  readonly isHashed: boolean;
  /** Compressed when first asked for, then kept; undefined where that saves nothing. */
  readonly encodings: Map<Encoding, Promise<Buffer>> | undefined;
}

type Encoding = 'br' | 'gzip';

const compress: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

export interface ConsoleAnswer {
  readonly status: 200 | 304;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** The built console, held in memory. A path is looked up in a map and never touches the disk. */
export class Console {
  readonly #files: ReadonlyMap<string, ConsoleFile>;
  readonly #page: ConsoleFile;

  private constructor(files: ReadonlyMap<string, ConsoleFile>) {
    this.#files = files;
    this.#page = files.get('/index.html') ?? fileOf('/index.html', Buffer.from(NOT_BUILT));
  }

  /** Reads a folder once. Without an index.html in it, every page says how to build the console. */
  static read(folder: string | undefined): Console {
    return new Console(folder === undefined ? new Map() : filesIn(folder));
  }

  /** Undefined where the request is for something else. Tells nothing that depends on who asks. */
  async answer(
    method: string | undefined,
    pathname: string,
    headers: http.IncomingHttpHeaders,
  ): Promise<ConsoleAnswer | undefined> {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const file = this.#find(pathname);
    if (file === undefined) return undefined;
    const encoding = file.encodings === undefined ? undefined : acceptedEncoding(headers['accept-encoding']);
    const etag = `"${file.digest}${encoding === undefined ? '' : `-${encoding}`}"`;
    const fields = {
      ...CONSOLE_HEADERS,
      etag,
      'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(file.encodings === undefined ? {} : { vary: 'accept-encoding' }),
    };
    if (isKnown(headers['if-none-match'], etag)) return { status: 304, headers: fields, body: Buffer.alloc(0) };
    const body = encoding === undefined ? file.bytes : await encoded(file, encoding);
    return {
      status: 200,
      headers: {
        ...fields,
        'content-type': file.type,
        'content-length': body.length,
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
      body,
    };
  }

  #find(pathname: string): ConsoleFile | undefined {
    const file = this.#files.get(pathname);
    if (file !== undefined) return file;
    if (pathname === '/') return this.#page;
    // Not `//x`, which as a link within the page would lead to the host x.
    return pathname.startsWith('/') && PAGES.has(pathname.split('/', 2)[1] ?? '') ? this.#page : undefined;
  }
}

function filesIn(folder: string): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  let bytes = 0;
  for (const name of namesIn(folder)) {
    if (TYPES[extname(name)] === undefined) continue;
    const path = join(realpathSync(folder), name);
    // A link could lead out of the folder.
    if (realpathSync(path) !== path) continue;
    const stat = statSync(path);
    if (!stat.isFile()) continue;
    bytes += stat.size;
    if (files.size >= FILES_MAX || bytes > BYTES_MAX) throw new Error(`${folder} is too large to be the console`);
    const pathname = `/${name.split(sep).join('/')}`;
    files.set(pathname, fileOf(pathname, readFileSync(path)));
  }
  return files;
}

/** None where there is no such folder: the console was not built. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  } catch {
    return [];
  }
}

function fileOf(pathname: string, bytes: Buffer): ConsoleFile {
  const { type = 'application/octet-stream', isText = false } = TYPES[extname(pathname)] ?? {};
  return {
    type,
    bytes,
    digest: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    isHashed: HASHED.test(pathname),
    encodings: isText && bytes.length > 256 ? new Map() : undefined,
  };
}

function encoded(file: ConsoleFile, encoding: Encoding): Promise<Buffer> {
  const known = file.encodings?.get(encoding);
  if (known !== undefined) return known;
  const made = compress[encoding](file.bytes);
  file.encodings?.set(encoding, made);
  return made;
}

/** The smallest that is accepted (RFC 9110 §12.5.3). A field that is longer than any browser's is taken as none. */
function acceptedEncoding(field: string | string[] | undefined): Encoding | undefined {
  if (typeof field !== 'string' || field.length > 200) return undefined;
  const accepted = new Set<string>();
  for (const part of field.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((one) => one.trim());
    if (!parameters.some((one) => /^q=0(\.0{0,3})?$/.test(one))) accepted.add(coding);
  }
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : undefined;
}

function isKnown(field: string | undefined, etag: string): boolean {
  return field?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) ?? false;
}
