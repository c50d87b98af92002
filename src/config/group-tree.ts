import type { SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import { isName } from './schema-reports.ts';
import type { ReadContext } from './schema-types.ts';
import { entryOf, type RecordNode, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** A route or a group, with the groups around it. */
export interface GroupChain {
  readonly node: RecordNode;
  readonly path: SourcePath;
  /** The outermost first. */
  readonly groups: readonly { readonly name: string; readonly node: RecordNode }[];
}

/** How deep groups may lie in each other. */
export const GROUP_DEPTH_MAX = 4;

/** The groups of routes of a file, as they stand in it. */
export class GroupTree {
  readonly #groups: ReadonlyMap<string, RecordNode>;
  /** Whether a route or group was found that cannot be put together. */
  isBroken = false;

  constructor(root: SourceNode) {
    const declared = entryOf(root, 'routeGroups')?.value;
    const entries = declared?.kind === 'record' ? declared.entries : [];
    this.#groups = new Map(
      entries.flatMap(({ key, value }) => (value.kind === 'record' ? [[key, value] as const] : [])),
    );
  }

  get names(): readonly string[] {
    return [...this.#groups.keys()];
  }

  nodeOf(name: string): RecordNode | undefined {
    return this.#groups.get(name);
  }

  /** The groups around a group; undefined where it has none, or they cannot be used, which is reported. */
  parentsOf(name: string, context: Report): GroupChain | undefined {
    const node = this.#groups.get(name);
    return node === undefined ? undefined : this.chainOf(node, ['routeGroups', name], context);
  }

  /** The groups around a route; undefined where it has none, or they cannot be used, which is reported. */
  chainOf(node: SourceNode, path: SourcePath, context: Report): GroupChain | undefined {
    if (node.kind !== 'record') return undefined;
    const groups: { readonly name: string; readonly node: RecordNode }[] = [];
    const ownName = path[0] === 'routeGroups' ? path[1] : undefined;
    const place = [...path, 'group'];
    const ownGroup = (entryOf(node, 'group')?.value ?? node).position;
    let asking: RecordNode = node;
    for (;;) {
      const named = entryOf(asking, 'group')?.value;
      if (named?.kind !== 'scalar' || typeof named.value !== 'string') break;
      const name = named.value;
      const group = this.#groups.get(name);
      if (group === undefined) {
        // What an inner group names wrongly is said where it stands.
        // What cannot be a name is refused as such when it is read.
        if (isName(name)) this.isBroken = true;
        if (asking === node && isName(name)) this.#reportUnknown(name, named, place, context);
        return undefined;
      }
      if (name === ownName) {
        this.isBroken = true;
        context.report('SP144', ownGroup, place, `the group ${name} lies in itself`);
        return undefined;
      }
      // In a circle that does not come back to the start: said where the circle is.
      if (groups.some((one) => one.name === name)) return undefined;
      groups.unshift({ name, node: group });
      if (groups.length + (ownName === undefined ? 0 : 1) > GROUP_DEPTH_MAX) {
        this.isBroken = true;
        const message = `more than ${GROUP_DEPTH_MAX} groups lie in each other`;
        context.report('SP144', ownGroup, place, message, 'put what they say together into fewer groups');
        return undefined;
      }
      asking = group;
    }
    return groups.length === 0 ? undefined : { node, path, groups };
  }

  #reportUnknown(name: string, at: SourceNode, path: SourcePath, context: Report): void {
    const fix = meantFix(name, this.names);
    context.report('SP143', at.position, path, `there is no group of routes "${name}"`, fix);
  }
}

/** The text under a key, or undefined where there is none. */
export function scalarText(node: SourceNode | undefined, key: string): string | undefined {
  const value = node === undefined ? undefined : entryOf(node, key)?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}
