import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import type { AuthenticationMethod, Principal } from '../core/principal.ts';
import { NO_CLAIMS } from '../core/principal.ts';
import { parseStrictJson } from '../crypto/jose/strict-json.ts';
import { parseAddress } from '../http/ip-address.ts';
import type { AccessAnswer, AccessQuestion } from '../pipeline/access-question.ts';
import { type AdminAnswer, json, problem } from './operation.ts';

/** Who answers questions of applications. */
export interface DecisionPoint {
  /** Bearer token that is good for asking, and for nothing else. */
  readonly token: string;
  decide(question: AccessQuestion): Promise<AccessAnswer>;
  /** What is known of a registered consumer; undefined where there is none. */
  consumer(
    name: string,
  ): Promise<{ readonly groups: readonly string[]; readonly tier: string; readonly disabled: boolean } | undefined>;
}

const EVALUATION = '/access/v1/evaluation';
const EVALUATIONS = '/access/v1/evaluations';
const METADATA = '/.well-known/authzen-configuration';
const EVALUATIONS_MAX = 100;
const JSON_LIMITS = { depthMax: 16, membersMax: 20_000 };

export function isDecisionPath(path: string): boolean {
  return path === EVALUATION || path === EVALUATIONS || path === METADATA;
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Authorization API 1.0 (OpenID AuthZEN): §6 one question, §7 several, §9 metadata. A decision is always answered 200. */
export async function answerAuthzen(
  point: DecisionPoint,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly contentType: string;
    readonly origin: string;
  },
): Promise<AdminAnswer> {
  const { method, path, origin } = request;
  if (path === METADATA)
    return method === 'GET'
      ? json(200, {
          policy_decision_point: origin,
          access_evaluation_endpoint: `${origin}${EVALUATION}`,
          access_evaluations_endpoint: `${origin}${EVALUATIONS}`,
        })
      : problem(405, 'method_unknown', 'Not with this method');
  if (method !== 'POST') return problem(405, 'method_unknown', 'Not with this method');
  if (!/^application\/json(?:\s*;|$)/i.test(request.contentType))
    return problem(415, 'type_unknown', 'Not JSON', 'send content-type: application/json');
  const body = parsed(request.body);
  if (body === undefined) return malformed('the body is no JSON object');
  const evaluations = body['evaluations'];
  // §7.1: without evaluations it is one question.
  if (path === EVALUATION || evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0)) {
    const question = await readQuestion(body, point);
    return question.ok ? json(200, shown(await point.decide(question.value))) : malformed(question.problem);
  }
  if (!Array.isArray(evaluations) || evaluations.length > EVALUATIONS_MAX || !evaluations.every(isJsonObject))
    return malformed(`evaluations is no list of at most ${EVALUATIONS_MAX} questions`);
  // §7.1.2: which is not one of three is no semantic, and guessing one could permit.
  const semantic = semanticOf(body['options']);
  if (semantic === undefined) return malformed('options.evaluations_semantic is not known');
  const answers: object[] = [];
  for (const one of evaluations as readonly JsonObject[]) {
    const answer = await answerOne({ ...withoutEvaluations(body), ...one }, point);
    answers.push(answer);
    if (semantic === 'deny_on_first_deny' && !answer.decision) break;
    if (semantic === 'permit_on_first_permit' && answer.decision) break;
  }
  return json(200, { evaluations: answers });
}

/** One that cannot be read is a no of its own, and does not spoil the others (§7.2.1). */
async function answerOne(body: JsonObject, point: DecisionPoint): Promise<{ readonly decision: boolean }> {
  const question = await readQuestion(body, point);
  if (question.ok) return shown(await point.decide(question.value));
  return { decision: false, ...{ context: { error: { status: 400, message: question.problem } } } };
}

function shown({ decision, reason, detail, routeId }: AccessAnswer): { readonly decision: boolean } {
  const context = {
    ...(reason === '' ? {} : { reason }),
    ...(detail === '' ? {} : { detail }),
    ...(routeId === '' ? {} : { route: routeId }),
  };
  return { decision, ...{ context } };
}

function semanticOf(options: unknown): 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit' | undefined {
  if (options === undefined) return 'execute_all';
  if (!isJsonObject(options)) return undefined;
  const semantic = options['evaluations_semantic'] ?? 'execute_all';
  return semantic === 'execute_all' || semantic === 'deny_on_first_deny' || semantic === 'permit_on_first_permit'
    ? semantic
    : undefined;
}

function withoutEvaluations({ subject, action, resource, context }: JsonObject): JsonObject {
  return { subject, action, resource, context };
}

async function readQuestion(body: JsonObject, point: DecisionPoint): Promise<Read<AccessQuestion>> {
  const { subject, action, resource } = body;
  const context = body['context'] ?? {};
  if (!isEntity(subject)) return bad('subject needs type and id');
  if (!isEntity(resource)) return bad('resource needs type and id');
  if (!isJsonObject(action) || typeof action['name'] !== 'string') return bad('action needs a name');
  if (!isJsonObject(context)) return bad('context is no object');
  const principal = await readPrincipal(subject, point);
  if (!principal.ok) return principal;
  const properties = resource.properties ?? {};
  const parameters = properties['parameters'] ?? {};
  const headers = context['headers'] ?? {};
  if (!isTexts(parameters)) return bad('resource.properties.parameters holds what is no text');
  if (!isTexts(headers)) return bad('context.headers holds what is no text');
  const host = properties['host'];
  const address = context['address'] ?? UNKNOWN_ADDRESS;
  if (host !== undefined && typeof host !== 'string') return bad('resource.properties.host is no text');
  if (typeof address !== 'string' || (address !== UNKNOWN_ADDRESS && parseAddress(address) === undefined))
    return bad('context.address is no address');
  if (resource.type !== 'route' && resource.type !== 'path') return bad('resource.type is route or path');
  return {
    ok: true,
    value: {
      principal: principal.value,
      method: action['name'],
      resource:
        resource.type === 'route'
          ? { kind: 'route', id: resource.id, parameters }
          : { kind: 'path', target: resource.id },
      host,
      address,
      headers: Object.entries(headers).flat(),
    },
  };
}

/** Rules that ask where a caller is cannot be found out then: they permit nothing, and deny what they were to deny. */
const UNKNOWN_ADDRESS = '';

const METHODS: readonly AuthenticationMethod[] = [
  'api-key',
  'jwt',
  'introspection',
  'mtls',
  'http-signature',
  'hmac',
  'basic',
];

/**
 * The caller as the application vouches for it. `consumer` is one of this gateway, with the groups and the tier it has
 * here; `anonymous` is nobody; every other type is a subject whose properties say what else is known.
 */
async function readPrincipal(subject: Entity, point: DecisionPoint): Promise<Read<Principal | undefined>> {
  if (subject.type === 'anonymous') return { ok: true, value: undefined };
  const properties = subject.properties ?? {};
  const isConsumer = subject.type === 'consumer';
  const consumer = isConsumer ? subject.id : (properties['consumer'] ?? '');
  if (typeof consumer !== 'string') return bad('subject.properties.consumer is no text');
  const known = consumer === '' ? undefined : await point.consumer(consumer);
  // As for its keys: a consumer that was disabled, or that there is none of (any more), is nobody.
  if (known?.disabled === true || (isConsumer && known === undefined)) return { ok: true, value: undefined };
  const texts: Record<string, string> = {};
  for (const name of ['tier', 'issuer', 'clientId', 'acr'] as const) {
    const value = properties[name] ?? '';
    if (typeof value !== 'string') return bad(`subject.properties.${name} is no text`);
    texts[name] = value;
  }
  const scopes = properties['scopes'] ?? [];
  const groups = properties['groups'] ?? [];
  if (!isTextList(scopes)) return bad('subject.properties.scopes is no list of texts');
  if (!isTextList(groups)) return bad('subject.properties.groups is no list of texts');
  const roles = properties['roles'] ?? [];
  if (!isTextList(roles)) return bad('subject.properties.roles is no list of texts');
  const claims = properties['claims'] ?? NO_CLAIMS;
  if (!isJsonObject(claims)) return bad('subject.properties.claims is no object');
  const method = METHODS.find((one) => one === (properties['method'] ?? (isConsumer ? 'api-key' : 'jwt')));
  if (method === undefined) return bad('subject.properties.method is not known');
  const binding = properties['binding'] ?? 'none';
  if (binding !== 'none' && binding !== 'dpop' && binding !== 'mtls')
    return bad('subject.properties.binding is not known');
  const signedInAt = properties['authenticatedAtSeconds'] ?? 0;
  if (typeof signedInAt !== 'number') return bad('subject.properties.authenticatedAtSeconds is no number');
  const issuedAt = properties['issuedAtSeconds'] ?? 0;
  if (typeof issuedAt !== 'number') return bad('subject.properties.issuedAtSeconds is no number');
  return {
    ok: true,
    value: {
      version: 1,
      consumer,
      subject: subject.id,
      scopes,
      groups: [...new Set([...(known?.groups ?? []), ...groups])],
      roles,
      tier: texts['tier'] || (known?.tier ?? ''),
      authenticator: '',
      method,
      credentialId: '',
      issuer: texts['issuer'] ?? '',
      clientId: texts['clientId'] ?? '',
      binding,
      acr: texts['acr'] ?? '',
      authenticatedAtSeconds: signedInAt,
      issuedAtSeconds: issuedAt,
      expiresAtMs: 0,
      claims: Object.assign(Object.create(null) as Record<string, unknown>, claims),
    },
  };
}

interface Entity {
  readonly type: string;
  readonly id: string;
  readonly properties?: JsonObject;
}

function isEntity(value: unknown): value is Entity {
  return (
    isJsonObject(value) &&
    typeof value['type'] === 'string' &&
    typeof value['id'] === 'string' &&
    value['id'] !== '' &&
    (value['properties'] === undefined || isJsonObject(value['properties']))
  );
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 1_000 && value.every((one) => typeof one === 'string');
}

function bad(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}

function malformed(text: string): AdminAnswer {
  return problem(400, 'question_invalid', 'Not a question', text);
}

function parsed(body: string): JsonObject | undefined {
  const read = parseStrictJson(Buffer.from(body), JSON_LIMITS);
  return read.ok ? read.value : undefined;
}
