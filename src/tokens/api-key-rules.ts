import type { Consumer } from '../core/credential.ts';
import { parseCidr } from '../http/client-address.ts';

/** What a new key may do and for how long. */
export interface NewKey {
  readonly consumer: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly allowedCidrs?: readonly string[];
  /** Unix milliseconds; 0 or absent: never. */
  readonly expiresAtMs?: number;
  readonly notBeforeMs?: number;
}

const SCOPES_MAX = 64;
const CIDRS_MAX = 64;

/** What is wrong with a wanted key, or undefined. */
export function keyProblem(wanted: NewKey, nowMs: number): string | undefined {
  if (!isConsumerName(wanted.consumer))
    return 'a consumer name is 1 to 64 of letters, digits, dot, dash and underscore';
  if ((wanted.name ?? '').length > 100 || !isPrintable(wanted.name ?? ''))
    return 'a name is at most 100 printable characters';
  const scopes = wanted.scopes ?? [];
  if (scopes.length > SCOPES_MAX) return `a key has at most ${SCOPES_MAX} scopes`;
  for (const scope of scopes)
    if (!isScope(scope)) return `${JSON.stringify(scope.slice(0, 40))} is not a scope (RFC 6749 §3.3)`;
  const cidrs = wanted.allowedCidrs ?? [];
  if (cidrs.length > CIDRS_MAX) return `a key has at most ${CIDRS_MAX} address blocks`;
  for (const cidr of cidrs)
    if (parseCidr(cidr) === undefined) return `${JSON.stringify(cidr.slice(0, 60))} is not an address block`;
  const { expiresAtMs = 0, notBeforeMs = 0 } = wanted;
  if (!isTime(expiresAtMs) || !isTime(notBeforeMs)) return 'times are Unix milliseconds';
  if (expiresAtMs !== 0 && expiresAtMs <= nowMs) return 'the key would have expired already';
  if (expiresAtMs !== 0 && expiresAtMs <= notBeforeMs) return 'the key would expire before it becomes valid';
  return undefined;
}

/** What is wrong with a consumer, or undefined. */
export function consumerProblem({ name, groups, tier }: Consumer): string | undefined {
  if (!isConsumerName(name)) return 'a consumer name is 1 to 64 of letters, digits, dot, dash and underscore';
  if (groups.length > 64 || !groups.every(isConsumerName))
    return 'groups are at most 64 names of letters, digits, dot, dash and underscore';
  return tier === '' || isConsumerName(tier)
    ? undefined
    : 'a tier is a name of letters, digits, dot, dash and underscore';
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
