import { type AccessPolicy, groupPolicyName } from '../core/access.ts';
import type { RouteConfig } from '../core/configuration.ts';
import { conditionsOf } from './access-schema.ts';
import type { ConfigurationFile } from './configuration-schema.ts';
import type { SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import type { RouteWithPolicies } from './route-schema.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** What routes ask of their callers: what they say themselves, what their groups say, and the policies either of them names. */
export class AccessCompletion {
  /** Names of policies that something names. */
  readonly used = new Set<string>();
  readonly #file: ConfigurationFile;
  readonly #root: SourceNode;
  readonly #context: ReadContext;

  constructor(file: ConfigurationFile, root: SourceNode, context: ReadContext) {
    this.#file = file;
    this.#root = root;
    this.#context = context;
  }

  /** Scopes and policies of the route, its groups first, the outermost of them foremost. */
  authorizeOf(route: RouteWithPolicies, index: number): RouteConfig['authorize'] {
    const scopes = new Set<string>();
    const access: AccessPolicy[] = [];
    for (const name of this.#groupsOf(route.group)) {
      const group = this.#file.routeGroups[name];
      if (group === undefined) continue;
      for (const scope of group.scopes) scopes.add(scope);
      for (const own of group.access) access.push({ ...own, name: groupPolicyName(name), group: name });
      this.#addPolicies(group.policies, ['routeGroups', name], name, scopes, access);
    }
    for (const scope of route.authorize.scopes) scopes.add(scope);
    access.push(...route.authorize.access);
    this.#addPolicies(route.policies, ['routes', index], undefined, scopes, access);
    return { scopes: [...scopes], access };
  }

  /** The outermost first; circles were refused before. */
  #groupsOf(innermost: string | undefined): readonly string[] {
    const names: string[] = [];
    for (let name = innermost; name !== undefined && !names.includes(name); name = this.#groupAround(name))
      names.unshift(name);
    return names;
  }

  #groupAround(name: string): string | undefined {
    return Object.hasOwn(this.#file.routeGroups, name) ? this.#file.routeGroups[name]?.group : undefined;
  }

  #addPolicies(
    names: readonly string[],
    owner: SourcePath,
    group: string | undefined,
    scopes: Set<string>,
    access: AccessPolicy[],
  ): void {
    const { policies } = this.#file;
    names.forEach((name, position) => {
      const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
      if (policy === undefined) {
        const path = [...owner, 'authorize', 'policies', position];
        const fix = meantFix(name, Object.keys(policies));
        this.#context.report('SP100', positionOf(this.#root, path), path, `there is no policy "${name}"`, fix);
        return;
      }
      this.used.add(name);
      // Named by the group and by the route it is one and the same.
      if (access.some((one) => one.name === name)) return;
      for (const scope of policy.scopes) scopes.add(scope);
      access.push({
        name,
        ...(group === undefined ? {} : { group }),
        conditions: conditionsOf(policy),
        deny: policy.deny,
        decide: policy.decide,
        fields: policy.fields,
        rows: policy.rows,
      });
    });
  }
}
