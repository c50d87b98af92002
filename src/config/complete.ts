import type { AuthenticatorConfig, Configuration, RouteConfig, UnmatchedConfig } from '../core/configuration.ts';
import type { IssuerConfig } from '../core/issuer.ts';
import { effectiveMode } from '../pipeline/effective-mode.ts';
import { completeOwnTokens } from './authenticators/own-tokens.ts';
import { AccessCompletion } from './complete-access.ts';
import type { ConfigurationFile } from './configuration-schema.ts';
import { DEFAULT_STORE_PATH } from './defaults.ts';
import { enforcedPlace } from './enforced-place.ts';
import type { ReadContext } from './schema-types.ts';
import { keyPositionOf, positionOf, type SourceNode } from './source-tree.ts';

/** Brings the values of a file into the shape of the core, with everything the file left out. */
export function completeConfiguration(file: ConfigurationFile, root: SourceNode, context: ReadContext): Configuration {
  const routes = completeRoutes(file, root, context);
  return {
    mode: file.mode ?? 'observe',
    stages: file.stages,
    listen: {
      host: file.listen.host,
      port: file.listen.port,
      tls:
        file.listen.tls === undefined
          ? undefined
          : {
              certFile: file.listen.tls.cert,
              keyFile: file.listen.tls.key,
              clientAuth: file.listen.tls.clientAuth,
              clientCaFile: file.listen.tls.clientCa,
              crlFile: file.listen.tls.crl,
            },
      limits: file.listen.limits,
    },
    admin: file.admin,
    trustedProxies: file.trustedProxies,
    geo: file.geo === undefined ? undefined : { countriesFile: file.geo.countries },
    store: file.store ?? { url: `file:${context.resolvePath(DEFAULT_STORE_PATH)}` },
    state: file.state,
    upstreams: file.upstreams,
    authenticators: completeAuthenticators(file, root, context),
    owners: file.owners,
    deciders: file.deciders,
    routes,
    unmatched: unmatchedOf(file, root, context),
    consumers: file.consumers,
    issuer: withScopes(file.issuer, routes),
    alerts: file.alerts,
    events: { retainDays: file.events.retainDays, bytesMax: file.events.maxBytes },
    apiKeys: file.apiKeys,
  };
}

function unmatchedOf(file: ConfigurationFile, root: SourceNode, context: ReadContext): UnmatchedConfig {
  const named = file.unmatchedUpstream;
  const path = ['unmatchedUpstream'];
  if (file.unmatched === 'deny') {
    if (named !== undefined) {
      const message = 'unmatchedUpstream is given, and unmatched calls are denied';
      context.report('SP015', keyPositionOf(root, path), path, message, 'remove it, or write unmatched: forward');
    }
    return { kind: 'deny' };
  }
  const names = Object.keys(file.upstreams);
  if (named !== undefined && !Object.hasOwn(file.upstreams, named)) {
    context.report('SP030', positionOf(root, path), path, `there is no upstream "${named}"`);
    return { kind: 'deny' };
  }
  const upstream = named ?? (names.length === 1 ? names[0] : undefined);
  if (upstream === undefined) {
    const message = `unmatched calls are to be forwarded, and there are ${names.length} upstreams`;
    context.report(
      'SP061',
      positionOf(root, ['unmatched']),
      ['unmatched'],
      message,
      `write unmatchedUpstream: ${names[0] ?? 'NAME'}`,
    );
    return { kind: 'deny' };
  }
  const enforced = enforcedPlace(file);
  if (enforced === undefined) return { kind: 'forward', upstream };
  const message = `unmatched calls are to be forwarded, and ${enforced} enforces`;
  context.report('SP060', positionOf(root, ['unmatched']), ['unmatched'], message, deniedBy(file));
  return { kind: 'deny' };
}

/** What closes it: unmatched calls are denied in the mode of the stage that finds the route. */
function deniedBy({ mode, stages }: ConfigurationFile): string {
  const byMode = effectiveMode({ mode: mode ?? 'observe', stages }, undefined, 'route') === 'enforce';
  if (byMode) return 'write unmatched: deny, or mode: observe everywhere';
  const enforced = Object.keys(stages).length > 0 ? 'route: enforce under stages' : 'stages: { route: enforce }';
  return `write unmatched: deny and ${enforced}, or mode: observe everywhere`;
}

/** Where no resource says its scopes, the first one has those the routes ask for. */
function withScopes(issuer: IssuerConfig | undefined, routes: readonly RouteConfig[]): IssuerConfig | undefined {
  const [first, ...others] = issuer?.resources ?? [];
  if (issuer === undefined || first === undefined) return issuer;
  if (issuer.resources.some(({ scopes }) => Object.keys(scopes).length > 0)) return issuer;
  const asked = new Set(routes.flatMap(({ authorize }) => authorize.scopes));
  return {
    ...issuer,
    resources: [{ ...first, scopes: Object.fromEntries([...asked].map((scope) => [scope, scope])) }, ...others],
  };
}

/** Methods for tokens of the embedded issuer are told which one that is. */
function completeAuthenticators(
  file: ConfigurationFile,
  root: SourceNode,
  context: ReadContext,
): Configuration['authenticators'] {
  const completed: Record<string, AuthenticatorConfig> = {};
  for (const [name, config] of Object.entries(file.authenticators)) {
    const known = config.type === 'jwt' ? completeOwnTokens(config, file.issuer) : config;
    const path = ['authenticators', name];
    if (known === undefined)
      context.report(
        'SP095',
        positionOf(root, path),
        path,
        `${name} is for tokens of an issuer that is not configured`,
      );
    completed[name] = known ?? config;
  }
  return completed;
}

/** Routes with the conditions of their groups and of the policies they name. */
function completeRoutes(file: ConfigurationFile, root: SourceNode, context: ReadContext): readonly RouteConfig[] {
  const completion = new AccessCompletion(file, root, context);
  const routes = file.routes.map((read, index): RouteConfig => {
    const { policies: _policies, group: _group, inspectsNoPayload, ...route } = read;
    const whole = file.inspect.payload;
    const payload = route.payload ?? (inspectsNoPayload || whole === 'off' ? undefined : whole);
    return { ...route, payload, authorize: completion.authorizeOf(read, index) };
  });
  for (const name of Object.keys(file.policies))
    if (!completion.used.has(name)) {
      const path = ['policies', name];
      context.report('SP033', keyPositionOf(root, path), path, `no route names the policy ${name}`);
    }
  return routes;
}
