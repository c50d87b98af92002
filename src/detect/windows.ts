import type { Automaton } from './automaton.ts';
import type { LiteralVisitor } from './found-literals.ts';
import { LITERALS } from './literals.ts';
import type { Variant } from './normalise/variants.ts';
import { isLetter } from './unit-kinds.ts';

/** Text of so many characters is read as a whole, whatever stands in it. */
const ALWAYS_WHOLE_UNITS = 128;
/** In shorter text there is nothing to cut off. */
const NEVER_CUT_UNITS = 48;
/** A window that leaves out less than this is the whole text. */
const CUT_UNITS_MIN = 16;
const TILE_UNITS = 384;
/** Windows of one dense stretch overlap by so much: what is no longer stands as a whole in one of them. */
const TILE_OVERLAP_UNITS = 96;
/** How far a border moves outwards so as not to cut a word. */
const TOKEN_UNITS_MAX = 64;
/** Before a word and after an operator more belongs to what was found than itself; what opens or closes stands for itself. */
const BEFORE_UNITS = 8;
const AFTER_UNITS = 20;
/** A line that begins so near is read from its beginning. */
const LINE_UNITS_MAX = 24;

const BUCKET_SHIFT = 4;
/** So much heat in three buckets in a row is worth a look. */
const HOT = 2;
/** Hot buckets so near to each other are one stretch. */
const GAP_BUCKETS = 2;
/** What is so hot within a longer stretch that is not is read alone as well: quotes and brackets of the prose around it count for nothing then. */
const CORE = 5;
const CORE_UNITS_MAX = 160;
const CORE_BUCKETS_MIN = 4;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
/** What is shorter between two tags does nothing. */
const BETWEEN_TAGS_UNITS_MIN = 6;

/** The heat of `'` and of `=`, marked so that it can be told from others. */
const WARMTH = 3;
const EQUALS = 5;
/** What ends something, and may end a window: from here on. */
const CLOSES = 16;
const APOSTROPHE = 21;
/** What single characters add: those that end a string, open a bracket, separate or join. */
const HEAT_OF = heats();

/**
 * Finds where in a text something may speak to an interpreter: narrow windows around places where telling characters and literals stand close
 * together. What lies between them is read by nobody, so prose costs little and cannot outweigh an attack. Windows are as many as the text has
 * places: no number of harmless ones uses up what a later one needs. Linear; no character stands in more than two windows, one core, one between tags and the whole.
 */
export class Windows implements LiteralVisitor {
  count = 0;
  starts = new Int32Array(16);
  ends = new Int32Array(16);
  #heat = new Uint8Array(256);
  /** Where in the text what is warm in a bucket begins and ends; a literal may begin before its bucket. */
  #from = new Int32Array(256);
  #to = new Int32Array(256);
  #changed: Uint8Array | undefined;
  #hasTags = false;
  readonly #automaton: Automaton;
  readonly #literalHeat = Uint8Array.from(LITERALS, ({ heat }) => heat);

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  literal(id: number, start: number, end: number): void {
    const warmth = this.#literalHeat[id] ?? 0;
    if (warmth === 0) return;
    const bucket = (end - 1) >> BUCKET_SHIFT;
    this.#heat[bucket] = Math.min(200, (this.#heat[bucket] ?? 0) + warmth);
    if (start < (this.#from[bucket] ?? 0)) this.#from[bucket] = start;
    if (end > (this.#to[bucket] ?? 0)) this.#to[bucket] = end;
  }

  /**
   * Fills `starts` and `ends` with the windows of a reading, in order; the whole text comes first where it is read as one. Where nothing was
   * changed, a reading that was made from another has none: that other's are read.
   */
  find(variant: Variant): void {
    const { units, length, changed, isDerived } = variant;
    this.count = 0;
    this.#changed = isDerived ? changed : undefined;
    if (length <= ALWAYS_WHOLE_UNITS) this.#add(0, length);
    if (length <= NEVER_CUT_UNITS) {
      this.#betweenTags(units, length);
      return;
    }
    this.#warm(units, length);
    this.#automaton.find(variant);
    variant.literals.visit(0, length, this);
    this.#stretches(units, length, 0, (length - 1) >> BUCKET_SHIFT, HOT);
    if (this.#hasTags) this.#betweenTags(units, length);
  }

  /** What stands before, between and behind tags by itself: an attack is none the less one for a few of them around it. */
  #betweenTags(units: Uint16Array, length: number): void {
    let start = 0;
    let isWarm = false;
    for (let i = 0; i <= length; i++) {
      const unit = i < length ? (units[i] ?? 0) : LESS;
      if (unit === LESS) {
        if (isWarm && i - start >= BETWEEN_TAGS_UNITS_MIN && i - start < length) this.#tiles(start, i);
        isWarm = false;
        start = i;
      } else if (unit === GREATER) {
        start = i + 1;
        isWarm = false;
      } else if (unit === SLASH || ((HEAT_OF[unit] ?? 0) & WARMTH) > 0) isWarm = true;
    }
  }

  /** Windows for what is so hot in the buckets from `low` to `high`. */
  #stretches(units: Uint16Array, length: number, low: number, high: number, hot: number): void {
    const heat = this.#heat;
    let first = -1;
    let last = -1;
    let before = low > 0 ? (heat[low - 1] ?? 0) : 0;
    let here = heat[low] ?? 0;
    for (let bucket = low; bucket <= high; bucket++) {
      const after = bucket < high ? (heat[bucket + 1] ?? 0) : 0;
      if (here > 0 && before + here + after >= hot) {
        if (first >= 0 && bucket - last > GAP_BUCKETS) {
          this.#stretch(units, length, first, last, hot);
          first = -1;
        }
        if (first < 0) first = bucket;
        last = bucket;
      }
      before = here;
      here = after;
    }
    // A core that takes up all of the stretch is no news.
    if (first > low || (first >= 0 && (hot === HOT || last < high))) this.#stretch(units, length, first, last, hot);
  }

  #warm(units: Uint16Array, length: number): void {
    const buckets = ((length - 1) >> BUCKET_SHIFT) + 1;
    if (this.#heat.length < buckets) {
      this.#heat = new Uint8Array(buckets * 2);
      this.#from = new Int32Array(buckets * 2);
      this.#to = new Int32Array(buckets * 2);
    }
    const heat = this.#heat;
    this.#hasTags = false;
    this.#from.fill(length, 0, buckets);
    this.#to.fill(0, 0, buckets);
    for (let bucket = 0; bucket < buckets; bucket++) {
      const to = Math.min(length, (bucket + 1) << BUCKET_SHIFT);
      let sum = 0;
      for (let i = bucket << BUCKET_SHIFT; i < to; i++) {
        const warmth = HEAT_OF[units[i] ?? 0] ?? 0;
        if (units[i] === LESS) this.#hasTags = true;
        if (warmth === 0 || (warmth === APOSTROPHE && isInWord(units, i, length))) continue;
        if (i < (this.#from[bucket] ?? 0)) this.#from[bucket] = i;
        this.#to[bucket] = i + 1;
        sum += warmth === EQUALS && isComparison(units, i, length) ? 2 : warmth & WARMTH;
      }
      heat[bucket] = sum;
    }
  }

  #stretch(units: Uint16Array, length: number, first: number, last: number, hot: number): void {
    const from = this.#from[first] ?? 0;
    const to = this.#to[last] ?? 0;
    const start = lineStart(
      units,
      wordStart(units, isWordUnit(units[from] ?? 0) ? Math.max(0, from - BEFORE_UNITS) : from),
    );
    const closes = (HEAT_OF[units[to - 1] ?? 0] ?? 0) >= CLOSES;
    const end = wordEnd(units, closes ? to : Math.min(length, to + AFTER_UNITS), length);
    if (hot === CORE) {
      if (end - start <= CORE_UNITS_MAX) this.#add(start, end);
      return;
    }
    if (last - first >= CORE_BUCKETS_MIN) this.#stretches(units, length, first, last, CORE);
    if (start + length - end < CUT_UNITS_MIN && length <= TILE_UNITS) {
      if (length > ALWAYS_WHOLE_UNITS) this.#add(0, length);
      return;
    }
    this.#tiles(start, end);
  }

  #tiles(start: number, end: number): void {
    let tile = start;
    while (end - tile > TILE_UNITS) {
      this.#add(tile, tile + TILE_UNITS);
      tile += TILE_UNITS - TILE_OVERLAP_UNITS;
    }
    this.#add(tile, end);
  }

  #add(start: number, end: number): void {
    if (this.#changed !== undefined && !hasChange(this.#changed, start, end)) return;
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}

function hasChange(changed: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (changed[i] === 1) return true;
  return false;
}

function grown(list: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(list.length * 2);
  longer.set(list);
  return longer;
}

function wordStart(units: Uint16Array, at: number): number {
  const least = Math.max(0, at - TOKEN_UNITS_MAX);
  for (let i = at; i > least; i--) if ((units[i - 1] ?? 0) <= 0x20) return i;
  return least === 0 ? 0 : at;
}

function lineStart(units: Uint16Array, at: number): number {
  const least = Math.max(0, at - LINE_UNITS_MAX);
  for (let i = at; i > least; i--) if (units[i - 1] === 0x0a) return i;
  return at;
}

function wordEnd(units: Uint16Array, at: number, length: number): number {
  const most = Math.min(length, at + TOKEN_UNITS_MAX);
  for (let i = at; i < most; i++) if ((units[i] ?? 0) <= 0x20) return i;
  return most === length ? length : at;
}

/** An apostrophe between two letters is part of a word. */
function isInWord(units: Uint16Array, at: number, length: number): boolean {
  return at > 0 && at + 1 < length && isLetter(units[at - 1] ?? 0) && isLetter(units[at + 1] ?? 0);
}

/** Something compared with something, as `7=7` and `'a'='a`: in assignments and queries a name stands before the sign. */
function isComparison(units: Uint16Array, at: number, length: number): boolean {
  return at > 0 && at + 1 < length && isValueEnd(units[at - 1] ?? 0) && isValueEnd(units[at + 1] ?? 0);
}

function isValueEnd(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x27 || unit === 0x22;
}

function isWordUnit(unit: number): boolean {
  return isLetter(unit) || (unit >= 0x30 && unit <= 0x39);
}

function heats(): Uint8Array {
  const table = new Uint8Array(0x10000);
  table.fill(2, 0, 0x09);
  table.fill(2, 0x0e, 0x20);
  for (const char of '<([${\\%\r') table[char.charCodeAt(0)] = 1;
  for (const char of '"`;|&*') table[char.charCodeAt(0)] = CLOSES | 1;
  for (const char of ')]}>#/-') table[char.charCodeAt(0)] = CLOSES;
  table[0x27] = APOSTROPHE;
  table[0x3d] = EQUALS;
  return table;
}
