import type { Configuration, JwtAuthenticatorConfig, RouteConfig } from '../core/configuration.ts';
import { STAGE_IDS, type StageId } from '../core/decision.ts';
import { ISSUER_ENDPOINTS, ISSUER_UPSTREAM, type IssuerConfig } from '../core/issuer.ts';
import { hostCovers } from '../http/host.ts';
import { NO_CONTRACT } from './contract-schema.ts';

const METADATA = 'issuer:metadata';

/** Pushed authorization requests and registrations are the largest. */
const BODY_BYTES_MAX = 64 * 1024;

const ENFORCED = Object.fromEntries(STAGE_IDS.map((stage) => [stage, 'enforce'])) as Record<StageId, 'enforce'>;

/**
 * Puts the embedded authorization server into a configuration as what it is for the data plane: an upstream, at the end of
 * a socket of this process, with routes of its own. They enforce in every mode: an authorization server that only
 * watched would let everybody in.
 */
export function withIssuer(configuration: Configuration, socketFile: string): Configuration {
  const { issuer } = configuration;
  if (issuer === undefined) return configuration;
  return {
    ...configuration,
    upstreams: {
      ...configuration.upstreams,
      [ISSUER_UPSTREAM]: {
        targets: [`unix:${socketFile}`],
        protocol: 'h1',
        timeoutSeconds: 30,
        connectTimeoutSeconds: 5,
        connectionsMax: 64,
        caFile: undefined,
        preserveHost: true,
        assertion: false,
        openapi: undefined,
        internal: true,
      },
    },
    routes: [...configuration.routes, ...issuerRoutes(issuer, hostPattern(configuration, issuer))],
    authenticators: Object.fromEntries(
      Object.entries(configuration.authenticators).map(([name, config]) => [
        name,
        config.type === 'jwt' && config.issuer === issuer.identifier ? withOwnKeys(config) : config,
      ]),
    ),
  };
}

function issuerRoutes({ path, rate }: IssuerConfig, host: string): RouteConfig[] {
  const route = (id: string, template: string): RouteConfig => ({
    id,
    match: { host, path: template, methods: [] },
    upstream: ISSUER_UPSTREAM,
    mode: 'enforce',
    stages: ENFORCED,
    authenticate: { kind: 'none' },
    authorize: { scopes: [], access: [] },
    limits: [{ kind: 'rate', per: ['address'], ...rate, burst: rate.permits, cost: 1 }],
    bodyBytesMax: BODY_BYTES_MAX,
    contract: NO_CONTRACT,
    payload: undefined,
    paths: {},
    keepCredentials: true,
  });
  return [
    route(ISSUER_ENDPOINTS, `${path}/*`),
    // RFC 8414 §3.1 puts the well-known part in front of the issuer's path; OpenID Connect Discovery behind it, under `path`.
    route(METADATA, `/.well-known/oauth-authorization-server${path}`),
    route(`${METADATA}-openid`, `/.well-known/openid-configuration${path}`),
  ];
}

/**
 * Of the hosts that routes stand under, the one the router would choose for the issuer's: under another, the routes would
 * hide those of the API, or be hidden by them.
 */
function hostPattern({ routes }: Configuration, { origin }: IssuerConfig): string {
  const { host, hostname } = new URL(origin);
  const patterns = [...new Set(routes.map(({ match }) => match.host))].filter((pattern) => hostCovers(pattern, host));
  const exact = patterns.find((pattern) => pattern === host) ?? patterns.find((pattern) => pattern === hostname);
  // Of two suffixes that cover one host the longer is the more exact; `*` is the shortest there is.
  return exact ?? patterns.sort((one, other) => other.length - one.length)[0] ?? hostname;
}

/** Its own keys need no request, and its own clients name their consumer. */
function withOwnKeys(config: JwtAuthenticatorConfig): JwtAuthenticatorConfig {
  return config.keys.kind === 'discovery' ? { ...config, keys: { kind: 'own' } } : config;
}
