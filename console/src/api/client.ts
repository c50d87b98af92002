import { signal } from '@preact/signals';

/** What went wrong, as the admin API says it (RFC 9457). `status` 0: the gateway could not be reached. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Other members of the problem document, for instance `problems` of a configuration. */
  readonly more: Readonly<Record<string, unknown>>;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Asked {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sent with every change; of the session, so that another site cannot send it (see state/session.ts). */
export const csrfToken = signal('');

/** Counts the times the gateway said that nobody is signed in. */
export const refusals = signal(0);

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Begun {
  readonly answer: Promise<Answer<unknown>>;
  readonly atMs: number;
}

/** Asked for before anybody wanted it, by path and query. */
const begun = new Map<string, Begun>();
/** What was asked for longer ago may have changed since. */
const BEGUN_FRESH_MS = 5_000;

/** Begins to ask for what a page shows first, while the page itself is still fetched and drawn; who asks for it next has it. */
export function askAhead(path: string, query: Query = {}): Promise<unknown> {
  const answer = ask('GET', path, { query });
  begun.set(path + queryText(query), { answer, atMs: Date.now() });
  return answer;
}

/** The good answer to what was begun, once; undefined where it has to be asked for. */
async function takeBegun(target: string): Promise<Answer<unknown> | undefined> {
  const found = begun.get(target);
  if (found === undefined) return undefined;
  begun.delete(target);
  if (Date.now() - found.atMs > BEGUN_FRESH_MS) return undefined;
  const answer = await found.answer;
  return answer.ok ? answer : undefined;
}

/** Asks the admin API. Resolves with a problem where it refuses or cannot be reached; rejects only when aborted. */
export async function ask<T>(method: Method, path: string, asked: Asked = {}): Promise<Answer<T>> {
  const target = path + queryText(asked.query ?? {});
  if (method === 'GET' && begun.has(target)) {
    const answer = await takeBegun(target);
    asked.signal?.throwIfAborted();
    if (answer !== undefined) return answer as Answer<T>;
  }
  let response: Response;
  try {
    response = await fetch(target, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' || csrfToken.value === '' ? {} : { 'x-csrf-token': csrfToken.value }),
      },
      ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    });
  } catch (error) {
    if (asked.signal?.aborted === true) throw error;
    return { ok: false, problem: unreachable() };
  }
  const text = await response.text().catch(() => undefined);
  if (text === undefined) return { ok: false, problem: unreachable() };
  const value = parsed(text);
  if (response.ok) return value === undefined ? { ok: false, problem: garbled() } : { ok: true, value: value as T };
  if (response.status === 401 && !path.startsWith('/api/v1/session')) refusals.value++;
  return { ok: false, problem: problemOf(response.status, value) };
}

export function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, value: unknown): Problem {
  const { title, detail, code, ...more } = isRecord(value) ? value : {};
  return {
    status,
    code: typeof code === 'string' ? code : '',
    title: typeof title === 'string' ? title : `The gateway answered ${status}`,
    detail: typeof detail === 'string' ? detail : '',
    more,
  };
}

function garbled(): Problem {
  return {
    status: 0,
    code: 'garbled',
    title: 'The answer cannot be read',
    detail: 'It broke off, or something between here and the gateway answered in its place.',
    more: {},
  };
}

function unreachable(): Problem {
  return {
    status: 0,
    code: 'unreachable',
    title: 'The gateway cannot be reached',
    detail: 'Nothing was changed by this. Is it running, and is the network up?',
    more: {},
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
