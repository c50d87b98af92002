import { headerCount, headerValue } from '../../core/call.ts';
import type { DeciderConfig, SentField } from '../../core/deciders.ts';
import { type AccessFacts, queryOf } from '../access-facts.ts';

/** Facts about a call for a decider: what the configuration names, and nothing else. Fields nobody asked for are absent. */
export interface SentFacts {
  readonly request: Readonly<Record<string, unknown>>;
  readonly principal: Readonly<Record<string, unknown>> | null;
  readonly route: string | undefined;
}

/**
 * Gathers what is sent. Query parameters that credentials may come in are left out, and of claims and header fields only
 * those go that are named. A field that comes twice is left out: which one counts, the decider could not know.
 */
export function gatherFacts(
  { send, claims, headers }: Pick<DeciderConfig, 'send' | 'claims' | 'headers'>,
  credentialParameters: readonly string[],
  { call, principal, routeId, parameters }: AccessFacts,
): SentFacts {
  const wants = (field: SentField): boolean => send.includes(field);
  const request: Record<string, unknown> = {};
  if (wants('method')) request['method'] = call.method;
  if (wants('scheme')) request['scheme'] = call.scheme;
  if (wants('host')) request['host'] = call.host;
  if (wants('path')) request['path'] = call.path;
  if (wants('parameters')) request['parameters'] = parameters;
  if (wants('query')) request['query'] = without(queryOf(call), credentialParameters);
  if (wants('address')) request['address'] = call.address.text;
  if (headers.length > 0) {
    const fields: Record<string, string> = {};
    for (const name of headers) {
      const value = headerCount(call.headers, name) === 1 ? headerValue(call.headers, name) : undefined;
      if (value !== undefined) fields[name] = value;
    }
    request['headers'] = fields;
  }
  const route = wants('route') ? routeId : undefined;
  if (principal === undefined) return { request, principal: null, route };
  const who: Record<string, unknown> = {};
  if (wants('subject')) who['subject'] = principal.subject;
  if (wants('consumer')) who['consumer'] = principal.consumer;
  if (wants('scopes')) who['scopes'] = principal.scopes;
  if (wants('groups')) who['groups'] = principal.groups;
  if (wants('tier')) who['tier'] = principal.tier;
  if (wants('authentication')) {
    const { method, issuer, clientId, binding, acr } = principal;
    who['authentication'] = { method, issuer, clientId, binding, acr };
  }
  if (claims.length > 0) {
    const named: Record<string, unknown> = {};
    for (const name of claims)
      if (Object.hasOwn(principal.claims, name))
        Object.defineProperty(named, name, { value: principal.claims[name], enumerable: true });
    who['claims'] = named;
  }
  return { request, principal: who, route };
}

function without(query: Record<string, string[]>, names: readonly string[]): Record<string, string[]> {
  for (const name of names) delete query[name];
  return query;
}
