import { type Template, templatesOverlap } from '../../http/path-template.ts';
import { coversPath, pathShape, samePaths } from '../path-shape.ts';
import { type DraftProtection, type DraftRoute, isWeaker } from './draft.ts';
import type { ImportNotes } from './import-notes.ts';

/** A rule of the source that no route can say: its calls fall to whichever routes match them. */
export interface Uncarried {
  readonly host: string;
  /** Template of every path it could have matched. */
  readonly path: string;
  readonly protection: DraftProtection;
  /** Expression of exactly the paths it matched, where nobody passed it: it becomes a rule of the routes that take them. */
  readonly refuses?: string | undefined;
  readonly subject: string;
  readonly line: number;
  readonly file?: string | undefined;
}

/** A route takes no more; what is left over closes it. */
const DENY_RULES_MAX = 32;

interface Entry {
  route: DraftRoute;
  readonly shape: Template;
}

/**
 * The routes as they can stand together. A route that would take calls which the source protects better is closed, with
 * an error: two rules for the same calls, and rules that were not carried over.
 */
export function settleRoutes(
  routes: readonly DraftRoute[],
  uncarried: readonly Uncarried[],
  notes: ImportNotes,
): readonly DraftRoute[] {
  const entries: Entry[] = [];
  const places = new Map<string, Entry[]>();
  for (const route of routes) {
    const shape = pathShape(route.path);
    const place = `${route.host} ${route.path.replace(/\{[^}]*\}/g, '{}')}`;
    const beside = places.get(place) ?? [];
    places.set(place, beside);
    const methods = freeMethods(route, beside, notes);
    if (methods === undefined) continue;
    const entry = { route: { ...route, methods }, shape };
    beside.push(entry);
    entries.push(entry);
  }
  for (const [index, rule] of uncarried.entries()) closeWeaker(rule, `pattern-${index + 1}`, entries, notes);
  closePrefixes(entries, notes);
  // A route for GET takes HEAD too, so that one for HEAD alone has to stand before it.
  const headAlone = ({ methods }: DraftRoute): boolean => methods.includes('HEAD') && !methods.includes('GET');
  return entries.map((entry) => entry.route).sort((left, right) => Number(headAlone(right)) - Number(headAlone(left)));
}

/** Methods of the route that none before it takes, or undefined where nothing is left; what differs is closed. */
function freeMethods(route: DraftRoute, beside: readonly Entry[], notes: ImportNotes): readonly string[] | undefined {
  const all = route.methods.length === 0;
  let free = route.methods;
  for (const entry of beside) {
    const other = entry.route;
    if (all !== (other.methods.length === 0)) continue;
    const shared = all ? [] : free.filter((method) => other.methods.includes(method));
    if (!all && shared.length === 0) continue;
    if (isWeaker(other.protection, route.protection)) {
      entry.route = close(other);
      notes.add(
        'error',
        route.line,
        route.name,
        `takes the same calls as "${other.name}", which asks for less: closed`,
        route.file,
      );
    } else
      notes.add(
        'note',
        route.line,
        route.name,
        `takes the same calls as "${other.name}", and adds nothing`,
        route.file,
      );
    if (all) return undefined;
    free = free.filter((method) => !shared.includes(method));
    if (free.length === 0) return undefined;
  }
  return free;
}

function closeWeaker(rule: Uncarried, name: string, entries: readonly Entry[], notes: ImportNotes): void {
  const shape = pathShape(rule.path);
  for (const entry of entries) {
    const { route } = entry;
    if (route.beatsPatterns === true || !hostsMeet(route.host, rule.host) || !templatesOverlap(entry.shape, shape))
      continue;
    if (!isWeaker(route.protection, rule.protection)) continue;
    if (rule.refuses !== undefined && route.protection.deny.length < DENY_RULES_MAX) {
      entry.route = denied(route, name, rule.refuses);
      continue;
    }
    entry.route = close(route);
    notes.add(
      'error',
      rule.line,
      rule.subject,
      `is not carried over, and "${route.name}" would take its calls and asks for less: closed`,
      rule.file,
    );
  }
}

/** A prefix that ends inside a segment is narrower here: what it loses is denied where it would fall to a route that asks for less. */
function closePrefixes(entries: readonly Entry[], notes: ImportNotes): void {
  let prefixes = 0;
  // What is added to a route here makes it no stronger: routes are compared as they were.
  const before = new Map(entries.map((entry) => [entry, entry.route.protection]));
  const isWeakerThan = (one: Entry, other: Entry): boolean =>
    isWeaker(before.get(one) ?? one.route.protection, before.get(other) ?? other.route.protection);
  for (const prefix of entries) {
    const { route, shape } = prefix;
    if (route.prefixWithinSegment !== true || shape.segments.length === 0) continue;
    const sibling: Template = {
      segments: [...shape.segments.slice(0, -1), { kind: 'parameter', name: 'x' }],
      rest: true,
    };
    const wider = entries.filter(
      (other) =>
        hostsMeet(other.route.host, route.host) &&
        coversPath(other.shape, sibling) &&
        !samePaths(other.shape, shape) &&
        isWeakerThan(other, prefix),
    );
    if (wider.length === 0) continue;
    const bare = route.path.replace(/\/\*$/, '');
    prefixes++;
    for (const entry of wider) entry.route = denied(entry.route, `prefix-${prefixes}`, withinSegment(bare));
    const names = wider.map((entry) => `"${entry.route.name}"`).join(', ');
    notes.add(
      'error',
      route.line,
      route.name,
      `took ${bare}… within the segment too (such as ${bare}x): here such calls fall to ${names}, which asks for less and denies them`,
      route.file,
    );
  }
}

/** Expression of the paths that begin with a prefix and go on within its last segment. */
function withinSegment(bare: string): string {
  const text = JSON.stringify(bare);
  return `request.path.startsWith(${text}) && request.path != ${text} && !request.path.startsWith(${JSON.stringify(`${bare}/`)})`;
}

/** With a rule that denies exactly the calls of an expression; closed where there is no room for one more. */
function denied(route: DraftRoute, name: string, when: string): DraftRoute {
  if (route.protection.deny.length >= DENY_RULES_MAX) return close(route);
  return { ...route, protection: { ...route.protection, deny: [...route.protection.deny, { name, when }] } };
}

function close(route: DraftRoute): DraftRoute {
  return {
    ...route,
    protection: { ...route.protection, closed: true },
    comment: route.comment === '' ? 'closed: see the report of the import' : route.comment,
  };
}

function hostsMeet(one: string, other: string): boolean {
  if (one === '*' || other === '*' || one === other) return true;
  const inside = (inner: string, outer: string): boolean => outer.startsWith('*.') && inner.endsWith(outer.slice(1));
  return inside(one, other) || inside(other, one);
}
