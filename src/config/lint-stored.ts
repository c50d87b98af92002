import type { AuthenticatorConfig, Configuration, RouteConfig } from '../core/configuration.ts';
import { accessPlace } from './access-place.ts';
import type { SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import { methodsOf, scopesOf } from './lint-proofs.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** What the store of a gateway says of who may call, at one moment. What could not be found out is undefined. */
export interface StoredHoldings {
  /** Scopes of keys that can still be called with. */
  readonly keyScopes: ReadonlySet<string> | undefined;
  /** Groups and tiers of consumers; both undefined, or neither. */
  readonly groups: ReadonlySet<string> | undefined;
  readonly tiers: ReadonlySet<string> | undefined;
}

/** Whether a route asks for anything of which the store may know who has it. */
export function asksStored({ routes }: Configuration): boolean {
  return routes.some(
    ({ authorize: { scopes, access } }) =>
      scopes.length > 0 || access.some(({ conditions: { groups, tiers } }) => groups.length > 0 || tiers.length > 0),
  );
}

type Report = (path: SourcePath, message: string, fix: string | undefined) => void;

/** Warns of scopes, groups and tiers that routes ask for and nobody has: neither in the file nor in the store. */
export function lintStored(
  configuration: Configuration,
  stored: StoredHoldings,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  const report: Report = (path, message, fix) => context.report('SP195', positionOf(root, path), path, message, fix);
  const registered = Object.values(configuration.consumers);
  const groups = withAll(
    stored.groups,
    registered.flatMap((consumer) => consumer.groups),
  );
  const tiers = withAll(
    stored.tiers,
    registered.map(({ tier }) => tier),
  );
  configuration.routes.forEach((route, index) => {
    const methods = methodsOf(route, configuration);
    if (methods === undefined) return;
    lintScopes(route, index, methods, stored.keyScopes, report);
    for (const policy of route.authorize.access) {
      const place = accessPlace(policy, index);
      const asked = policy.conditions;
      const lintHeld = (
        kind: 'groups' | 'tiers',
        wanted: readonly string[],
        held: ReadonlySet<string> | undefined,
      ): void => {
        if (wanted.length === 0 || held === undefined || wanted.some((one) => held.has(one))) return;
        const names = wanted.join(' or ');
        const message = `no consumer is ${kind === 'groups' ? 'in' : 'of'} ${names}: "${route.id}" refuses every call`;
        report([...place, kind], message, nearest(wanted, held));
      };
      if (!methods.some(saysGroups)) lintHeld('groups', asked.groups, groups);
      lintHeld('tiers', asked.tiers, tiers);
    }
  });
}

function lintScopes(
  { id, authorize }: RouteConfig,
  index: number,
  methods: readonly AuthenticatorConfig[],
  keyScopes: ReadonlySet<string> | undefined,
  report: Report,
): void {
  // Where no key may be used the file says it all, or nobody here can.
  if (keyScopes === undefined || !methods.some(({ type }) => type === 'api-key')) return;
  const held = new Set(keyScopes);
  for (const method of methods) {
    if (method.type === 'api-key') continue;
    const scopes = scopesOf(method);
    if (scopes === undefined) return;
    for (const scope of scopes) held.add(scope);
  }
  for (const scope of authorize.scopes)
    if (!held.has(scope))
      report(
        ['routes', index, 'authorize', 'scopes'],
        `nobody who may call "${id}" holds the scope ${scope}: every call is refused`,
        nearest([scope], held),
      );
}

/** What was probably meant by one of these, of what somebody has. */
function nearest(wanted: readonly string[], held: ReadonlySet<string>): string | undefined {
  // Of a consumer without a tier it is the empty text.
  const names = [...held].filter((one) => one !== '');
  return wanted.map((one) => meantFix(one, names)).find((fix) => fix !== undefined);
}

/** Whether an issuer says of a caller which groups it is in. */
function saysGroups(method: AuthenticatorConfig): boolean {
  return (method.type === 'jwt' || method.type === 'introspection') && method.claims.groupsClaim !== undefined;
}

function withAll(held: ReadonlySet<string> | undefined, more: readonly string[]): ReadonlySet<string> | undefined {
  return held === undefined ? undefined : new Set([...held, ...more]);
}
