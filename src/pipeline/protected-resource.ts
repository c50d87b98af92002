import type { Call } from '../core/call.ts';
import type { AuthenticatorConfig, Configuration, RouteConfig } from '../core/configuration.ts';
import { clientOrigin } from '../http/client-origin.ts';
import type { Snapshot } from './snapshot.ts';

/** Stands in challenges for the address clients know the gateway by. */
export const ORIGIN_PLACEHOLDER = '{origin}';

const PATH = '/.well-known/oauth-protected-resource';

/** Where the metadata of this resource is, for `resource_metadata` of a challenge (RFC 9728 §5.1). */
export const RESOURCE_METADATA = `${ORIGIN_PLACEHOLDER}${PATH}`;

/** Members that do not depend on the call, by host pattern of the routes. */
export type ProtectedResources = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Gathers per host what its routes take of tokens; hosts whose routes take none have no metadata. */
export function compileProtectedResources({ routes, authenticators }: Configuration): ProtectedResources {
  const byHost = new Map<string, RouteConfig[]>();
  for (const route of routes) byHost.set(route.match.host, [...(byHost.get(route.match.host) ?? []), route]);
  const compiled = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [host, own] of byHost) {
    const members = membersOf(own, authenticators);
    if (members !== undefined) compiled.set(host, members);
  }
  return compiled;
}

function membersOf(
  routes: readonly RouteConfig[],
  authenticators: Configuration['authenticators'],
): Readonly<Record<string, unknown>> | undefined {
  const servers = new Set<string>();
  const scopes = new Set<string>();
  const proofs = new Set<string>();
  let inQuery = false;
  let taken = 0;
  let dpopRequired = 0;
  let certificateBound = false;
  for (const { authenticate, authorize } of routes) {
    if (authenticate.kind === 'none') continue;
    for (const name of authenticate.authenticators) {
      const config = authenticators[name];
      if (config === undefined || !takesTokens(config)) continue;
      taken++;
      const issuer = config.issuer;
      if (issuer?.startsWith('http') === true) servers.add(issuer);
      for (const scope of authorize.scopes) scopes.add(scope);
      for (const algorithm of config.claims.binding.dpop.algorithms) proofs.add(algorithm);
      if (config.location.queryParameter !== undefined) inQuery = true;
      if (config.claims.binding.require === 'dpop') dpopRequired++;
      if (config.claims.binding.require === 'mtls') certificateBound = true;
    }
  }
  if (taken === 0) return undefined;
  return {
    ...(servers.size > 0 ? { authorization_servers: [...servers] } : {}),
    ...(scopes.size > 0 ? { scopes_supported: [...scopes] } : {}),
    bearer_methods_supported: inQuery ? ['header', 'query'] : ['header'],
    dpop_signing_alg_values_supported: [...proofs],
    dpop_bound_access_tokens_required: dpopRequired === taken,
    tls_client_certificate_bound_access_tokens: certificateBound,
  };
}

function takesTokens(
  config: AuthenticatorConfig,
): config is Extract<AuthenticatorConfig, { readonly type: 'jwt' | 'introspection' }> {
  return config.type === 'jwt' || config.type === 'introspection';
}

/**
 * The metadata document of the host a call asks (RFC 9728 §2), or undefined where the call asks for something else. A
 * route written for that very path comes first: then the upstream speaks for itself.
 */
export function protectedResourceDocument(snapshot: Snapshot, call: Call): string | undefined {
  if (call.path !== PATH || call.fault !== undefined || call.pathAmbiguities !== 0) return undefined;
  if (call.method !== 'GET' && call.method !== 'HEAD') return undefined;
  const members = resourceOf(snapshot.protectedResources, call.host);
  if (members === undefined || snapshot.hasOwnRoute(PATH)) return undefined;
  return JSON.stringify({ resource: clientOrigin(call), ...members });
}

/** The most exact host decides alone, as for routes. */
function resourceOf(resources: ProtectedResources, host: string): Readonly<Record<string, unknown>> | undefined {
  const exact = resources.get(host);
  if (exact !== undefined) return exact;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const found = resources.get(`*${host.slice(dot)}`);
    if (found !== undefined) return found;
  }
  return resources.get('*');
}
