import { reachesRole } from '../core/console-role.ts';
import type { Caller } from './caller.ts';
import type { ConsoleSignIn, Visit } from './console-sign-in.ts';
import { schemaFault } from './json-schema.ts';
import { openApiDocument } from './openapi.ts';
import { type AdminAnswer, OPEN_OBJECT, type Operation, problem } from './operation.ts';
import { accountOperations } from './operations/accounts.ts';
import { callOperations } from './operations/calls.ts';
import { configurationOperations } from './operations/configuration.ts';
import { consumerOperations } from './operations/consumers.ts';
import { decoyOperations } from './operations/decoys.ts';
import { exceptionOperations } from './operations/exceptions.ts';
import { findingOperations } from './operations/findings.ts';
import { healthOperations } from './operations/health.ts';
import { issuerOperations } from './operations/issuer.ts';
import { keyCareOperations } from './operations/key-care.ts';
import { keyUsageOperations } from './operations/key-usage.ts';
import { keyOperations } from './operations/keys.ts';
import { overviewOperations } from './operations/overview.ts';
import { ownerOperations } from './operations/owners.ts';
import { parameterOperations } from './operations/parameters.ts';
import { policyOperations } from './operations/policy.ts';
import { revocationOperations } from './operations/revocations.ts';
import { sessionOperations } from './operations/session.ts';
import type { AdminServices } from './services.ts';

const DOCUMENT_PATH = '/api/v1/openapi.json';
let description: string | undefined;

function describedOnce(): string {
  description ??= JSON.stringify(openApiDocument(OPERATIONS));
  return description;
}

/** Every operation of the admin port. Routing, validation and the OpenAPI document come from this list. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: DOCUMENT_PATH,
    operationId: 'getDescription',
    summary: 'this description of the admin API',
    role: 'viewer',
    answer: { status: 200, description: 'an OpenAPI 3.1 document', schema: OPEN_OBJECT },
    handle: () => ({ status: 200, contentType: 'application/json', text: describedOnce() }),
  },
  ...sessionOperations,
  ...healthOperations,
  ...overviewOperations,
  ...callOperations,
  ...keyCareOperations,
  ...keyOperations,
  ...keyUsageOperations,
  ...consumerOperations,
  ...revocationOperations,
  ...issuerOperations,
  ...findingOperations,
  ...decoyOperations,
  ...ownerOperations,
  ...parameterOperations,
  ...exceptionOperations,
  ...accountOperations,
  ...policyOperations,
  ...configurationOperations,
];

/** What a request asks for, by whom. */
export interface AdminTarget {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Undefined: nobody has proved who it is. */
  readonly caller: Caller | undefined;
}

export interface AdminRequest extends AdminTarget {
  readonly contentType: string;
  readonly body: string;
  /** The field Idempotency-Key, where it came. */
  readonly idempotencyKey?: string | undefined;
  readonly visit?: Visit;
  readonly door?: ConsoleSignIn;
}

/** An operation that this caller may ask for, with what stands in the path and the query. */
export interface Admitted {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Answers one request. Throws only where a service fails; the caller answers that with 500 and without its text. */
export async function handleAdmin(services: AdminServices, request: AdminRequest): Promise<AdminAnswer> {
  const admitted = admit(request);
  return 'text' in admitted ? admitted : perform(services, admitted, request);
}

/** Decides whether this caller may ask for this, before anything of the body is read; else what is answered. */
export function admit({ method, target, caller }: AdminTarget): Admitted | AdminAnswer {
  // As it came: a proxy in front allows and refuses paths by how they are written, and `/..` leads nowhere here.
  const queryAt = target.indexOf('?');
  const pathname = queryAt < 0 ? target : target.slice(0, queryAt);
  const { operation, path, otherMethod } = route(method, pathname);
  // Whoever is nobody is not told what exists.
  if (operation?.role !== 'anyone' && caller === undefined) return unauthenticated();
  if (operation === undefined)
    return otherMethod
      ? problem(405, 'method_unknown', 'Not with this method')
      : problem(404, 'not_found', 'No such resource', `see ${DOCUMENT_PATH}`);
  if (operation.role !== 'anyone' && (caller === undefined || !reachesRole(caller.role, operation.role)))
    return problem(403, 'role', 'Not with this role', `this needs the role ${operation.role}`, {
      role: operation.role,
    });
  const query = readQuery(operation, new URLSearchParams(queryAt < 0 ? '' : target.slice(queryAt)));
  return 'text' in query ? query : { operation, path, query: query.values };
}

/** Does what was admitted. */
export async function perform(
  services: AdminServices,
  { operation, path, query }: Admitted,
  request: AdminRequest,
): Promise<AdminAnswer> {
  const body = readBody(operation, request);
  if ('text' in body) return body;
  return operation.handle({
    services,
    path,
    query,
    body: body.values,
    idempotencyKey: request.idempotencyKey,
    caller: request.caller,
    visit: request.visit,
    door: request.door,
  });
}

function route(
  method: string,
  pathname: string,
): { operation?: Operation; path: Record<string, string>; otherMethod: boolean } {
  let otherMethod = false;
  for (const operation of OPERATIONS) {
    const path = matchPath(operation.path, pathname);
    if (path === undefined) continue;
    if (operation.method === method) return { operation, path, otherMethod: false };
    otherMethod = true;
  }
  return { path: {}, otherMethod };
}

function matchPath(template: string, pathname: string): Record<string, string> | undefined {
  const expected = template.split('/');
  const given = pathname.split('/');
  if (expected.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const segment = given[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined || value === '') return undefined;
    values[part.slice(1, -1)] = value;
  }
  return values;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function readQuery(
  operation: Operation,
  parameters: URLSearchParams,
): { values: Record<string, string> } | AdminAnswer {
  const known = operation.query ?? {};
  const values: Record<string, string> = {};
  for (const [name, value] of parameters) {
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    if (schema === undefined)
      return problem(
        400,
        'query_invalid',
        'Unknown parameter',
        `known are ${Object.keys(known).join(', ') || 'none'}`,
        { pointer: name },
      );
    if (Object.hasOwn(values, name))
      return problem(400, 'query_invalid', 'A parameter is given twice', undefined, { pointer: name });
    const typed = schema.type === 'integer' ? (value.trim() === '' ? Number.NaN : Number(value)) : value;
    const fault = schemaFault(schema, typed, name);
    if (fault !== undefined)
      return problem(400, 'query_invalid', 'Not understood', fault.problem, { pointer: fault.pointer });
    values[name] = value;
  }
  return { values };
}

function readBody(operation: Operation, request: AdminRequest): { values: Record<string, unknown> } | AdminAnswer {
  if (operation.body === undefined)
    return request.body.trim() === '' || request.body.trim() === '{}'
      ? { values: {} }
      : problem(400, 'body_invalid', 'This operation takes no body');
  if (request.body === '' && (operation.body.required ?? []).length === 0) return { values: {} };
  if (!/^application\/json *(;|$)/i.test(request.contentType))
    return problem(415, 'media_type', 'Not JSON', 'send content-type: application/json');
  let value: unknown;
  try {
    value = JSON.parse(request.body);
  } catch {
    return problem(400, 'body_invalid', 'Not JSON');
  }
  const fault = schemaFault(operation.body, value);
  if (fault !== undefined)
    return problem(400, 'body_invalid', 'Not understood', fault.problem, { pointer: fault.pointer });
  return { values: value as Record<string, unknown> };
}

function unauthenticated(): AdminAnswer {
  return problem(
    401,
    'unauthenticated',
    'An admin token or a session is required',
    'send authorization: Bearer <admin token>',
  );
}
