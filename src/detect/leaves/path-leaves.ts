import { emitText } from './nested-text.ts';
import { percentDecoded } from './percent-text.ts';
import { placeOf } from './text-scan.ts';
import type { LeafWalk } from './walk.ts';

/** What a segment of a route's template is: a name for a parameter, '' for a literal, which is not shown. */
export type SegmentNames = readonly string[];

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
/** Segments beyond this are one leaf together. */
const SEGMENTS_MAX = 64;

/**
 * Shows the segments of a path, each decoded once, and their parameters (`;key=value`, RFC 3986 §3.3). With `whole` the
 * path is shown as one value besides: where it could be read in two ways, the attack may lie between segments.
 */
export function readPath(walk: LeafWalk, path: string, names: SegmentNames, whole: boolean): void {
  walk.enter('path');
  if (whole) walk.emit('path', false, percentDecoded(walk, path, 0, path.length, false));
  let index = 0;
  for (let from = 1; from <= path.length; index++) {
    let end = index < SEGMENTS_MAX ? path.indexOf('/', from) : path.length;
    if (end < 0) end = path.length;
    const name = names[index];
    if (name !== '') readSegment(walk, path, from, end, name ?? String(index));
    from = end + 1;
  }
  if (index > SEGMENTS_MAX) walk.odd('segments');
  walk.leave();
}

function readSegment(walk: LeafWalk, path: string, from: number, end: number, name: string): void {
  const valueEnd = placeOf(path, SEMICOLON, from, end);
  walk.enter(name);
  emitText(walk, 'path', percentDecoded(walk, path, from, valueEnd, false), 'json-string');
  for (let at = valueEnd + 1; at <= end; ) {
    const next = placeOf(path, SEMICOLON, at, end);
    const keyEnd = placeOf(path, EQUALS, at, next);
    const key = percentDecoded(walk, path, at, keyEnd, false);
    walk.enter(`;${key}`);
    walk.emit('path', true, key);
    if (keyEnd < next) emitText(walk, 'path', percentDecoded(walk, path, keyEnd + 1, next, false), 'json-string');
    walk.leave();
    at = next + 1;
  }
  walk.leave();
}
