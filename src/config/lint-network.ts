import { isIP } from 'node:net';
import type { Configuration } from '../core/configuration.ts';
import { isEveryInterface, isLoopback } from '../http/ip-address.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** Blocks at least this wide are rarely only proxies. */
const WIDE_PREFIX_IPV4 = 8;
const WIDE_PREFIX_IPV6 = 16;

/** Finds addresses that expose what should not be exposed, or lead in a circle. */
export function lintNetwork(configuration: Configuration, root: SourceNode, context: Report): void {
  lintTrustedProxies(configuration, root, context);
  const { listen, admin } = configuration;
  if (!isLoopback(admin.host)) {
    const path = ['admin', 'host'];
    context.report(
      'SP052',
      positionOf(root, path),
      path,
      'the admin port is reachable from other machines, without TLS',
    );
  }
  if (listen.port !== 0 && listen.port === admin.port && sameInterface(listen.host, admin.host)) {
    const path = ['admin', 'port'];
    context.report('SP054', positionOf(root, path), path, `listen and admin both take port ${listen.port}`);
  }
  const takesKeys = configuration.routes.some((route) => route.authenticate.kind !== 'none');
  if (takesKeys && listen.tls === undefined && configuration.trustedProxies.length === 0 && !isLoopback(listen.host)) {
    const path = ['listen', 'host'];
    context.report(
      'SP053',
      positionOf(root, path),
      path,
      'callers on other machines would send their credentials in clear',
    );
  }
  lintLoops(configuration, root, context);
}

function lintTrustedProxies(configuration: Configuration, root: SourceNode, context: Report): void {
  configuration.trustedProxies.forEach((block, index) => {
    const path = ['trustedProxies', index];
    const slash = block.indexOf('/');
    const prefix = Number(block.slice(slash + 1));
    const wide = isIP(block.slice(0, slash)) === 4 ? WIDE_PREFIX_IPV4 : WIDE_PREFIX_IPV6;
    if (prefix === 0) context.report('SP050', positionOf(root, path), path, 'the block holds every address');
    else if (prefix < wide) context.report('SP051', positionOf(root, path), path, `the block is wider than /${wide}`);
  });
}

function lintLoops(configuration: Configuration, root: SourceNode, context: Report): void {
  const { listen, admin } = configuration;
  for (const [name, upstream] of Object.entries(configuration.upstreams)) {
    for (const target of upstream.targets) {
      const url = new URL(target);
      const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const own = [listen, admin].find((door) => door.port === port && sameInterface(door.host, host));
      if (own === undefined) continue;
      const path = ['upstreams', name];
      context.report(
        'SP055',
        positionOf(root, path),
        path,
        `a target is the ${own === listen ? 'listen' : 'admin'} address of the gateway`,
      );
    }
  }
}

/** Whether two hosts surely name one place: the same text, both loopback, or one of them every interface and the other loopback. */
function sameInterface(left: string, right: string): boolean {
  if (left === right) return true;
  if (isEveryInterface(left) && isEveryInterface(right)) return true;
  if (isLoopback(left) && isLoopback(right)) return isIP(left) !== 4 || isIP(right) !== 4;
  return (isEveryInterface(left) && isLoopback(right)) || (isLoopback(left) && isEveryInterface(right));
}
