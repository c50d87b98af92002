import type { AccessPolicy } from '../core/access.ts';
import type { PathAmbiguity } from '../core/call.ts';
import type { LimitRule, PathTreatment } from '../core/configuration.ts';
import type { Mode, StageId } from '../core/decision.ts';
import { matchHost } from './formats-network.ts';
import { name } from './formats-places.ts';
import { groupPath } from './group-path.ts';
import { limitRule } from './limit-schema.ts';
import { REPLACES_TEXT, replaces } from './replaces-schema.ts';
import { authenticate, authorize, inspect, NOTHING_ASKED, ownAccess } from './route-schema.ts';
import { object, optional, withDefault } from './schema.ts';
import { list, refined } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { boolean } from './schema-values.ts';

/** What is kept of a group after reading: the rest stands in its routes by then. */
export interface RouteGroup {
  /** The group around it. */
  readonly group: string | undefined;
  readonly scopes: readonly string[];
  readonly policies: readonly string[];
  /** Conditions of the group itself, not named yet; empty where there are none. */
  readonly access: readonly AccessPolicy[];
}

/** A group of routes; nothing of it is required. */
export function routeGroup(
  mode: Schema<Mode>,
  stages: Schema<Readonly<Partial<Record<StageId, Mode>>>>,
  paths: Schema<Readonly<Partial<Record<PathAmbiguity, PathTreatment>>>>,
): Schema<RouteGroup> {
  const fields = object({
    group: optional(name('a group of routes'), 'Group around it; at most four lie in each other.'),
    replaces: optional(replaces, REPLACES_TEXT),
    host: optional(matchHost(), 'Host of its routes.'),
    path: optional(groupPath(), 'Path that is put before those of its routes; their "/" is this path itself.'),
    upstream: optional(name('an upstream'), 'Where calls of its routes go.'),
    mode: optional(mode, 'Mode of its routes.'),
    stages: optional(stages, 'Modes of single stages on its routes, stage by stage.'),
    authenticate: optional(authenticate, 'Who may call its routes.'),
    authorize: withDefault(authorize, NOTHING_ASKED, 'What is asked beside what its routes ask themselves.', 'nothing'),
    limits: optional(list<LimitRule>(limitRule, { max: 16 }), 'Rates and quotas beside those of its routes.'),
    inspect: optional(inspect, 'What is looked at in bodies, key by key.'),
    paths: optional(paths, 'What is done with paths that servers read differently, kind by kind.'),
    keepCredentials: optional(boolean(), 'true passes the credential of the client on to the upstream.'),
  });
  return refined(fields, (value) => ({
    group: value.group,
    scopes: value.authorize.scopes,
    policies: value.authorize.policies,
    access: ownAccess(value.authorize),
  }));
}
