import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Mode } from '../core/decision.ts';
import {
  DEFAULT_ADMIN,
  DEFAULT_API_KEYS,
  DEFAULT_BODY_BYTES_MAX,
  DEFAULT_CONTRACT,
  DEFAULT_EVENTS,
  DEFAULT_KEY_HEADER,
  DEFAULT_LIMITS,
  DEFAULT_LISTEN,
  DEFAULT_PAYLOAD_POLICY,
  DEFAULT_STATE_URL,
  DEFAULT_STORE_PATH,
  DEFAULT_UPSTREAM,
} from './defaults.ts';
import { parseOrigin } from './formats-network.ts';

export interface DefaultConfigurationOptions {
  /** Origin of the API; without it http://127.0.0.1:3000. */
  readonly upstreamUrl?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly mode?: Mode;
  /** Folder of the store; relative ones start from wherever the gateway runs. */
  readonly dataFolder?: string;
}

export const DEFAULT_UPSTREAM_URL = 'http://127.0.0.1:3000';

/**
 * The configuration of a gateway that is started without a file: one upstream, API keys, and one route for everything.
 * Observes unless told otherwise. Throws where `upstreamUrl` is no origin; ask `upstreamUrlProblem` first.
 */
export function defaultConfiguration(options: DefaultConfigurationOptions = {}): Configuration {
  const origin = parseOrigin(options.upstreamUrl ?? DEFAULT_UPSTREAM_URL);
  if (!origin.ok) throw new TypeError(`the upstream address ${origin.error}`);
  return {
    mode: options.mode ?? 'observe',
    stages: {},
    listen: {
      host: DEFAULT_LISTEN.host,
      port: options.port ?? DEFAULT_LISTEN.port,
      tls: undefined,
      limits: DEFAULT_LIMITS,
    },
    admin: { host: DEFAULT_ADMIN.host, port: options.adminPort ?? DEFAULT_ADMIN.port },
    trustedProxies: [],
    geo: undefined,
    store: { url: `file:${options.dataFolder ?? DEFAULT_STORE_PATH}` },
    state: { url: DEFAULT_STATE_URL },
    upstreams: { default: { ...DEFAULT_UPSTREAM, targets: [origin.value] } },
    authenticators: { keys: { type: 'api-key', header: DEFAULT_KEY_HEADER } },
    owners: {},
    deciders: {},
    routes: [EVERYTHING],
    unmatched: { kind: 'deny' },
    consumers: {},
    issuer: undefined,
    alerts: { webhook: undefined },
    events: DEFAULT_EVENTS,
    apiKeys: DEFAULT_API_KEYS,
  };
}

/** Why an address given on the command line cannot be an upstream, or undefined. Never repeats the address. */
export function upstreamUrlProblem(
  url: string,
): { readonly error: string; readonly fix: string | undefined } | undefined {
  const origin = parseOrigin(url);
  return origin.ok ? undefined : { error: origin.error, fix: origin.fix };
}

const EVERYTHING: RouteConfig = {
  id: 'everything',
  match: { host: '*', path: '/*', methods: [] },
  upstream: 'default',
  mode: undefined,
  stages: {},
  authenticate: { kind: 'anyOf', authenticators: ['keys'] },
  authorize: { scopes: [], access: [] },
  limits: [],
  bodyBytesMax: DEFAULT_BODY_BYTES_MAX,
  contract: DEFAULT_CONTRACT,
  payload: DEFAULT_PAYLOAD_POLICY,
  paths: {},
  keepCredentials: false,
};
