import { joinedPath } from './group-path.ts';
import { type GroupChain, GroupTree, scalarText } from './group-tree.ts';
import { looseningsOf, replacedBy } from './loosened-settings.ts';
import { stepText } from './schema-reports.ts';
import type { ReadContext } from './schema-types.ts';
import { entryOf, keyPositionOf, type RecordEntry, type RecordNode, type SourceNode } from './source-tree.ts';

/** Settings a route takes from its group where it says nothing itself. */
const INHERITED = ['upstream', 'mode', 'authenticate', 'keepCredentials'] as const;
/** Records of which a route takes those keys from its group that it does not say itself. */
const MERGED = ['stages', 'inspect', 'paths'] as const;

/**
 * Writes what the groups of routes say into the routes, value by value, so that whatever is found wrong later stands where it
 * was written. `authorize` stays with the group: it is asked beside that of the route. Reports routes that would loosen what
 * their group says without saying so. Undefined where a group is not there or lies in itself, which is reported.
 */
export function expandRouteGroups(root: SourceNode, context: Pick<ReadContext, 'report'>): SourceNode | undefined {
  const routes = entryOf(root, 'routes')?.value;
  if (root.kind !== 'record') return root;
  const tree = new GroupTree(root);
  const used = new Set<string>();
  for (const name of tree.names) lintNested(tree.parentsOf(name, context), context);
  for (const name of tree.names) {
    const parent = scalarText(tree.nodeOf(name), 'group');
    if (parent !== undefined) used.add(parent);
  }
  const items =
    routes?.kind === 'list'
      ? routes.items.map((route, index) => {
          const chain = tree.chainOf(route, ['routes', index], context);
          if (chain === undefined || route.kind !== 'record') return route;
          for (const { name } of chain.groups) used.add(name);
          lintNested(chain, context);
          return expanded(route, chain);
        })
      : [];
  for (const name of tree.names) {
    const path = ['routeGroups', name];
    if (!used.has(name))
      context.report('SP033', keyPositionOf(root, path), path, `no route is of the group ${stepText(path)}`);
  }
  if (tree.isBroken) return undefined;
  if (routes?.kind !== 'list') return root;
  return {
    ...root,
    entries: root.entries.map((entry) => (entry.key === 'routes' ? { ...entry, value: { ...routes, items } } : entry)),
  };
}

/** Reports what the inner end of a chain loosens of what stands around it. */
function lintNested(chain: GroupChain | undefined, context: Pick<ReadContext, 'report'>): void {
  if (chain === undefined || chain.groups.length === 0) return;
  const { node, path } = chain;
  const outer = chain.groups.map((group) => group.node).reduce(merged);
  const allowed = replacedBy(node);
  const found = looseningsOf(node, outer);
  for (const { key, position, what } of found) {
    if (allowed.has(key)) continue;
    const owner = `group ${chain.groups.at(-1)?.name ?? ''}`;
    const message = `${stepText(path)} says another ${what} than the ${owner}`;
    context.report('SP145', position, [...path, key], message, `take it from the group, or write replaces: [${key}]`);
  }
  for (const [key, position] of allowed)
    if (!found.some((one) => one.key === key))
      context.report('SP146', position, [...path, 'replaces'], `${stepText(path)} replaces no ${key} of its group`);
}

/** What a route, or an inner group, says together with what stands around it. */
function merged(outer: RecordNode, inner: RecordNode): RecordNode {
  const entries = inner.entries.map((entry) => withOuter(entry, outer));
  for (const key of [...INHERITED, ...MERGED]) {
    const taken = entryOf(outer, key);
    if (taken !== undefined && entryOf(inner, key) === undefined) entries.push(taken);
  }
  return { ...inner, entries };
}

function withOuter(entry: RecordEntry, outer: RecordNode): RecordEntry {
  const { value } = entry;
  const around = entryOf(outer, entry.key)?.value;
  if (!MERGED.some((key) => key === entry.key) || value.kind !== 'record' || around?.kind !== 'record') return entry;
  const taken = around.entries.filter(({ key }) => entryOf(value, key) === undefined);
  return { ...entry, value: { ...value, entries: [...value.entries, ...taken] } };
}

function expanded(route: RecordNode, { groups }: GroupChain): RecordNode {
  const nodes = groups.map(({ node }) => node);
  const whole = merged(nodes.reduce(merged), route);
  return withLimits(withMatch(whole, nodes), nodes);
}

function withMatch(route: RecordNode, groups: readonly RecordNode[]): RecordNode {
  const match = entryOf(route, 'match');
  if (match?.value.kind !== 'record') return route;
  const { value } = match;
  const host = groups.map((group) => entryOf(group, 'host')).findLast((entry) => entry !== undefined);
  const prefixes = groups.flatMap((group) => scalarText(group, 'path') ?? []);
  const entries = value.entries.map((entry): RecordEntry => {
    const { kind } = entry.value;
    if (entry.key !== 'path' || kind !== 'scalar' || typeof entry.value.value !== 'string') return entry;
    return { ...entry, value: { ...entry.value, value: joinedPath(prefixes, entry.value.value) } };
  });
  if (host !== undefined && entryOf(value, 'host') === undefined) entries.push(host);
  return replaced(route, { ...match, value: { ...value, entries } });
}

/** Limits add up: those of the groups first. */
function withLimits(route: RecordNode, groups: readonly RecordNode[]): RecordNode {
  const own = entryOf(route, 'limits');
  if (own !== undefined && own.value.kind !== 'list') return route;
  const lists = [...groups.map((group) => entryOf(group, 'limits')), own].filter((entry) => entry !== undefined);
  const nearest = lists.at(-1);
  if (nearest === undefined) return route;
  const items = lists.flatMap(({ value }) => (value.kind === 'list' ? value.items : []));
  return replaced(route, { ...nearest, value: { kind: 'list', position: nearest.value.position, items } });
}

function replaced(record: RecordNode, entry: RecordEntry): RecordNode {
  return { ...record, entries: [...record.entries.filter(({ key }) => key !== entry.key), entry] };
}
