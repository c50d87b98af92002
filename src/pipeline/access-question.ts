import type { Principal } from '../core/principal.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { toCall } from '../http/call.ts';
import type { Template } from '../http/path-template.ts';
import { beginEvaluation, EMPTY_BODY } from './evaluation.ts';
import type { CompiledRoute, Snapshot } from './snapshot.ts';
import { judgeAuthorisation } from './stages/authorise.ts';
import { judgeRoute } from './stages/route.ts';

/** A question of an application: may this caller do this? Nobody calls. */
export interface AccessQuestion {
  /** Undefined: nobody. */
  readonly principal: Principal | undefined;
  readonly method: string;
  /** Of a route by its id and the parameters of its path, or of a path with its query as a client would ask for it. */
  readonly resource:
    | { readonly kind: 'route'; readonly id: string; readonly parameters: Readonly<Record<string, string>> }
    | { readonly kind: 'path'; readonly target: string };
  /** Undefined: the one of the route, where it has one. */
  readonly host: string | undefined;
  readonly address: string;
  /** Names and values, one after the other. */
  readonly headers: readonly string[];
}

export interface AccessAnswer {
  readonly decision: boolean;
  /** Why not; empty where it may. */
  readonly reason: ReasonCode | '';
  /** For the operator. */
  readonly detail: string;
  /** The route that was judged; empty where there is none. */
  readonly routeId: string;
}

/**
 * Answers by the very rules that calls are judged by: the route, then what it asks of the caller. Nothing is charged,
 * forwarded or recorded. Does not check credentials, bodies and limits; that the route asks for authentication is a no for
 * nobody. Whatever could not be found out is a no.
 */
export async function answerAccessQuestion(
  question: AccessQuestion,
  snapshot: Snapshot,
  nowMs: number,
): Promise<AccessAnswer> {
  const { principal, resource } = question;
  const named = resource.kind === 'route' ? snapshot.routeById(resource.id) : undefined;
  if (resource.kind === 'route' && named === undefined) return no('route.not_found', 'there is no such route', '');
  const target = resource.kind === 'path' ? resource.target : pathOf(named?.template, resource.parameters);
  if (target === undefined) return no('route.not_found', 'the path of the route needs its parameters', '');
  const call = toCall(
    {
      method: question.method,
      target,
      httpVersion: '1.1',
      rawHeaders: ['Host', question.host ?? hostOf(named), ...question.headers],
      encrypted: snapshot.configuration.listen.tls !== undefined,
      remoteAddress: question.address,
      peer: undefined,
    },
    snapshot.callPolicy,
    'not-sent',
  );
  if (call.fault !== undefined) return no(call.fault.reason, call.fault.detail, '');
  const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, nowMs, 0, 1, true);
  const routed = judgeRoute(evaluation);
  const { route } = evaluation;
  if (routed.kind === 'deny') return no(routed.reason, routed.detail ?? '', route?.config.id ?? '');
  if (route === undefined || (named !== undefined && route !== named))
    return no('route.not_found', 'another route, or none, takes such a call', route?.config.id ?? '');
  const { id } = route.config;
  if (principal === undefined && route.authenticators.length > 0)
    return no('authn.missing', 'the route asks who is calling', id);
  evaluation.principal = principal;
  const verdict = await judgeAuthorisation(evaluation);
  switch (verdict.kind) {
    case 'pass':
      return { decision: true, reason: '', detail: verdict.detail ?? '', routeId: id };
    case 'deny':
      return no(verdict.reason, verdict.detail ?? '', id);
    case 'indeterminate':
      return no(verdict.fault.reason, verdict.fault.detail, id);
    case 'notApplicable':
      return no('gateway.fault', 'the rules did not decide', id);
  }
}

function no(reason: ReasonCode, detail: string, routeId: string): AccessAnswer {
  return { decision: false, reason, detail, routeId };
}

/** Undefined where a parameter is missing, or there is more than the parameters say. */
function pathOf(template: Template | undefined, parameters: Readonly<Record<string, string>>): string | undefined {
  if (template === undefined || template.rest) return undefined;
  let path = '';
  for (const segment of template.segments) {
    const text =
      segment.kind === 'literal'
        ? segment.text
        : Object.hasOwn(parameters, segment.name)
          ? parameters[segment.name]
          : undefined;
    if (text === undefined || text === '' || !text.isWellFormed())
      return segment.kind === 'literal' && text === '' ? `${path}/` : undefined;
    path += `/${segment.kind === 'literal' ? text : encodeURIComponent(text)}`;
  }
  return path === '' ? '/' : path;
}

/** A host the route takes: its own, one below its wildcard, or any. */
function hostOf(route: CompiledRoute | undefined): string {
  const host = route?.config.match.host ?? '*';
  if (host === '*') return 'localhost';
  return host.startsWith('*.') ? `any${host.slice(1)}` : host;
}
