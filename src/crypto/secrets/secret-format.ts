import type { Severity } from '../../core/finding.ts';
import { ALPHANUMERIC, DASH, distinctBytes, isIn, LOWER, runEnd, UNDERSCORE } from './byte-classes.ts';

/** Bytes that are there to be judged. */
export interface Window {
  readonly bytes: Buffer;
  readonly end: number;
  /** Whether nothing follows. */
  readonly isLast: boolean;
}

/** No secret of this kind begins there. */
export const NOT_ONE = 0;
/** Whether one does depends on bytes that have not come yet. */
export const UNDECIDED = -1;
/** No measure looks further than this from where a secret begins. */
export const SECRET_BYTES_MAX = 250;

/**
 * Where a secret ends whose prefix stands at `at`, or NOT_ONE, or UNDECIDED, which is never answered for the last window
 * or more than SECRET_BYTES_MAX before its end. Looks at every byte once.
 */
export type Measure = (window: Window, at: number) => number;

/** What one kind of secret looks like. */
export interface SecretFormat {
  /** For instance `github-token`. */
  readonly kind: string;
  /** Of which vendor, for people. */
  readonly name: string;
  readonly severity: Severity;
  /** Every secret of this kind begins with one of these. */
  readonly prefixes: readonly string[];
  /** Position in the prefix of the three characters by which it is searched: the rarest in ordinary text. */
  readonly anchorAt: number;
  readonly measure: Measure;
  /** Nothing of a word may stand right before it. */
  readonly standsAlone: boolean;
  /** Where it may well stand: in the bodies of answers, or in addresses. In a file it is one too many. */
  readonly usualIn?: 'answers' | 'addresses';
}

/** Exactly `length` characters of these classes behind a prefix of `prefixLength`, and then no further one. */
export function exactly(prefixLength: number, length: number, classes: number, options: Body = {}): Measure {
  return (window, at) => {
    const from = at + prefixLength;
    const end = bodyEnd(window, from, length, length, classes, options.follow ?? classes);
    return end > 0 ? judgeBody(window.bytes, from, end, options) : end;
  };
}

/** From `min` to `max` characters of these classes behind the prefix, and then no further one. */
export function between(prefixLength: number, min: number, max: number, classes: number, options: Body = {}): Measure {
  return (window, at) => {
    const from = at + prefixLength;
    const end = bodyEnd(window, from, min, max, classes, options.follow ?? classes);
    return end > 0 ? judgeBody(window.bytes, from, end, options) : end;
  };
}

interface Body {
  /** Fewer different characters are a placeholder, not a secret. */
  readonly distinctMin?: number;
  /** Classes of what must not follow; else those of the body. */
  readonly follow?: number;
  /** A last look at the whole body. */
  readonly accepts?: (bytes: Buffer, from: number, to: number) => boolean;
}

const DISTINCT_MIN = 8;

function judgeBody(bytes: Buffer, from: number, to: number, { distinctMin = DISTINCT_MIN, accepts }: Body): number {
  if (distinctBytes(bytes, from, to) < distinctMin) return NOT_ONE;
  return accepts === undefined || accepts(bytes, from, to) ? to : NOT_ONE;
}

/** Where a run of `min` to `max` characters ends that is followed by none of `follow`. */
export function bodyEnd(
  { bytes, end, isLast }: Window,
  from: number,
  min: number,
  max: number,
  classes: number,
  follow: number,
): number {
  const to = Math.min(end, from + max);
  const at = runEnd(bytes, from, to, classes);
  // What follows is not known yet.
  if (at === end) return !isLast ? UNDECIDED : at - from >= min ? at : NOT_ONE;
  return at - from >= min && !isIn(bytes[at], follow) ? at : NOT_ONE;
}

/** Whether a text stands there: NOT_ONE, UNDECIDED, or where it ends. */
export function textEnd({ bytes, end, isLast }: Window, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (at + i >= end) return isLast ? NOT_ONE : UNDECIDED;
    if (bytes[at + i] !== text.charCodeAt(i)) return NOT_ONE;
  }
  return at + text.length;
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** Whether what stands before `at` does not belong to the same word; escapes of URLs and of strings do not. */
export function beginsThere(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1];
  if (at === 0 || !isIn(before, ALPHANUMERIC | UNDERSCORE | DASH)) return true;
  return bytes[at - 3] === PERCENT || (bytes[at - 2] === BACKSLASH && isIn(before, LOWER));
}
