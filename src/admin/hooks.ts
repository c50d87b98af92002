import type http from 'node:http';
import type { Hook, HookAnswer } from '../tokens/github-secret-scanning.ts';
import { HOOK_BODY_BYTES_MAX } from '../tokens/github-secret-scanning.ts';

/** Paths that are proved by signatures over what is sent, not by the token of the admin API. */
export const GITHUB_SECRET_SCANNING = '/hooks/github/secret-scanning';

/** Messages read or judged at once; further ones are answered 503. */
const OPEN_MAX = 8;

/** Bounds around the hooks of the admin port: anyone may send to them. */
export class Hooks {
  readonly #find: (path: string) => Hook | undefined;
  #open = 0;

  /** `find`: the hook of a path, undefined where it is not configured. */
  constructor(find: (path: string) => Hook | undefined) {
    this.#find = find;
  }

  /** The answer, or undefined where the request is for no hook. */
  async answer(request: http.IncomingMessage): Promise<HookAnswer | undefined> {
    if (request.method !== 'POST') return undefined;
    const hook = this.#find((request.url ?? '').split('?', 1)[0] ?? '');
    if (hook === undefined) return undefined;
    if (this.#open >= OPEN_MAX) return problem(503, 'too many messages at once');
    this.#open++;
    try {
      const body = await readBody(request);
      return body === undefined ? problem(413, 'the message is too large') : await hook(body, request.headers);
    } finally {
      this.#open--;
    }
  }
}

/** Undefined where the body is larger than allowed; what follows is not read. */
async function readBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > HOOK_BODY_BYTES_MAX) return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > HOOK_BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}

function problem(status: number, title: string): HookAnswer {
  return { status, contentType: 'application/problem+json', text: JSON.stringify({ status, title }) };
}
