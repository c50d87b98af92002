import { type AccessConditions, type TimeWindow, WEEKDAYS } from '../core/access.ts';
import { type Cidr, matchesCidr, parseCidr } from '../http/client-address.ts';
import { addressText } from '../http/ip-address.ts';

/** Kinds of which a call has one value at most: two lists without a common value are met by none. */
const ONE_VALUE = ['consumers', 'tiers', 'methods', 'bindings', 'acr', 'countries'] as const;
/** Kinds of which a caller can have several. */
const SEVERAL = ['groups', 'roles'] as const;

/** Longer lists of blocks are not compared with each other: nothing is claimed of them. */
const BLOCK_PAIRS_MAX = 10_000;

/**
 * Whether every call that meets `narrow` meets `wide`. Sound, not complete: of expressions only equal texts are known to
 * imply each other. What could not be found out for `wide` could not be found out for `narrow` either.
 */
export function implies(narrow: AccessConditions, wide: AccessConditions): boolean {
  return (
    [...ONE_VALUE, ...SEVERAL].every((kind) => isWithin(narrow[kind], wide[kind])) &&
    isYounger(narrow.signedInWithinSeconds, wide.signedInWithinSeconds) &&
    isYounger(narrow.issuedWithinSeconds, wide.issuedWithinSeconds) &&
    areWithinBlocks(narrow.addresses, wide.addresses) &&
    areWithinTimes(narrow.times, wide.times) &&
    Object.entries(wide.headers).every(([name, values]) => isWithin(narrow.headers[name] ?? [], values)) &&
    (wide.when === undefined || wide.when === narrow.when) &&
    (wide.owner === undefined || wide.owner === narrow.owner)
  );
}

/** Names the kind of condition that no call can meet in all of these at once, or undefined where there may be one. */
export function disjointKind(all: readonly AccessConditions[]): keyof AccessConditions | undefined {
  for (const kind of ONE_VALUE) if (haveNothingInCommon(all.map((one) => one[kind]))) return kind;
  const fields = new Set(all.flatMap(({ headers }) => Object.keys(headers)));
  for (const field of fields) if (haveNothingInCommon(all.map(({ headers }) => headers[field] ?? []))) return 'headers';
  if (areDisjointBlocks(all.map(({ addresses }) => addresses))) return 'addresses';
  return areDisjointTimes(all.map(({ times }) => times)) ? 'times' : undefined;
}

/** An empty list asks nothing, and is met by everything. */
function isWithin(narrow: readonly string[], wide: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((value) => wide.includes(value)));
}

function isYounger(narrow: number, wide: number): boolean {
  return wide === 0 || (narrow > 0 && narrow <= wide);
}

function haveNothingInCommon(lists: readonly (readonly string[])[]): boolean {
  const [first, ...others] = lists.filter((list) => list.length > 0);
  return first !== undefined && !first.some((value) => others.every((other) => other.includes(value)));
}

function areWithinBlocks(narrow: readonly string[], wide: readonly string[]): boolean {
  if (wide.length === 0) return true;
  if (narrow.length === 0 || narrow.length * wide.length > BLOCK_PAIRS_MAX) return false;
  const outer = wide.map(parseCidr);
  return narrow.map(parseCidr).every((inner) => outer.some((block) => isInside(inner, block)));
}

/** Two blocks have addresses in common exactly where one lies in the other. */
function areDisjointBlocks(lists: readonly (readonly string[])[]): boolean {
  const asked = lists.filter((list) => list.length > 0).map((list) => list.map(parseCidr));
  return asked.some((one, index) =>
    asked
      .slice(index + 1)
      .some(
        (other) =>
          one.length * other.length <= BLOCK_PAIRS_MAX &&
          !one.some((block) => other.some((beside) => isInside(block, beside) || isInside(beside, block))),
      ),
  );
}

function isInside(inner: Cidr | undefined, outer: Cidr | undefined): boolean {
  // What is no block is refused elsewhere; of it nothing is claimed.
  if (inner === undefined || outer === undefined) return true;
  return inner.prefixBits >= outer.prefixBits && matchesCidr(outer, addressText(inner.base));
}

const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Clocks of different zones are not compared: what they have in common changes with the seasons. */
function areWithinTimes(narrow: readonly TimeWindow[], wide: readonly TimeWindow[]): boolean {
  if (wide.length === 0) return true;
  if (narrow.length === 0 || zonesOf([...narrow, ...wide]).size > 1) return false;
  const outer = minutesOf(wide);
  return minutesOf(narrow).every((held, minute) => held === 0 || outer[minute] === 1);
}

function areDisjointTimes(lists: readonly (readonly TimeWindow[])[]): boolean {
  const asked = lists.filter((list) => list.length > 0);
  const byZone = Map.groupBy(
    asked.filter((list) => zonesOf(list).size === 1),
    (list) => list[0]?.zone ?? '',
  );
  return [...byZone.values()].some((same) => {
    if (same.length < 2) return false;
    const weeks = same.map(minutesOf);
    return !weeks[0]?.some((_, minute) => weeks.every((week) => week[minute] === 1));
  });
}

function zonesOf(windows: readonly TimeWindow[]): ReadonlySet<string> {
  return new Set(windows.map(({ zone }) => zone));
}

/** One entry for each minute of a week that begins on Monday: 1 where a window holds. */
function minutesOf(windows: readonly TimeWindow[]): Uint8Array {
  const week = new Uint8Array(WEEK_MINUTES);
  for (const { days, fromMinutes, toMinutes } of windows)
    for (const day of days.length === 0 ? WEEKDAYS : days) {
      const start = WEEKDAYS.indexOf(day) * DAY_MINUTES + fromMinutes;
      const length = fromMinutes < toMinutes ? toMinutes - fromMinutes : DAY_MINUTES - fromMinutes + toMinutes;
      for (let minute = start; minute < start + length; minute++) week[minute % WEEK_MINUTES] = 1;
    }
  return week;
}
