import type { Configuration } from '../core/configuration.ts';
import { passesAroundRoutes, unmatchedUpstream } from '../pipeline/unmatched-calls.ts';
import { enforcedPlace } from './enforced-place.ts';
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
import { entryOf, positionOf, type SourceNode } from './source-tree.ts';

/** Takes findings, and knows whether one of them was an error. */
export interface LintContext extends Pick<ReadContext, 'report'> {
  readonly failed: boolean;
}

/** Reports what a well-formed configuration says that it can hardly mean, each finding at its place. */
export function lintConfiguration(configuration: Configuration, root: SourceNode, context: LintContext): void {
  if (root.kind === 'record' && !root.entries.some((entry) => entry.key === 'mode')) {
    context.report('SP062', root.position, ['mode'], 'the mode is not said: the gateway observes and blocks nothing');
  }
  // Where something is wrong, the configuration may not say yet what it is to say.
  if (!context.failed && passesAroundRoutes(configuration)) lintUnmatched(configuration, root, context);
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

function lintUnmatched(configuration: Configuration, root: SourceNode, context: LintContext): void {
  context.report(
    'SP063',
    positionOf(root, ['unmatched']),
    ['unmatched'],
    `calls that match no route are only observed and go to ${unmatchedUpstream(configuration) ?? ''}, while ${enforcedPlace(configuration) ?? 'a route'} enforces`,
    entryOf(root, 'stages') === undefined ? undefined : 'write route: enforce under stages, and such calls get 404',
  );
}
