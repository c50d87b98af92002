import { isUtf8 } from 'node:buffer';
import { headerCount, headerValue } from '../../core/call.ts';
import type { InspectionFacts } from '../../core/inspection.ts';
import { isJsonObject } from '../../core/json-object.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { parseJsonBody } from '../../http/json-body.ts';

/** One operation as it came, before anything of it was judged. */
export interface GraphqlRequest {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** `extensions.persistedQuery.sha256Hash`. */
  readonly hash: string | undefined;
}

export type RequestsReading =
  | { readonly kind: 'requests'; readonly requests: readonly GraphqlRequest[] }
  | { readonly kind: 'deny'; readonly reason: ReasonCode; readonly detail: string }
  /** No operation can be in it. */
  | { readonly kind: 'nothing' };

const MEMBERS: ReadonlySet<string> = new Set(['query', 'operationName', 'variables', 'extensions']);

/**
 * Reads the operations of a call (GraphQL over HTTP), so that no server can read others: one place for the operation, each
 * member once, no member that is not known. Forms and uploads are not taken. Does not parse documents.
 */
export function readRequests(facts: InspectionFacts): RequestsReading {
  const { call, body } = facts;
  if (call.method === 'OPTIONS')
    return call.bodyFraming === 'none' ? { kind: 'nothing' } : deny('graphql.request', 'an OPTIONS carries a body');
  if (call.upgrade !== '') return deny('graphql.transport', 'messages of a WebSocket cannot be looked at');
  if (call.method === 'GET' || call.method === 'HEAD') {
    if (call.bodyFraming !== 'none') return deny('graphql.request', 'a GET carries a body');
    return ofParameters(call.query);
  }
  if (call.method !== 'POST') return deny('graphql.transport', 'neither GET nor POST');
  if (holdsMember(call.query)) return deny('graphql.request', 'the query of a POST holds parts of an operation');
  if (headerValue(call.headers, 'content-encoding') !== undefined)
    return deny('graphql.transport', 'the body has a content coding');
  if (headerCount(call.headers, 'content-type') !== 1) return deny('graphql.transport', 'not one Content-Type');
  if (body.kind !== 'whole') return deny('graphql.too_large', 'the body is larger than inspect.graphql.maxBodyBytes');
  switch (mediaType(headerValue(call.headers, 'content-type') ?? '')) {
    case 'application/json':
      return ofJson(facts);
    case 'application/graphql':
      if (!isUtf8(body.bytes)) return deny('graphql.request', 'the document is not UTF-8');
      return one({ query: Buffer.from(body.bytes).toString('utf8') });
    default:
      return deny('graphql.transport', 'the Content-Type is neither application/json nor application/graphql');
  }
}

/** The type alone, where its only parameter is `charset=utf-8`; empty where there is anything else to be read differently. */
function mediaType(value: string): string {
  const [type = '', ...parameters] = value.toLowerCase().split(';');
  return parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter)) ? type.trim() : '';
}

function ofJson(facts: InspectionFacts): RequestsReading {
  const json = facts.json();
  if (json.kind === 'none') return deny('graphql.request', 'there is no body');
  if (json.kind === 'malformed') return deny('graphql.request', `the body is not one JSON document: ${json.problem}`);
  if (!Array.isArray(json.value)) return one(json.value);
  const requests: GraphqlRequest[] = [];
  for (const member of json.value) {
    const read = requestOf(member);
    if (typeof read === 'string') return deny('graphql.request', read);
    requests.push(read);
  }
  return requests.length === 0 ? deny('graphql.request', 'the batch is empty') : { kind: 'requests', requests };
}

function ofParameters(query: string): RequestsReading {
  if (hidesMember(query)) return deny('graphql.request', 'a semicolon may part parameters for some servers');
  const members: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!MEMBERS.has(name)) {
      // What is no part of an operation may stand beside it.
      if (mayNameMember(name)) return deny('graphql.request', 'a parameter may name an operation for some servers');
      continue;
    }
    if (Object.hasOwn(members, name)) return deny('graphql.request', `the parameter ${name} stands twice`);
    if (name === 'query' || name === 'operationName') members[name] = value;
    else if (value !== '') {
      const json = parseJsonBody(Buffer.from(value));
      if (json.kind !== 'value') return deny('graphql.request', `the parameter ${name} is no JSON`);
      members[name] = json.value;
    }
  }
  return one(members);
}

/** Other names under which servers look persisted operations up. */
const IDENTIFIERS: ReadonlySet<string> = new Set([
  'id',
  'documentid',
  'doc_id',
  'queryid',
  'hash',
  'map',
  'operations',
]);

/**
 * Whether a server may take a parameter for a part of an operation: letter case, white space and what follows a NUL differ
 * between servers, and `variables[n]` or `variables.n` is a member of `variables` for those that read objects from names.
 */
function mayNameMember(name: string): boolean {
  let end = 0;
  while (end < name.length && !ENDS_NAME.has(name.charAt(end))) end++;
  const lower = name.slice(0, end).trim().toLowerCase();
  return LOWER_MEMBERS.has(lower) || IDENTIFIERS.has(lower);
}

const ENDS_NAME: ReadonlySet<string> = new Set(['[', ']', '.', '\0']);
const LOWER_MEMBERS: ReadonlySet<string> = new Set(['query', 'operationname', 'variables', 'extensions']);

function holdsMember(query: string): boolean {
  if (query === '') return false;
  for (const [name] of new URLSearchParams(query)) if (mayNameMember(name)) return true;
  return hidesMember(query);
}

/** Whether one stands behind a semicolon, which parts parameters like `&` for some servers. */
function hidesMember(query: string): boolean {
  if (!query.includes(';')) return false;
  for (const pair of query.split('&'))
    for (const [name] of new URLSearchParams(pair.split(';').slice(1).join('&'))) if (mayNameMember(name)) return true;
  return false;
}

function one(value: unknown): RequestsReading {
  const read = requestOf(value);
  return typeof read === 'string' ? deny('graphql.request', read) : { kind: 'requests', requests: [read] };
}

/** The request, or what is wrong with it. */
function requestOf(value: unknown): GraphqlRequest | string {
  if (!isJsonObject(value)) return 'a request is no object';
  for (const member of Object.keys(value)) if (!MEMBERS.has(member)) return 'a request has a member that is not known';
  const { query, operationName, variables, extensions } = value;
  if (query !== undefined && typeof query !== 'string') return 'query is no text';
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return 'operationName is no text';
  if (variables !== undefined && variables !== null && !isJsonObject(variables)) return 'variables is no object';
  if (extensions !== undefined && extensions !== null && !isJsonObject(extensions)) return 'extensions is no object';
  const persisted = isJsonObject(extensions) ? extensions['persistedQuery'] : undefined;
  const hash = isJsonObject(persisted) ? persisted['sha256Hash'] : undefined;
  if (persisted !== undefined && (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)))
    return 'persistedQuery has no SHA-256';
  return {
    query,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    variables: isJsonObject(variables) ? variables : {},
    hash: typeof hash === 'string' ? hash : undefined,
  };
}

function deny(reason: ReasonCode, detail: string): RequestsReading {
  return { kind: 'deny', reason, detail };
}
