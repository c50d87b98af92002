import type { Configuration } from '../core/configuration.ts';
import { loadModel } from '../detect/load-model.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** A route that asks for calls to be looked through needs the model that does it. */
export function lintPayload({ routes }: Configuration, root: SourceNode, context: Pick<ReadContext, 'report'>): void {
  const index = routes.findIndex(({ payload }) => payload !== undefined);
  if (index < 0) return;
  try {
    loadModel();
  } catch (error) {
    const path = ['routes', index];
    context.report('SP175', positionOf(root, path), path, error instanceof Error ? error.message : 'it cannot be read');
  }
}

/** Warns of exceptions that let nothing through any more. */
export function lintExpiredExceptions(
  { routes }: Configuration,
  nowMs: number,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  for (const [index, { id, payload }] of routes.entries())
    for (const [at, { path, class: attack, expiresMs }] of (payload?.exceptions ?? []).entries()) {
      if (expiresMs > nowMs) continue;
      const place = ['routes', index, 'inspect', 'payload', 'exceptions', at];
      context.report('SP185', positionOf(root, place), place, `${attack} at ${path} of "${id}" is refused again`);
    }
}
