import { pathParameters } from '../../authz/access-facts.ts';
import { withoutNames } from '../../http/headers.ts';
import { AnswerGate } from './answer-gate.ts';
import type { Exchange } from './exchange.ts';

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({});

/** What is asked of the answer whose head has come, or undefined where nothing is. */
export function openAnswerGate(exchange: Exchange, status: number, headers: readonly string[]): AnswerGate | undefined {
  const { decision, call, snapshot, thread } = exchange;
  const route = decision?.routeId === undefined ? undefined : snapshot.routeById(decision.routeId);
  if (route === undefined || route.answerChecks.length === 0 || decision?.forward === undefined) return undefined;
  const { target } = decision.forward;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const facts = {
    call,
    principal: decision.principal,
    routeId: route.ruleId,
    path,
    parameters: pathParameters(route.parameterNames, path) ?? NO_PARAMETERS,
    status,
    headers: lowerNames(headers),
    nowMs: exchange.arrivedAtMs,
  };
  const hasBody = call.method !== 'HEAD' && status !== 204 && status !== 304;
  return new AnswerGate(route.answerChecks, facts, hasBody, thread.bodies);
}

function lowerNames(headers: readonly string[]): readonly string[] {
  return headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
}

/** What says something of bytes that are not those that pass. */
const OF_OTHER_BYTES = [
  'content-length',
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
  'etag',
];

/** What tells caches for how long, and for whom (RFC 9111 §5.2, RFC 9213). */
const OF_CACHES = ['cache-control', 'cdn-cache-control', 'surrogate-control'];

/** What lets caches keep an answer for others than the one who asked (RFC 9111 §5.2.2). */
const FOR_SHARED_CACHES = ['public', 's-maxage', 'proxy-revalidate', 'private'];

/** `Cache-Control` of an answer that was made for one caller: what they may see, the next one may not. */
function cachedByItsCallerAlone(headers: readonly string[]): string {
  const kept = headers
    .flatMap((value, index) => (index % 2 === 1 && headers[index - 1] === 'cache-control' ? value.split(',') : []))
    .map((directive) => directive.trim())
    .filter(
      (directive) => directive !== '' && !FOR_SHARED_CACHES.includes(directive.split('=')[0]?.toLowerCase() ?? ''),
    );
  return ['private', ...kept].join(', ');
}

/** Fields of an answer as the gate lets it pass. `bytes`: of its body, where they are known. */
export function judgedHeaders(gate: AnswerGate | undefined, headers: string[], bytes: number | undefined): string[] {
  if (gate?.rewrites === true && gate.way !== 'pass') return rewrittenHeaders(headers, bytes);
  return gate?.isPersonal === true ? personalHeaders(headers) : headers;
}

/** Whoever may see more must leave nothing in a cache for those who may see less. */
function personalHeaders(headers: readonly string[]): string[] {
  return [...withoutNames(headers, OF_CACHES), 'cache-control', cachedByItsCallerAlone(headers)];
}

/** Fields of an answer whose body was changed. `bytes` undefined: its length is not known yet. */
export function rewrittenHeaders(headers: readonly string[], bytes: number | undefined): string[] {
  const fields = personalHeaders(withoutNames(headers, OF_OTHER_BYTES));
  if (bytes !== undefined) fields.push('content-length', String(bytes));
  return fields;
}
