import type { OwnerMemoryPolicy } from '../core/ownership.ts';
import type { SourcePath } from './diagnostics.ts';
import { duration } from './formats-units.ts';
import { type FieldValues, optional, withDefault } from './schema.ts';
import { entryNode } from './schema-collections.ts';
import { INVALID, type ReadContext } from './schema-types.ts';
import { word } from './schema-values.ts';
import type { SourceNode } from './source-tree.ts';

const STALE_SECONDS = 300;

/** How long owners are believed. */
export const MEMORY_FIELDS = {
  cacheSeconds: withDefault(
    duration(0, 3600),
    30,
    'How long an owner is believed: so long a change of owner may go unseen.',
  ),
  negativeCacheSeconds: withDefault(duration(0, 600), 5, 'How long it is believed that there is no such object.'),
  onFailure: withDefault(
    word(['unavailable', 'deny', 'stale']),
    'unavailable',
    'What counts while there is no answer. unavailable: the call is answered 503. deny: as if the object were another’s. stale: what was last known, for staleSeconds more; then 503.',
  ),
  staleSeconds: optional(
    duration(1, 86_400),
    'With onFailure: stale, how long an owner that cannot be asked for again is believed. Without it: 5 minutes.',
  ),
};

/** `staleSeconds` means nothing without `onFailure: stale`. */
export function memoryPolicy(
  value: FieldValues<typeof MEMORY_FIELDS>,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): OwnerMemoryPolicy | typeof INVALID {
  const { onFailure, staleSeconds } = value;
  if (staleSeconds !== undefined && onFailure !== 'stale') {
    context.report(
      'SP015',
      entryNode(node, 'staleSeconds').position,
      [...path, 'staleSeconds'],
      'staleSeconds is given, and onFailure is not stale',
      'remove it, or write onFailure: stale',
    );
    return INVALID;
  }
  return {
    cacheSecondsMax: value.cacheSeconds,
    negativeCacheSecondsMax: value.negativeCacheSeconds,
    onFailure,
    staleSecondsMax: onFailure === 'stale' ? (staleSeconds ?? STALE_SECONDS) : 0,
  };
}
