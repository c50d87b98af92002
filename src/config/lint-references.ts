import type { Configuration } from '../core/configuration.ts';
import type { DiagnosticCode, SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import type { ReadContext } from './schema-types.ts';
import { keyPositionOf, positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** Finds names that lead nowhere, and ids given twice. */
export function lintReferences(configuration: Configuration, root: SourceNode, context: Report): void {
  const lineOfId = new Map<string, number>();
  configuration.routes.forEach((route, index) => {
    const path = ['routes', index];
    reportUnknown('SP030', 'upstream', route.upstream, configuration.upstreams, [...path, 'upstream'], root, context);
    if (route.authenticate.kind !== 'none') {
      const { kind, authenticators } = route.authenticate;
      authenticators.forEach((name, position) => {
        const place = [...path, 'authenticate', kind, position];
        reportUnknown('SP031', 'authenticator', name, configuration.authenticators, place, root, context);
      });
    }
    const idPosition = positionOf(root, [...path, 'id']);
    const earlier = lineOfId.get(route.id);
    if (earlier === undefined) lineOfId.set(route.id, idPosition.line);
    else context.report('SP032', idPosition, [...path, 'id'], `the id "${route.id}" stands on line ${earlier} already`);
  });
}

/** Finds names nothing leads to. */
export function lintUnused(configuration: Configuration, root: SourceNode, context: Report): void {
  const upstreams = new Set(configuration.routes.map((route) => route.upstream));
  if (configuration.unmatched.kind === 'forward') upstreams.add(configuration.unmatched.upstream);
  const authenticators = new Set(
    configuration.routes.flatMap(({ authenticate }) =>
      authenticate.kind === 'none' ? [] : authenticate.authenticators,
    ),
  );
  reportUnused('upstream', 'upstreams', configuration.upstreams, upstreams, root, context);
  reportUnused('authenticator', 'authenticators', configuration.authenticators, authenticators, root, context);
}

function reportUnknown(
  code: DiagnosticCode,
  what: string,
  name: string,
  known: Readonly<Record<string, unknown>>,
  path: SourcePath,
  root: SourceNode,
  context: Report,
): void {
  if (Object.hasOwn(known, name)) return;
  const fix = meantFix(name, Object.keys(known));
  context.report(code, positionOf(root, path), path, `there is no ${what} "${name}"`, fix);
}

function reportUnused(
  what: string,
  key: string,
  declared: Readonly<Record<string, unknown>>,
  used: ReadonlySet<string>,
  root: SourceNode,
  context: Report,
): void {
  for (const name of Object.keys(declared)) {
    if (used.has(name)) continue;
    const path = [key, name];
    context.report('SP033', keyPositionOf(root, path), path, `no route uses the ${what} "${name}"`);
  }
}
