import type { Configuration, SettingOrigin } from '../core/configuration.ts';
import { GroupTree } from './group-tree.ts';
import { entryOf, type RecordEntry, type RecordNode, type SourceNode } from './source-tree.ts';

/** A place that can say what holds on a route, the outermost first. */
interface Speaker {
  readonly name: string;
  readonly node: RecordNode;
}

/** Of these the innermost place that says it counts. */
const NEAREST = ['upstream', 'mode', 'authenticate', 'keepCredentials'] as const;
/** Of these every key counts from the innermost place that says it. */
const BY_KEY = ['stages', 'inspect', 'paths'] as const;
/** Of these all places count. */
const TOGETHER = ['authorize', 'limits'] as const;
/** Settings of the whole that hold where neither the route nor a group says otherwise. */
const OF_THE_WHOLE = ['mode', 'stages', 'inspect'] as const;

/** Says where the settings of each route of a file come from: the route, one of its groups, the whole, or nowhere. */
export class RouteSettings {
  readonly #root: SourceNode;
  readonly #tree: GroupTree;
  readonly #routes: readonly SourceNode[];

  constructor(root: SourceNode) {
    this.#root = root;
    this.#tree = new GroupTree(root);
    const routes = entryOf(root, 'routes')?.value;
    this.#routes = routes?.kind === 'list' ? routes.items : [];
  }

  /** In the order of the documentation; a setting that several places say together stands once for each. */
  of(index: number): readonly SettingOrigin[] {
    const route = this.#routes[index];
    return route?.kind === 'record' ? this.#originsOf([...this.#groupsOf(index), { name: 'route', node: route }]) : [];
  }

  /** Routes of groups keep where their settings come from, so that whoever asks about a call is told. */
  withOrigins(configuration: Configuration): Configuration {
    if (this.#tree.names.length === 0) return configuration;
    const routes = configuration.routes.map((route, index) =>
      this.#groupsOf(index).length === 0 ? route : { ...route, origins: this.of(index) },
    );
    return { ...configuration, routes };
  }

  #groupsOf(index: number): readonly Speaker[] {
    const route = this.#routes[index];
    const chain = route === undefined ? undefined : this.#tree.chainOf(route, ['routes', index], SILENT);
    return (chain?.groups ?? []).map(({ name, node }) => ({ name: `group ${name}`, node }));
  }

  #originsOf(speakers: readonly Speaker[]): readonly SettingOrigin[] {
    const whole = this.#root.kind === 'record' ? [{ name: 'whole', node: this.#root }] : [];
    const around = (key: string): readonly Speaker[] =>
      OF_THE_WHOLE.some((one) => one === key) ? [...whole, ...speakers] : speakers;
    const origins = [...placesOf(speakers)];
    for (const key of NEAREST) origins.push(nearest(key, around(key), (node) => entryOf(node, key)));
    for (const key of BY_KEY) {
      const keys = new Set(around(key).flatMap(({ node }) => keysOf(entryOf(node, key)?.value)));
      if (keys.size === 0) origins.push({ setting: key, from: 'default', line: 0 });
      for (const inner of keys)
        origins.push(nearest(`${key}.${inner}`, around(key), (node) => innerEntry(node, key, inner)));
    }
    for (const key of TOGETHER) origins.push(...every(key, speakers, (node) => entryOf(node, key)));
    return origins;
  }
}

const SILENT = { report: () => undefined };

/** Groups say host and path themselves, routes under `match`. */
function placesOf(speakers: readonly Speaker[]): readonly SettingOrigin[] {
  const find =
    (key: string) =>
    (node: RecordNode): RecordEntry | undefined =>
      entryOf(node, key) ?? innerEntry(node, 'match', key);
  return [nearest('host', speakers, find('host')), ...every('path', speakers, find('path'))];
}

type Find = (node: RecordNode) => RecordEntry | undefined;

function nearest(setting: string, speakers: readonly Speaker[], find: Find): SettingOrigin {
  return every(setting, speakers, find).at(-1) ?? { setting, from: 'default', line: 0 };
}

function every(setting: string, speakers: readonly Speaker[], find: Find): readonly SettingOrigin[] {
  const found = speakers.flatMap(({ name, node }): readonly SettingOrigin[] => {
    const entry = find(node);
    return entry === undefined ? [] : [{ setting, from: name, line: entry.keyPosition.line }];
  });
  return found.length === 0 ? [{ setting, from: 'default', line: 0 }] : found;
}

function innerEntry(node: RecordNode, key: string, inner: string): RecordEntry | undefined {
  const value = entryOf(node, key)?.value;
  return value === undefined ? undefined : entryOf(value, inner);
}

function keysOf(node: SourceNode | undefined): readonly string[] {
  return node?.kind === 'record' ? node.entries.map(({ key }) => key) : [];
}
