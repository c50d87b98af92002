import { entryOf, type Position, type RecordNode, type SourceNode } from './source-tree.ts';

/** Settings that can be weaker on a route than its group has them; a route that means to says so under `replaces`. */
export const REPLACEABLE = ['authenticate', 'mode', 'stages', 'inspect', 'paths', 'keepCredentials'] as const;
type Replaceable = (typeof REPLACEABLE)[number];

export interface Loosening {
  readonly key: Replaceable;
  readonly position: Position;
  /** Completes "says another … than the group". */
  readonly what: string;
}

/**
 * What `inner` says otherwise than `outer`, and in a way that could be weaker. Compares what stands in the file: a value from
 * outside (`${…}`) may be anything, and counts as weaker unless it is written alike.
 */
export function looseningsOf(inner: RecordNode, outer: RecordNode): readonly Loosening[] {
  return REPLACEABLE.flatMap((key): readonly Loosening[] => {
    const own = entryOf(inner, key)?.value;
    if (own === undefined) return [];
    switch (key) {
      case 'stages':
        return loosenedStages(own, outer);
      case 'mode': {
        const said = entryOf(outer, 'mode')?.value;
        return said !== undefined && isMilder(own, said) ? [{ key, position: own.position, what: 'mode' }] : [];
      }
      case 'inspect':
      case 'paths':
        return loosenedKeys(key, own, entryOf(outer, key)?.value);
      default: {
        const said = entryOf(outer, key)?.value;
        if (said === undefined || sameText(own, said) || isWord(own, false)) return [];
        return [{ key, position: own.position, what: key }];
      }
    }
  });
}

/** What a route or group says that it replaces, and where it says so. */
export function replacedBy(node: RecordNode): ReadonlyMap<Replaceable, Position> {
  const list = entryOf(node, 'replaces')?.value;
  const items = list?.kind === 'list' ? list.items : [];
  return new Map(
    REPLACEABLE.flatMap((key) => {
      const item = items.find((one) => isWord(one, key));
      return item === undefined ? [] : [[key, item.position] as const];
    }),
  );
}

/** The word on a stage is over every mode, so it is measured by the mode of the group too. */
function loosenedStages(own: SourceNode, outer: RecordNode): readonly Loosening[] {
  if (own.kind !== 'record') return [];
  const stages = entryOf(outer, 'stages')?.value;
  const mode = entryOf(outer, 'mode')?.value;
  return own.entries.flatMap(({ key: stage, value }): readonly Loosening[] => {
    const said = (stages === undefined ? undefined : entryOf(stages, stage)?.value) ?? mode;
    if (said === undefined || !isMilder(value, said)) return [];
    return [{ key: 'stages', position: value.position, what: 'mode of a stage' }];
  });
}

function loosenedKeys(key: 'inspect' | 'paths', own: SourceNode, outer: SourceNode | undefined): readonly Loosening[] {
  if (own.kind !== 'record' || outer === undefined) return [];
  return own.entries.flatMap(({ key: inner, value }): readonly Loosening[] => {
    const said = entryOf(outer, inner)?.value;
    if (said === undefined || sameText(value, said) || isWord(value, 'reject')) return [];
    return [{ key, position: value.position, what: `${key}.${inner}` }];
  });
}

function isMilder(own: SourceNode, said: SourceNode): boolean {
  return !isWord(own, 'enforce') && !isWord(said, 'observe') && !sameText(own, said);
}

function isWord(node: SourceNode, word: string | boolean): boolean {
  return node.kind === 'scalar' && node.value === word;
}

function sameText(one: SourceNode, other: SourceNode): boolean {
  if (one.kind === 'scalar' || other.kind === 'scalar')
    return one.kind === 'scalar' && other.kind === 'scalar' && one.value === other.value;
  if (one.kind === 'list' || other.kind === 'list')
    return (
      one.kind === 'list' &&
      other.kind === 'list' &&
      one.items.length === other.items.length &&
      one.items.every((item, index) => {
        const beside = other.items[index];
        return beside !== undefined && sameText(item, beside);
      })
    );
  return (
    one.entries.length === other.entries.length &&
    one.entries.every(({ key, value }) => {
      const beside = entryOf(other, key)?.value;
      return beside !== undefined && sameText(value, beside);
    })
  );
}
