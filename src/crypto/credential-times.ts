/*
 * Times in the credential index are whole seconds in 32 bits: from 1970 to 2106. They are rounded so that a key is never
 * valid longer than its record says: it begins at the end of its first second and ceases at the beginning of its last.
 */

const SECONDS_MAX = 2 ** 32 - 1;

/** 0 where the key is valid from the start; what lies beyond 2106 never comes. */
export function notBeforeSeconds(ms: number): number {
  return seconds(Math.ceil(whole(ms) / 1000));
}

/** 0 where the key never expires; what lies beyond 2106 ends there. */
export function expiresSeconds(ms: number): number {
  return whole(ms) === 0 ? 0 : Math.max(1, seconds(Math.floor(ms / 1000)));
}

/** The earlier of two ends, each 0 where there is none. */
export function stricterExpiry(one: number, other: number): number {
  if (one === 0) return other;
  return other === 0 ? one : Math.min(one, other);
}

function seconds(value: number): number {
  return Math.min(Math.max(value, 0), SECONDS_MAX);
}

function whole(ms: number): number {
  if (!Number.isSafeInteger(ms)) throw new TypeError(`${ms} is no time`);
  return ms;
}
