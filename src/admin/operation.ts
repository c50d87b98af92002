import type { ConsoleRole } from '../core/console-role.ts';
import type { Caller } from './caller.ts';
import type { ConsoleSignIn, Visit } from './console-sign-in.ts';
import type { JsonSchema, ObjectSchema } from './json-schema.ts';
import type { AdminServices } from './services.ts';

/** A request to the admin API after routing and validation: a handler may rely on `body` and `query` having their schema. */
export interface AdminCall {
  readonly services: AdminServices;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The field Idempotency-Key, where it came. */
  readonly idempotencyKey: string | undefined;
  /** Undefined only where the operation is anyone's. */
  readonly caller: Caller | undefined;
  /** Both undefined where no gateway runs: a command changes its store. */
  readonly visit: Visit | undefined;
  readonly door: ConsoleSignIn | undefined;
}

export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** One operation: what routes, validates and documents it in one place. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** The least role that may; `anyone`: nothing that it answers may tell a stranger anything. */
  readonly role: ConsoleRole | 'anyone';
  /** True: answered by events as they come, not by `handle`. */
  readonly stream?: boolean;
  readonly query?: Readonly<Record<string, JsonSchema>>;
  readonly body?: ObjectSchema;
  readonly answer: {
    readonly status: number;
    readonly description: string;
    readonly schema?: JsonSchema;
    readonly contentType?: string;
  };
  handle(call: AdminCall): Promise<AdminAnswer> | AdminAnswer;
}

export const PAGE_QUERY = {
  limit: { type: 'integer', minimum: 1, maximum: 500, description: 'entries on a page, 50 unless told' },
  cursor: { type: 'string', description: '`next` of the page before' },
} as const satisfies Record<string, JsonSchema>;

export const OPEN_OBJECT = {
  type: 'object',
  properties: {},
  additionalProperties: true,
} as const satisfies ObjectSchema;

export function listOf(items: JsonSchema): ObjectSchema {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      items: { type: 'array', items },
      next: { type: 'string', description: 'cursor; absent on the last page' },
    },
    additionalProperties: true,
  };
}

export function json(status: number, value: unknown): AdminAnswer {
  return { status, contentType: 'application/json', text: JSON.stringify(value) };
}

/** A refusal of the admin API itself (RFC 9457). */
export function problem(status: number, code: string, title: string, detail?: string, more: object = {}): AdminAnswer {
  const type = `urn:sallyport:admin:${code}`;
  return {
    status,
    contentType: 'application/problem+json',
    text: JSON.stringify({ type, title, status, code, ...(detail === undefined ? {} : { detail }), ...more }),
  };
}

export function pageLimit(query: Readonly<Record<string, string>>): number {
  return query['limit'] === undefined ? 50 : Number(query['limit']);
}

/** The items and, where there are more, the cursor of the next page. */
export function page<T>(
  found: readonly T[],
  limit: number,
  cursorOf: (item: T) => string,
): { items: T[]; next?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}
