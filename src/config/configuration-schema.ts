import { PATH_AMBIGUITIES, type PathAmbiguity } from '../core/call.ts';
import { STAGE_IDS, type StageId } from '../core/decision.ts';
import { policy } from './access-schema.ts';
import { webhook } from './alerts-schema.ts';
import { apiKeys } from './api-keys-schema.ts';
import { authenticators } from './authenticator-schema.ts';
import { decider } from './deciders-schema.ts';
import {
  DEFAULT_ADMIN,
  DEFAULT_API_KEYS,
  DEFAULT_EVENTS,
  DEFAULT_LIMITS,
  DEFAULT_LISTEN,
  DEFAULT_STATE_URL,
  DEFAULT_STORE_PATH,
} from './defaults.ts';
import { cidr, listenHost } from './formats-network.ts';
import { filePath, name, stateUrl, storeUrl } from './formats-places.ts';
import { duration, size } from './formats-units.ts';
import { issuer } from './issuer-schema.ts';
import { ownerLookup } from './owners-schema.ts';
import { payload } from './payload-schema.ts';
import { routeGroup } from './route-group-schema.ts';
import { route } from './route-schema.ts';
import { type FieldValues, later, object, optional, required, withDefault } from './schema.ts';
import { list, partialRecord, record, refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { integer, word } from './schema-values.ts';
import { upstream } from './upstream-schema.ts';

/** The schema of `sallyport.yaml`: validation, JSON Schema and reference all come from here. */

const mode = word(['observe', 'enforce'], { interpolates: true });

const STAGE_DESCRIPTIONS: Readonly<Record<StageId, string>> = {
  framing: 'Mode of the stage that asks whether this is one clear request.',
  admit: 'Mode of the stage that sheds load.',
  route: 'Mode of the stage that finds the route; calls it denies match none.',
  authenticate: 'Mode of the stage that asks who is calling.',
  authorise: 'Mode of the stage that asks what the caller may do.',
  limit: 'Mode of the stage that counts rates and quotas and bounds bodies.',
  inspect: 'Mode of the stage that looks at the content of calls.',
  answer: 'Mode of what is asked of answers.',
};

const stages = partialRecord(STAGE_IDS, mode, (stage) => STAGE_DESCRIPTIONS[stage]);

const AMBIGUITY_TEXTS: Readonly<Record<PathAmbiguity, string>> = {
  encodedSlash: 'an encoded slash (%2F)',
  backslash: 'a backslash, plain or encoded',
  dotSegments: '"." or ".." segments, plain or encoded',
  doubleSlash: 'an empty segment (//)',
  semicolon: 'a ";" parameter in a segment',
  doubleEncoding: 'percent-encoding of percent-encoding',
};

const paths = partialRecord(
  PATH_AMBIGUITIES,
  word(['reject', 'keep', 'decode', 'redirect']),
  (ambiguity) =>
    `What is done with a path that holds ${AMBIGUITY_TEXTS[ambiguity]}. Without it such a path is refused.`,
);

const tls = object({
  cert: required(filePath(), 'PEM file of the certificate, followed by its chain.'),
  key: required(filePath(), 'PEM file of the private key.'),
  clientAuth: withDefault(
    word(['none', 'request', 'require']),
    'none',
    'Whether clients are asked for a certificate in the handshake; require ends the handshake of those without a valid one. A change takes effect at the next start.',
  ),
  clientCa: optional(
    filePath(),
    'PEM file of the authorities of client certificates, the intermediate ones too. Without it no certificate is believed; with clientAuth: request those of clients still bind their tokens (RFC 8705).',
  ),
  crl: optional(
    filePath(),
    'PEM file of the revocation lists of those authorities: with it, every one of them needs its own. A list past its nextUpdate counts for nothing, and its certificates are refused until it is replaced.',
  ),
});

const limits = object({
  connectionsMax: withDefault(
    integer(1, 1_000_000),
    DEFAULT_LIMITS.connectionsMax,
    'Open client connections, over all threads.',
  ),
  connectionsPerAddressMax: withDefault(
    integer(1, 1_000_000),
    DEFAULT_LIMITS.connectionsPerAddressMax,
    'Open connections of one client address (one /64 of IPv6).',
  ),
  callsInProgressMax: withDefault(
    integer(1, 1_000_000),
    DEFAULT_LIMITS.callsInProgressMax,
    'Calls in progress per thread; above it new ones get 503.',
  ),
  headerBytesMax: withDefault(
    size(1024, 2 ** 20),
    DEFAULT_LIMITS.headerBytesMax,
    'Bytes of all header fields together.',
    '16KiB',
  ),
  headerFieldsMax: withDefault(integer(8, 2000), DEFAULT_LIMITS.headerFieldsMax, 'Number of header fields.'),
  headersTimeoutSeconds: withDefault(
    duration(1, 600),
    DEFAULT_LIMITS.headersTimeoutSeconds,
    'Time a client has to send the head of a request.',
  ),
  requestTimeoutSeconds: withDefault(
    duration(1, 86_400),
    DEFAULT_LIMITS.requestTimeoutSeconds,
    'Time a client has to send a whole request, body included.',
  ),
  keepAliveTimeoutSeconds: withDefault(
    duration(1, 3600),
    DEFAULT_LIMITS.keepAliveTimeoutSeconds,
    'How long a connection waits for its next request.',
  ),
  idleTimeoutSeconds: withDefault(
    duration(1, 86_400),
    DEFAULT_LIMITS.idleTimeoutSeconds,
    'A connection on which nothing moves for so long is cut.',
  ),
  drainSeconds: withDefault(
    duration(0, 3600),
    DEFAULT_LIMITS.drainSeconds,
    'How long calls in progress may take to end after a stop signal.',
  ),
});

const listen = object({
  host: withDefault(
    listenHost(),
    DEFAULT_LISTEN.host,
    'Address callers reach the gateway at; 0.0.0.0 or :: for every interface.',
  ),
  port: withDefault(integer(0, 65_535), DEFAULT_LISTEN.port, 'Port callers reach the gateway at; 0 takes a free one.'),
  tls: optional(
    tls,
    'Certificate and key; without it the gateway speaks plain HTTP. The files are read again when they change.',
  ),
  limits: withDefault(limits, DEFAULT_LIMITS, 'Bounds of the listener.', 'the defaults below'),
});

const admin = object({
  host: withDefault(
    listenHost(),
    DEFAULT_ADMIN.host,
    'Address of the admin API and console; plain HTTP, so keep it on this machine.',
  ),
  port: withDefault(integer(0, 65_535), DEFAULT_ADMIN.port, 'Port of the admin API and console; 0 takes a free one.'),
});

const consumer = object({
  groups: withDefault(list(name('a group'), { max: 100, unique: true }), [], 'Groups the consumer belongs to.'),
  tier: withDefault(name('a tier'), '', 'Tier of the consumer, for instance gold.', 'none'),
});

const unmatched = word(['deny', 'forward']);

const version: Schema<1> = refined(
  { ...integer(0, 1_000_000), expected: '1', jsonSchema: { const: 1 } },
  (value, node, path, context) => {
    if (value === 1) return 1;
    context.report('SP017', node.position, path, `version ${value} is not known here; this gateway reads version 1`);
    return INVALID;
  },
);

export const CONFIGURATION_FIELDS = {
  version: required(version, 'Version of this format: 1.'),
  mode: optional(
    mode,
    'observe: everything is judged and recorded, nothing is blocked. enforce: what is denied is blocked. Without it: observe, with a warning.',
  ),
  stages: withDefault(
    stages,
    {},
    'Modes of single stages on every route. Where a route has a mode too, the milder one holds.',
    'none',
  ),
  listen: withDefault(
    listen,
    { ...DEFAULT_LISTEN, tls: undefined, limits: DEFAULT_LIMITS },
    'Where callers reach the gateway.',
    'the defaults below',
  ),
  admin: withDefault(admin, DEFAULT_ADMIN, 'Where the admin API and the console are.', 'the defaults below'),
  trustedProxies: withDefault(
    list(cidr(), { max: 1000, unique: true }),
    [],
    'Address blocks of proxies in front of the gateway. Forwarded headers from anyone else are stripped.',
    'none',
  ),
  geo: optional(
    object({
      countries: required(
        filePath(),
        'MMDB file that says which country an address is in (MaxMind, DB-IP, IPinfo). Read again when it changes.',
      ),
    }),
    'What is where, for rules that ask for countries. The file is yours to bring.',
  ),
  store: optional(
    object({
      url: required(storeUrl(), `Folder of the embedded store: file:PATH. Without store: file:${DEFAULT_STORE_PATH}.`),
    }),
    'Where keys, consumers, modes, events and the audit log are kept.',
  ),
  state: withDefault(
    object({ url: required(stateUrl(), 'memory: counts in the memory that the threads share.') }),
    { url: DEFAULT_STATE_URL },
    'Where limits are counted.',
    DEFAULT_STATE_URL,
  ),
  upstreams: required(
    record('name', upstream, 'An API behind the gateway.', 1),
    'The APIs behind the gateway, by name.',
  ),
  authenticators: withDefault(
    record('name', authenticators, 'A way to prove who is calling.'),
    {},
    'The ways to prove who is calling, by name.',
    'none',
  ),
  policies: withDefault(
    record('name', policy, 'A named set of conditions.'),
    {},
    'Conditions that several routes name under authorize.policies.',
    'none',
  ),
  owners: withDefault(
    record('name', ownerLookup, 'A look-up of whose an object is.'),
    {},
    'Look-ups that rules of authorize.owner ask whose an object is, by name.',
    'none',
  ),
  deciders: withDefault(
    record('name', decider, 'A policy decision point outside.'),
    {},
    'Policy decision points that authorize.decide names, by name.',
    'none',
  ),
  routeGroups: withDefault(
    record('name', routeGroup(mode, stages, paths), 'A group of routes.'),
    {},
    'What several routes have in common: they name it under group.',
    'none',
  ),
  routes: required(list(route(mode, stages, paths), { max: 20_000 }), 'Which calls go where, and what they need.'),
  inspect: withDefault(
    object({
      payload: optional(
        payload,
        'How values and bodies of routes that do not say it themselves are looked through for attacks.',
      ),
    }),
    { payload: undefined },
    'What is looked at in calls of every route.',
    'nothing',
  ),
  unmatched: withDefault(
    unmatched,
    'deny',
    'What is done with calls no route matches. deny: in the mode of the stage route, which only observes where `mode` does; `stages: { route: enforce }` refuses them. forward: only while everything observes.',
  ),
  unmatchedUpstream: optional(
    name('an upstream'),
    'Upstream of unmatched calls that are forwarded, where there are several.',
  ),
  consumers: withDefault(
    record('name', consumer, 'An API client.'),
    {},
    'API clients by name, also added by command and admin API. Their keys never stand in this file.',
    'none',
  ),
  issuer: optional(
    issuer,
    'The embedded OAuth 2.0 authorization server, on the data port under its path. Its endpoints are enforced in every mode.',
  ),
  events: withDefault(
    object({
      retainDays: withDefault(integer(1, 3650), DEFAULT_EVENTS.retainDays, 'Days a record of a call is kept.'),
      maxBytes: withDefault(
        size(2 ** 20, 2 ** 50),
        DEFAULT_EVENTS.bytesMax,
        'Bytes the records of calls may take; the oldest go first.',
        '5GiB',
      ),
    }),
    { retainDays: DEFAULT_EVENTS.retainDays, maxBytes: DEFAULT_EVENTS.bytesMax },
    'How long records of calls are kept.',
    'the defaults below',
  ),
  alerts: withDefault(
    object({ webhook: optional(webhook, 'A receiver of findings.') }),
    { webhook: undefined },
    'Who is told of findings.',
    'nobody',
  ),
  decoys: later('Endpoints and credentials no client should use.'),
  apiKeys: withDefault(
    apiKeys,
    DEFAULT_API_KEYS,
    'The API keys the gateway issues: their form, and what happens to those that leak.',
    'the defaults below',
  ),
};

export type ConfigurationFile = FieldValues<typeof CONFIGURATION_FIELDS>;

export const CONFIGURATION_SCHEMA: Schema<ConfigurationFile> = object(CONFIGURATION_FIELDS);
