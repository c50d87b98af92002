import type { AccessConditions, AccessPolicy } from '../core/access.ts';
import type { PathAmbiguity } from '../core/call.ts';
import type { AuthenticateConfig, LimitRule, PathTreatment, RouteConfig } from '../core/configuration.ts';
import type { Mode, StageId } from '../core/decision.ts';
import { ACCESS_FIELDS, conditionsOf, OUTSIDE_FIELDS, type PolicyValues } from './access-schema.ts';
import { label } from './authenticators/formats.ts';
import { contract } from './contract-schema.ts';
import { DEFAULT_BODY_BYTES_MAX, DEFAULT_CONTRACT } from './defaults.ts';
import { matchHost, method } from './formats-network.ts';
import { name } from './formats-places.ts';
import { size } from './formats-units.ts';
import { graphql } from './graphql-schema.ts';
import { limitRule } from './limit-schema.ts';
import { pathTemplate } from './path-template-schema.ts';
import { payload } from './payload-schema.ts';
import { REPLACES_TEXT, replaces } from './replaces-schema.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { list, refined, wordOrObject } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, word } from './schema-values.ts';

const authenticatorNames = list(name('an authenticator'), { min: 1, max: 16, unique: true });

/** `none`, or exactly one of `anyOf`, `allOf` and `none` with its reason. */
export const authenticate: Schema<AuthenticateConfig> = refined(
  wordOrObject(
    word(['none']),
    object({
      anyOf: optional(authenticatorNames, 'The first of these that finds a credential decides.'),
      allOf: optional(authenticatorNames, 'Every one of these must find its credential, all of one consumer.'),
      none: optional(label('a reason', 200), 'Nobody is asked, and why: said so, check does not warn of it.'),
    }),
  ),
  (value, node, path, context): AuthenticateConfig | typeof INVALID => {
    if (value === 'none') return { kind: 'none' };
    if (value.none !== undefined && value.anyOf === undefined && value.allOf === undefined)
      return { kind: 'none', because: value.none };
    if (value.none !== undefined) {
      context.report('SP015', node.position, path, 'none cannot stand beside anyOf and allOf');
      return INVALID;
    }
    if (value.anyOf !== undefined && value.allOf === undefined) return { kind: 'anyOf', authenticators: value.anyOf };
    if (value.allOf !== undefined && value.anyOf === undefined) return { kind: 'allOf', authenticators: value.allOf };
    if (value.anyOf === undefined) {
      context.report(
        'SP011',
        node.position,
        path,
        'authenticate needs the key "anyOf" or "allOf"',
        'add anyOf: [NAME], or write authenticate: none',
      );
    } else {
      context.report('SP015', node.position, path, 'anyOf and allOf cannot stand together');
    }
    return INVALID;
  },
);

const match = object({
  host: withDefault(
    matchHost(),
    '*',
    'Host the call is for: a name, *.name for one more label and more, or * for every host.',
  ),
  path: required(pathTemplate(), 'Path: literal segments, {name} for one segment, and * at the end for the rest.'),
  methods: withDefault(list(method(), { max: 32, unique: true }), [], 'Methods in upper case.', 'every method'),
});

export const inspect = object({
  maxBodyBytes: withDefault(size(0, 2 ** 40), DEFAULT_BODY_BYTES_MAX, 'Bytes the body of a call may have.', '1MiB'),
  graphql: optional(graphql, 'Bounds of GraphQL documents; makes the route one for GraphQL over HTTP only.'),
  contract: withDefault(
    contract,
    DEFAULT_CONTRACT,
    'Whether calls and answers are held to the OpenAPI document of the upstream, where it has one. default: calls as the route enforces, answers observed.',
    'default',
  ),
  payload: optional(
    payload,
    'How values and bodies are looked through for attacks: a profile, off, or a record. Without it: what inspect.payload of the whole says.',
  ),
});

export const authorize = object({
  ...ACCESS_FIELDS,
  policies: withDefault(
    list(name('a policy'), { max: 32, unique: true }),
    [],
    'Policies of the whole configuration; each has to permit too.',
    'none',
  ),
  ...OUTSIDE_FIELDS,
});

/** A route as it stands in the file: its policies are names yet. */
export interface RouteWithPolicies extends RouteConfig {
  readonly policies: readonly string[];
  /** True: it says `off`, whatever the whole says. */
  readonly inspectsNoPayload: boolean;
  readonly group: string | undefined;
}

/** One route, in the shape the rest of the gateway uses. */
export function route(
  mode: Schema<Mode>,
  stages: Schema<Readonly<Partial<Record<StageId, Mode>>>>,
  paths: Schema<Readonly<Partial<Record<PathAmbiguity, PathTreatment>>>>,
): Schema<RouteWithPolicies> {
  const fields = object({
    id: required(name('the route'), 'Name of the route in modes, records and commands.'),
    match: required(match, 'Which calls the route is for.', '{ path: /orders/* }'),
    group: optional(name('a group of routes'), 'Group of routes it is of: what routeGroups says of it holds here too.'),
    replaces: optional(replaces, REPLACES_TEXT),
    upstream: required(name('an upstream'), 'Where its calls go.'),
    mode: optional(mode, 'Mode of the route, over the mode of the whole.'),
    stages: withDefault(stages, {}, 'Modes of single stages on this route, over every other mode.', 'none'),
    authenticate: required(
      authenticate,
      'Who may call: anyOf or allOf of the authenticators, or none, which must be said.',
    ),
    authorize: withDefault(authorize, NOTHING_ASKED, 'What the caller must be allowed.', 'nothing'),
    limits: withDefault<readonly LimitRule[]>(
      list(limitRule, { max: 16 }),
      [],
      'Rates and quotas; all of them count.',
      'none',
    ),
    inspect: withDefault(
      inspect,
      { maxBodyBytes: DEFAULT_BODY_BYTES_MAX, graphql: undefined, payload: undefined, contract: DEFAULT_CONTRACT },
      'What is looked at in bodies.',
      'the defaults below',
    ),
    paths: withDefault(
      paths,
      {},
      'What is done with paths that servers read differently. Without it they are refused.',
      'all refused',
    ),
    keepCredentials: withDefault(boolean(), false, 'true passes the credential of the client on to the upstream.'),
  });
  const read = refined(fields, (value) => ({
    id: value.id,
    match: value.match,
    upstream: value.upstream,
    mode: value.mode,
    stages: value.stages,
    authenticate: value.authenticate,
    authorize: { scopes: value.authorize.scopes, access: ownAccess(value.authorize) },
    group: value.group,
    policies: value.authorize.policies,
    limits: value.limits,
    bodyBytesMax: value.inspect.maxBodyBytes,
    ...(value.inspect.graphql === undefined ? {} : { graphql: value.inspect.graphql }),
    contract: value.inspect.contract,
    payload: value.inspect.payload === 'off' ? undefined : value.inspect.payload,
    inspectsNoPayload: value.inspect.payload === 'off',
    paths: value.paths,
    keepCredentials: value.keepCredentials,
  }));
  return { ...read, jsonSchema: { ...read.jsonSchema, required: ['id', 'match'], anyOf: OF_A_GROUP_OR_WHOLE } };
}

/** Upstream and authentication may come from the group. */
const OF_A_GROUP_OR_WHOLE = [{ required: ['group'] }, { required: ['upstream', 'authenticate'] }];

export const NOTHING_ASKED = {
  scopes: [],
  consumers: [],
  groups: [],
  roles: [],
  tiers: [],
  methods: [],
  bindings: [],
  acr: [],
  signedInWithin: 0,
  issuedWithin: 0,
  addresses: [],
  countries: [],
  times: [],
  headers: {},
  when: undefined,
  deny: [],
  fields: undefined,
  rows: undefined,
  policies: [],
  owner: undefined,
  decide: [],
} as const;

/** Conditions of the route, or group, itself, where there are any. */
export function ownAccess(values: PolicyValues, name = ''): readonly AccessPolicy[] {
  const conditions = conditionsOf(values);
  const { deny, decide, fields, rows } = values;
  const isEmpty =
    asksNothing(conditions) && deny.length === 0 && decide.length === 0 && fields === undefined && rows === undefined;
  return isEmpty ? [] : [{ name, conditions, deny, decide, fields, rows }];
}

function asksNothing({
  signedInWithinSeconds,
  issuedWithinSeconds,
  headers,
  when,
  owner,
  ...lists
}: AccessConditions): boolean {
  return (
    signedInWithinSeconds === 0 &&
    issuedWithinSeconds === 0 &&
    when === undefined &&
    owner === undefined &&
    Object.keys(headers).length === 0 &&
    Object.values(lists).every((one) => one.length === 0)
  );
}
