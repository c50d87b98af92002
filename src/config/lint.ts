import type { Configuration } from '../core/configuration.ts';
import { lintAccess } from './lint-access.ts';
import { lintAuthenticators } from './lint-authenticators.ts';
import { lintIssuer } from './lint-issuer.ts';
import { lintLimits } from './lint-limits.ts';
import { lintNetwork } from './lint-network.ts';
import { lintOutsideAccess } from './lint-outside.ts';
import { lintPayload } from './lint-payload.ts';
import { lintProofs } from './lint-proofs.ts';
import { lintReferences, lintUnused } from './lint-references.ts';
import { lintRoutes } from './lint-routes.ts';
import type { ReadContext } from './schema-types.ts';
import type { SourceNode } from './source-tree.ts';

/** Takes findings, and knows whether one of them was an error. */
export interface LintContext extends Pick<ReadContext, 'report'> {
  readonly failed: boolean;
}

/** Reports what a well-formed configuration says that it can hardly mean, each finding at its place. */
export function lintConfiguration(configuration: Configuration, root: SourceNode, context: LintContext): void {
  if (root.kind === 'record' && !root.entries.some((entry) => entry.key === 'mode')) {
    context.report('SP062', root.position, ['mode'], 'the mode is not said: the gateway observes and blocks nothing');
  }
  lintReferences(configuration, root, context);
  lintNetwork(configuration, root, context);
  lintAuthenticators(configuration, root, context);
  lintIssuer(configuration, root, context);
  lintAccess(configuration, root, context);
  lintProofs(configuration, root, context);
  lintOutsideAccess(configuration, root, context);
  lintRoutes(configuration, root, context);
  lintPayload(configuration, root, context);
  configuration.routes.forEach((route, index) => {
    lintLimits(route, ['routes', index], root, context);
  });
  // A misspelt name also leaves its target unused: said once is enough.
  if (!context.failed) lintUnused(configuration, root, context);
}
