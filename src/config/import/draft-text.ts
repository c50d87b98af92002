import { isEveryInterface, isLoopback } from '../../http/ip-address.ts';
import { DEFAULT_UPSTREAM_URL } from '../default-configuration.ts';
import {
  type Draft,
  type DraftAuthenticate,
  type DraftProtection,
  type DraftRoute,
  type DraftUpstream,
  type Flow,
  KEYS,
  Reference,
} from './draft.ts';
import { DraftNames } from './draft-names.ts';
import { PAYLOAD_LINE, printable } from './import-notes.ts';

const COMMENT_LENGTH_MAX = 100;
const LINE_LENGTH_MAX = 116;

/** The draft as a configuration: observing, one line per upstream and method, two per route. */
export function draftText(draft: Draft): string {
  const bounds =
    draft.connectionsPerAddressMax === undefined
      ? {}
      : { limits: { connectionsPerAddressMax: draft.connectionsPerAddressMax } };
  const [port = 0, adminPort = 0] = freePorts(draft.upstreams);
  const lines = [
    `# Made from ${comment(draft.origin)}. docs/configuration.md explains every key; sallyport check validates the file.`,
    'version: 1',
    '# Nothing is blocked yet. Look at what would be, then enforce route by route.',
    'mode: observe',
    `# Attacks in calls are not looked for yet; for all routes: ${PAYLOAD_LINE}`,
    `listen: ${flow({ host: '127.0.0.1', port, ...bounds })}`,
    ...draft.listenComments.map((text) => `# ${comment(text)}`),
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
    ...(draft.trustedProxies.length === 0 ? [] : [`trustedProxies: ${flow(draft.trustedProxies)}`]),
    'store: { url: "file:./data" }',
    'upstreams:',
    ...draft.upstreams.map((one) => `  ${one.name}: ${flow(one.fields)}${trailing(one.comment)}`),
    ...authenticatorLines(draft),
    'routes:',
    ...routeLines(draft.routes),
    'unmatched: deny',
    ...consumerLines(draft.consumers),
  ];
  return `${lines.join('\n')}\n`;
}

/** Ports for the gateway that no upstream of the same machine has: calls would come back to it. */
function freePorts(upstreams: readonly DraftUpstream[]): readonly number[] {
  const taken = new Set<string>();
  for (const { fields } of upstreams)
    for (const target of [fields['url'], ...(Array.isArray(fields['targets']) ? fields['targets'] : [])]) {
      const url = typeof target === 'string' ? URL.parse(target) : null;
      const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
      if (url !== null && (isLoopback(host) || isEveryInterface(host))) taken.add(url.port);
    }
  return Array.from({ length: taken.size + 2 }, (_, at) => 8080 + at).filter((port) => !taken.has(String(port)));
}

/** A route that nobody passes, for a source that has none: a configuration without routes is none. */
export const NOTHING_FOUND: DraftRoute = {
  name: 'everything',
  host: '*',
  path: '/*',
  methods: [],
  upstream: 'api',
  protection: {
    authenticate: { kind: 'anyOf', names: [KEYS] },
    scopes: [],
    groups: [],
    addresses: [],
    headers: {},
    deny: [],
    closed: false,
  },
  limits: [],
  bodyBytesMax: undefined,
  comment: 'the source has no route that could be carried over',
  line: 1,
};

export const DEFAULT_DRAFT_UPSTREAM = { name: 'api', fields: { url: DEFAULT_UPSTREAM_URL }, comment: '' } as const;

function authenticatorLines(draft: Draft): readonly string[] {
  const used = new Set(draft.routes.flatMap(({ protection }) => namesOf(protection.authenticate)));
  const defined = draft.authenticators.filter((one) => used.has(one.name));
  if (used.has(KEYS) && !defined.some((one) => one.name === KEYS))
    defined.unshift({ name: KEYS, fields: { type: 'api-key', header: 'x-api-key' }, comment: '' });
  if (defined.length === 0) return [];
  return ['authenticators:', ...defined.map((one) => `  ${one.name}: ${flow(one.fields)}${trailing(one.comment)}`)];
}

function namesOf(authenticate: DraftAuthenticate): readonly string[] {
  return authenticate.kind === 'none' ? [] : authenticate.names;
}

function routeLines(routes: readonly DraftRoute[]): readonly string[] {
  const names = new DraftNames();
  return routes.flatMap((route, index) => {
    const { host, path, methods } = route;
    const match = {
      ...(host === '*' ? {} : { host }),
      path,
      ...(methods.length === 0 ? {} : { methods }),
    };
    const id = names.take(route.name, `route-${index + 1}`);
    const rest: Record<string, Flow> = { authenticate: authenticateFlow(route.protection.authenticate) };
    const authorize = authorizeFlow(route.protection);
    if (Object.keys(authorize).length > 0) rest['authorize'] = authorize;
    if (route.limits.length > 0) rest['limits'] = route.limits;
    if (route.bodyBytesMax !== undefined) rest['inspect'] = { maxBodyBytes: route.bodyBytesMax };
    const first = flow({ id, match, upstream: route.upstream }).slice(0, -2);
    const second = flow(rest).slice(2);
    if (first.length + second.length < LINE_LENGTH_MAX) return [`  - ${first}, ${second}${trailing(route.comment)}`];
    return [`  - ${first},`, `      ${second}${trailing(route.comment)}`];
  });
}

function authenticateFlow(authenticate: DraftAuthenticate): Flow {
  return authenticate.kind === 'none' ? { none: authenticate.because } : { [authenticate.kind]: authenticate.names };
}

/** Every address: the one condition that each call meets. */
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

function authorizeFlow(protection: DraftProtection): Record<string, Flow> {
  const deny: Flow[] = protection.deny.map((rule) => ({ ...rule }));
  if (protection.closed) deny.push({ name: 'not-carried-over', addresses: EVERYWHERE });
  return {
    ...(protection.scopes.length === 0 ? {} : { scopes: protection.scopes }),
    ...(protection.groups.length === 0 ? {} : { groups: protection.groups }),
    ...(protection.addresses.length === 0 ? {} : { addresses: protection.addresses }),
    ...(Object.keys(protection.headers).length === 0 ? {} : { headers: protection.headers }),
    ...(deny.length === 0 ? {} : { deny }),
  };
}

function consumerLines(consumers: Draft['consumers']): readonly string[] {
  const entries = Object.entries(consumers);
  if (entries.length === 0) return [];
  return ['consumers:', ...entries.map(([name, groups]) => `  ${name}: ${flow({ groups })}`)];
}

function trailing(text: string): string {
  return text === '' ? '' : ` # ${comment(text)}`;
}

function comment(text: string): string {
  const plain = printable(text).trim();
  return plain.length > COMMENT_LENGTH_MAX ? `${plain.slice(0, COMMENT_LENGTH_MAX)}…` : plain;
}

/** YAML in one line. Text is bare only where no reader could take it for anything else. */
export function flow(value: Flow): string {
  if (value instanceof Reference) return `"\${env:${value.variable}}"`;
  if (typeof value === 'string') return BARE.test(value) && !RESERVED.has(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value).map(([key, one]) => `${flow(key)}: ${flow(one)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function isList(value: Flow): value is readonly Flow[] {
  return Array.isArray(value);
}

const BARE = /^[A-Za-z][A-Za-z0-9._-]*$/;
const RESERVED: ReadonlySet<string> = new Set(
  ['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'].flatMap((word) => [
    word,
    word.toUpperCase(),
    `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
  ]),
);
