import { assertNever } from '../../core/assert-never.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import { applyPathTreatments } from '../../http/path.ts';
import type { Evaluation } from '../evaluation.ts';

const NOT_FOUND: Verdict = Object.freeze({ kind: 'deny', reason: 'route.not_found' });
const WRONG_METHOD: Verdict = Object.freeze({ kind: 'deny', reason: 'route.method' });

const NO_TREATMENTS = Object.freeze({});

/** Finds the call's route, once. An ambiguous path needs the route's permission and may not lead to another route. */
export function judgeRoute(evaluation: Evaluation): Verdict {
  const { call, snapshot } = evaluation;
  if (call.fault?.fatal === true) return NOT_APPLICABLE;
  const index = snapshot.router.match(call.host, call.path, call.method);
  const route = typeof index === 'number' ? snapshot.routes[index] : undefined;
  if (route === undefined) {
    if (call.pathAmbiguities !== 0) {
      const treated = applyPathTreatments(call.path, call.pathAmbiguities, NO_TREATMENTS);
      if (treated.kind === 'reject') return { kind: 'deny', reason: treated.reason, detail: 'no route matches it' };
    }
    if (snapshot.forwardsUnmatched) return PASS;
    return index === 'method' ? WRONG_METHOD : NOT_FOUND;
  }
  evaluation.route = route;
  if (call.pathAmbiguities === 0) return PASS;
  const treated = applyPathTreatments(call.path, call.pathAmbiguities, route.config.paths);
  switch (treated.kind) {
    case 'reject':
      return { kind: 'deny', reason: treated.reason, detail: `route ${route.config.id} does not allow it` };
    case 'redirect':
      return {
        kind: 'deny',
        reason: 'path.redirect',
        location: call.query === '' ? treated.path : `${treated.path}?${call.query}`,
      };
    case 'forward':
      if (treated.path !== call.path && snapshot.router.match(call.host, treated.path, call.method) !== index)
        return { kind: 'deny', reason: 'path.route_changed' };
      evaluation.path = treated.path;
      return PASS;
    default:
      return assertNever(treated);
  }
}
