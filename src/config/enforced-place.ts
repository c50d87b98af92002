import type { Configuration } from '../core/configuration.ts';
import { ISSUER_UPSTREAM } from '../core/issuer.ts';

/** What may enforce, of a configuration file or a whole configuration. */
type Enforcing = Pick<Configuration, 'stages'> & {
  readonly mode: Configuration['mode'] | undefined;
  readonly routes: readonly Pick<Configuration['routes'][number], 'id' | 'mode' | 'stages' | 'upstream'>[];
};

/** Names something that enforces, or undefined where everything observes. */
export function enforcedPlace({ mode, stages, routes }: Enforcing): string | undefined {
  if (mode === 'enforce') return 'mode';
  if (Object.values(stages).includes('enforce')) return 'a stage';
  const route = routes.find(
    (candidate) =>
      // Routes of the gateway's own endpoints enforce in every mode, and no other call could slip past them.
      candidate.upstream !== ISSUER_UPSTREAM &&
      (candidate.mode === 'enforce' || Object.values(candidate.stages).includes('enforce')),
  );
  return route === undefined ? undefined : `the route ${route.id}`;
}

/**
 * Whether calls that miss every route are forwarded although something enforces: then a call that misses an enforced route
 * by one character would pass unjudged. A file that says so is refused; commands and flags could still bring it about.
 */
export function forwardsAroundRules(configuration: Enforcing & Pick<Configuration, 'unmatched'>): boolean {
  return configuration.unmatched.kind === 'forward' && enforcedPlace(configuration) !== undefined;
}
