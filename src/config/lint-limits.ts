import type { LimitRule, RouteConfig } from '../core/configuration.ts';
import { orderedSubjects, publishedWindowSeconds } from '../limit/limit-rule.ts';
import type { SourcePath } from './diagnostics.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** Finds limits of one route that a stricter one always reaches first, and limits that count somebody nobody knows. */
export function lintLimits(
  route: RouteConfig,
  path: SourcePath,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  route.limits.forEach((rule, index) => {
    const place = [...path, 'limits', index];
    if (route.authenticate.kind === 'none' && (rule.per.includes('consumer') || rule.per.includes('key'))) {
      const subject = rule.per.includes('consumer') ? 'consumer' : 'key';
      const message = `counted per ${subject}, and the route asks nobody who they are: counts the client address`;
      context.report('SP045', positionOf(root, [...place, 'per']), [...place, 'per'], message);
    }
    const stricter = route.limits.findIndex(
      (other, position) => position !== index && refusesFirst(other, position, rule, index),
    );
    if (stricter >= 0) {
      context.report(
        'SP047',
        positionOf(root, place),
        place,
        `limits[${stricter}] of the route always refuses before this one`,
      );
    }
  });
}

/**
 * Whether `other` refuses every call that `rule` would. Compares only limits that count the same subjects in the same
 * way; of two that are alike, the first is kept.
 */
function refusesFirst(other: LimitRule, otherIndex: number, rule: LimitRule, index: number): boolean {
  if (orderedSubjects(other).join() !== orderedSubjects(rule).join()) return false;
  if (other.cost < rule.cost) return false;
  if (other.kind === 'rate' && rule.kind === 'rate') {
    const slower = other.permits / other.windowSeconds <= rule.permits / rule.windowSeconds;
    if (!slower || other.burst > rule.burst) return false;
    const same =
      other.permits * rule.windowSeconds === rule.permits * other.windowSeconds && other.burst === rule.burst;
    return !(same && other.cost === rule.cost) || otherIndex < index;
  }
  if (other.kind === 'quota' && rule.kind === 'quota') {
    // Calendar windows of different lengths do not nest in windows of seconds: only equal windows are compared, and days in months.
    const inside = other.window === rule.window || (other.window === 'month' && rule.window === 'day');
    if (!inside || other.permits > rule.permits) return false;
    const same = other.window === rule.window && other.permits === rule.permits && other.cost === rule.cost;
    return !same || otherIndex < index;
  }
  if (other.kind === 'rate' && rule.kind === 'quota') {
    // At most the burst plus what the rate earns in one window can pass: a quota above that is never used up.
    const passable = other.burst + (other.permits / other.windowSeconds) * publishedWindowSeconds(rule);
    return passable * rule.cost <= rule.permits * other.cost;
  }
  return false;
}
