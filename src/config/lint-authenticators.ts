import type { Configuration } from '../core/configuration.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** Finds methods that can never see the credential they wait for. */
export function lintAuthenticators(
  configuration: Configuration,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  const asked = configuration.listen.tls !== undefined && configuration.listen.tls.clientAuth !== 'none';
  const forwarded = Object.values(configuration.authenticators).some(
    (one) => one.type === 'mtls' && one.forwarded !== undefined,
  );
  for (const [name, config] of Object.entries(configuration.authenticators)) {
    const path = ['authenticators', name];
    if (config.type === 'mtls' && config.forwarded === undefined && !asked)
      context.report(
        'SP088',
        positionOf(root, path),
        path,
        `${name} waits for certificates that no client is asked for`,
      );
    if (config.type === 'mtls' && config.forwarded !== undefined && configuration.trustedProxies.length === 0)
      context.report('SP089', positionOf(root, path), path, `${name} waits for certificates that nobody may forward`);
    if (bindsToCertificate(config) && !asked && !forwarded)
      context.report(
        'SP088',
        positionOf(root, path),
        path,
        `${name} wants tokens bound to certificates that no client is asked for`,
      );
  }
}

function bindsToCertificate(config: Configuration['authenticators'][string]): boolean {
  return (config.type === 'jwt' || config.type === 'introspection') && config.claims.binding.require === 'mtls';
}
