import type { LeafLocation } from '../leaf.ts';
import { emitText } from './nested-text.ts';
import { percentDecoded } from './percent-text.ts';
import { placeOf } from './text-scan.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';

const EQUALS = 0x3d;
/** Pairs beyond this are not compared for names that come again: more are not read anyway. */
const NAMES_COMPARED_MAX = 2000;
/** Names beyond this are compared by a set instead of one by one. */
const NAMES_LISTED_MAX = 32;

/**
 * Shows names and values of `a=1&b=2`, of a query or a form (WHATWG URL §5.1). A name without `=` is shown as a value too,
 * since some servers take it for one. Values of one name are shown joined by commas besides, as some servers join them.
 */
export function readPairs(walk: LeafWalk, text: string, location: LeafLocation, tracksTail: boolean): void {
  const tailFrom = tracksTail ? text.length - TAIL_CHARACTERS : Number.POSITIVE_INFINITY;
  const names: string[] = [];
  let repeated = false;
  let known: Set<string> | undefined;
  for (let from = 0; from <= text.length && !walk.stopped; ) {
    let end = text.indexOf('&', from);
    if (end < 0) end = text.length;
    if (end > tailFrom) walk.inTail = true;
    if (end > from) {
      const nameEnd = placeOf(text, EQUALS, from, end);
      const name = percentDecoded(walk, text, from, nameEnd, true);
      // What has no name is a value, and no part of a path that is shown to anybody.
      walk.enter(name === '' || nameEnd === end ? ' ' : name);
      walk.emit(location, true, name);
      if (nameEnd < end) emitText(walk, location, percentDecoded(walk, text, nameEnd + 1, end, true), 'json-string');
      else emitText(walk, location, name, 'json-string');
      walk.leave();
      if (names.length < NAMES_COMPARED_MAX) {
        if (names.length === NAMES_LISTED_MAX) known = new Set(names);
        if (!repeated) repeated = known === undefined ? names.includes(name) : known.has(name);
        names.push(name);
        known?.add(name);
      }
    }
    from = end + 1;
  }
  if (repeated) emitJoined(walk, text, location, names);
}

function emitJoined(walk: LeafWalk, text: string, location: LeafLocation, names: readonly string[]): void {
  const values = new Map<string, string[]>();
  let index = 0;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const name = names[index++];
    if (name === undefined) break;
    const mark = pair.indexOf('=');
    const list = values.get(name);
    const value = mark < 0 ? '' : percentDecoded(walk, pair, mark + 1, pair.length, true);
    if (list === undefined) values.set(name, [value]);
    else list.push(value);
  }
  for (const [name, list] of values) {
    if (list.length < 2) continue;
    walk.enter(name === '' ? ' ' : name);
    if (walk.enterDecoder('joined')) {
      walk.emit(location, false, list.join(','));
      walk.leaveDecoder();
    }
    walk.leave();
  }
}
