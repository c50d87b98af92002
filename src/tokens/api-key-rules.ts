import type { LimitRule } from '../core/configuration.ts';
import type { ApiKeyRecord, Consumer } from '../core/credential.ts';
import { parseCidr } from '../http/client-address.ts';
import { isMethod } from '../http/method.ts';

/** What a new key may do and for how long. */
export interface NewKey {
  readonly consumer: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly allowedCidrs?: readonly string[];
  /** Unix milliseconds; 0 or absent: never. */
  readonly expiresAtMs?: number;
  readonly notBeforeMs?: number;
  /** As in the record of a key. */
  readonly routes?: readonly string[];
  readonly limits?: readonly LimitRule[];
  readonly idleSeconds?: number;
}

/** What is wrong with a key, and in which of its fields as they are sent. */
export interface KeyFault {
  readonly field: Exclude<keyof NewKey, 'limits'> | 'rate' | 'quota';
  readonly message: string;
}

/** Says what is wrong with a limit, as the part that counts it sees it, or undefined. */
export type LimitProblem = (rule: LimitRule) => string | undefined;

const SCOPES_MAX = 64;
const CIDRS_MAX = 64;
const ROUTES_MAX = 64;
const ROUTE_CHARACTERS_MAX = 200;
/** A year and a day. */
const IDLE_SECONDS_MAX = 366 * 86_400;
/** Shorter would disable keys between two runs of a job that is only slow. */
const IDLE_SECONDS_MIN = 60;
export const IDLE_NEVER = -1;
export const IDLE_AS_CONFIGURED = 0;

/** What is wrong with a wanted key, or undefined. */
export function keyProblem(wanted: NewKey, nowMs: number, limitProblem: LimitProblem): KeyFault | undefined {
  if (!isConsumerName(wanted.consumer))
    return { field: 'consumer', message: 'a consumer name is 1 to 64 of letters, digits, dot, dash and underscore' };
  const misnamed = nameProblem(wanted.name ?? '');
  if (misnamed !== undefined) return misnamed;
  const { scopes = [], allowedCidrs = [], expiresAtMs = 0, notBeforeMs = 0 } = wanted;
  return (
    grantProblem(scopes, allowedCidrs) ??
    lifeProblem(expiresAtMs, notBeforeMs, nowMs) ??
    restrictionProblem(wanted, limitProblem)
  );
}

function grantProblem(scopes: readonly string[], cidrs: readonly string[]): KeyFault | undefined {
  if (scopes.length > SCOPES_MAX) return { field: 'scopes', message: `a key has at most ${SCOPES_MAX} scopes` };
  for (const scope of scopes)
    if (!isScope(scope))
      return { field: 'scopes', message: `${JSON.stringify(scope.slice(0, 40))} is not a scope (RFC 6749 §3.3)` };
  const ofAddresses = (message: string): KeyFault => ({ field: 'allowedCidrs', message });
  if (cidrs.length > CIDRS_MAX) return ofAddresses(`a key has at most ${CIDRS_MAX} address blocks`);
  for (const cidr of cidrs)
    if (parseCidr(cidr) === undefined)
      return ofAddresses(`${JSON.stringify(cidr.slice(0, 60))} is not an address block`);
  return undefined;
}

function ofEnd(message: string): KeyFault {
  return { field: 'expiresAtMs', message };
}

function lifeProblem(expiresAtMs: number, notBeforeMs: number, nowMs: number): KeyFault | undefined {
  if (!isTime(notBeforeMs)) return { field: 'notBeforeMs', message: 'times are Unix milliseconds' };
  if (!isTime(expiresAtMs)) return ofEnd('times are Unix milliseconds');
  if (expiresAtMs !== 0 && expiresAtMs <= nowMs) return ofEnd('the key would have expired already');
  if (expiresAtMs !== 0 && expiresAtMs <= notBeforeMs) return ofEnd('the key would expire before it becomes valid');
  return undefined;
}

/** What of a key can be changed while it lives. */
export type KeyUpdate = Partial<
  Pick<ApiKeyRecord, 'name' | 'scopes' | 'allowedCidrs' | 'expiresAtMs' | 'routes' | 'limits' | 'idleSeconds'>
>;

/** What is wrong with a change of a key, or undefined. */
export function changeProblem(
  before: ApiKeyRecord,
  change: KeyUpdate,
  nowMs: number,
  limitProblem: LimitProblem,
): KeyFault | undefined {
  return (
    nameProblem(change.name ?? before.name) ??
    grantProblem(change.scopes ?? [], change.allowedCidrs ?? []) ??
    endProblem(before, change.expiresAtMs, nowMs) ??
    restrictionProblem({ ...before, ...change }, limitProblem)
  );
}

/** A key that is over stays so, and one that was replaced does not outlive its grace. */
function endProblem(before: ApiKeyRecord, expiresAtMs: number | undefined, nowMs: number): KeyFault | undefined {
  if (expiresAtMs === undefined || expiresAtMs === before.expiresAtMs) return undefined;
  if (before.expiresAtMs !== 0 && before.expiresAtMs <= nowMs) return ofEnd('the key has ended: make another one');
  if (before.successorId !== '' && (expiresAtMs === 0 || expiresAtMs > before.expiresAtMs))
    return ofEnd('a key that was rotated ends with its grace at the latest');
  return lifeProblem(expiresAtMs, before.notBeforeMs, nowMs);
}

function nameProblem(name: string): KeyFault | undefined {
  return name.length > 100 || !isPrintable(name)
    ? { field: 'name', message: 'a name is at most 100 printable characters' }
    : undefined;
}

/**
 * What is wrong with what a key is confined to, or undefined. Does not check that the routes exist: a key may be made before
 * its route, and one whose routes are gone is refused.
 */
export function restrictionProblem(
  { routes = [], limits = [], idleSeconds = 0 }: Partial<Pick<ApiKeyRecord, 'routes' | 'limits' | 'idleSeconds'>>,
  limitProblem: LimitProblem,
): KeyFault | undefined {
  if (routes.length > ROUTES_MAX) return { field: 'routes', message: `a key names at most ${ROUTES_MAX} routes` };
  for (const route of routes)
    if (!isRouteGrant(route))
      return {
        field: 'routes',
        message: `${JSON.stringify(route.slice(0, 60))} is not a route id, or one with methods such as orders:GET,HEAD`,
      };
  for (const kind of ['rate', 'quota'] as const)
    if (limits.filter((rule) => rule.kind === kind).length > 1)
      return { field: kind, message: `a key has at most one ${kind} of its own` };
  for (const rule of limits) {
    const message =
      rule.per.join() !== 'key' || rule.cost !== 1
        ? 'a limit of a key counts the calls of that key'
        : limitProblem(rule);
    if (message !== undefined) return { field: rule.kind === 'rate' ? 'rate' : 'quota', message };
  }
  if (idleSeconds === IDLE_NEVER || idleSeconds === IDLE_AS_CONFIGURED) return undefined;
  return Number.isInteger(idleSeconds) && idleSeconds >= IDLE_SECONDS_MIN && idleSeconds <= IDLE_SECONDS_MAX
    ? undefined
    : {
        field: 'idleSeconds',
        message: `idle is ${IDLE_SECONDS_MIN} seconds to 366 days, 0 as configured or −1 for never`,
      };
}

/** `ID`, or `ID:METHOD,METHOD`. */
function isRouteGrant(text: string): boolean {
  if (text.length > ROUTE_CHARACTERS_MAX) return false;
  const [id = '', methods, ...rest] = text.split(':');
  if (rest.length > 0 || !isConsumerName(id)) return false;
  return methods === undefined || methods.split(',').every(isMethod);
}

/** What is wrong with a consumer, and in which of its fields. */
export interface ConsumerFault {
  readonly field: 'name' | 'groups' | 'tier';
  readonly message: string;
}

/** What is wrong with a consumer, or undefined. */
export function consumerProblem({ name, groups, tier }: Consumer): ConsumerFault | undefined {
  if (!isConsumerName(name))
    return { field: 'name', message: 'a consumer name is 1 to 64 of letters, digits, dot, dash and underscore' };
  if (groups.length > 64 || !groups.every(isConsumerName))
    return { field: 'groups', message: 'groups are at most 64 names of letters, digits, dot, dash and underscore' };
  return tier === '' || isConsumerName(tier)
    ? undefined
    : { field: 'tier', message: 'a tier is a name of letters, digits, dot, dash and underscore' };
}

/** Names go into header fields, metrics and files: nothing in them needs escaping anywhere. */
function isConsumerName(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text);
}

/** A scope-token of RFC 6749 §3.3, at most 128 characters. */
function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(text);
}

function isPrintable(text: string): boolean {
  for (const character of text) if ((character.codePointAt(0) ?? 0) < 0x20 || character === '\x7f') return false;
  return true;
}

function isTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0;
}
