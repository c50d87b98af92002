import type { Configuration } from '../core/configuration.ts';
import { meantFix } from './did-you-mean.ts';
import { coversPath, pathShape } from './path-shape.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Finds what would make the embedded authorization server unreachable or unsafe. */
export function lintIssuer(
  { issuer, routes, authenticators }: Configuration,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  if (issuer === undefined) return;
  const { protocol, hostname } = new URL(issuer.origin);
  if (protocol === 'http:' && !LOOPBACK.includes(hostname)) {
    const path = ['issuer', 'url'];
    context.report('SP093', positionOf(root, path), path, `the issuer is at ${issuer.origin}`);
  }
  if (issuer.registration === 'open') {
    const path = ['issuer', 'registration'];
    context.report('SP094', positionOf(root, path), path, 'anybody may register a client');
  }
  issuer.exchange?.authenticators.forEach((name, index) => {
    if (Object.hasOwn(authenticators, name)) return;
    const path = ['issuer', 'exchange', 'authenticators', index];
    const fix = meantFix(name, Object.keys(authenticators));
    context.report('SP031', positionOf(root, path), path, `there is no authenticator "${name}"`, fix);
  });
  const own = [
    `${issuer.path}/*`,
    `/.well-known/oauth-authorization-server${issuer.path}`,
    `/.well-known/openid-configuration${issuer.path}`,
  ].map(pathShape);
  routes.forEach(({ id, match }, index) => {
    // A wider route stays what it is for everything else: the router prefers the more exact path.
    if (!own.some((one) => coversPath(one, pathShape(match.path)))) return;
    const path = ['routes', index, 'match', 'path'];
    context.report('SP092', positionOf(root, path), path, `the route ${id} lies under the path of the issuer`);
  });
}
