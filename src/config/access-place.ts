import { type AccessPolicy, groupPolicyName } from '../core/access.ts';
import type { SourcePath } from './diagnostics.ts';

/** Where a policy of a route stands in the file: with the route, with its group, or under its name. */
export function accessPlace({ name, group }: AccessPolicy, routeIndex: number): SourcePath {
  if (name === '') return ['routes', routeIndex, 'authorize'];
  if (group !== undefined && name === groupPolicyName(group)) return ['routeGroups', group, 'authorize'];
  return ['policies', name];
}
