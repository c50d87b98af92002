import type { ApiKeyRecord } from '../core/credential.ts';
import { IDLE_AS_CONFIGURED, IDLE_NEVER } from './api-key-rules.ts';

/** Why a sweep disables keys; only those it enables again by itself. */
export const IDLE_REASON = 'idle';

/** What the configuration says of keys in general. */
export interface KeyLifeSettings {
  /** 0: never. */
  readonly disableAfterIdleSeconds: number;
  readonly warnBeforeExpirySeconds: number;
}

/**
 * The last moment a key was used, Unix milliseconds. Being made, becoming valid and being enabled count as use, so that nobody
 * loses a key before there was time to use it. `lastUsedMs`: 0 where it never was.
 */
export function lastSignOfLife(
  { createdAtMs, enabledAtMs, notBeforeMs }: Pick<ApiKeyRecord, 'createdAtMs' | 'enabledAtMs' | 'notBeforeMs'>,
  lastUsedMs: number,
): number {
  return Math.max(createdAtMs, enabledAtMs, notBeforeMs, lastUsedMs);
}

/** Whether a key has been unused for longer than it may; a key that is not active is not asked. */
export function isIdle(
  record: ApiKeyRecord,
  lastUsedMs: number,
  nowMs: number,
  { disableAfterIdleSeconds }: KeyLifeSettings,
): boolean {
  if (record.status !== 'active' || record.idleSeconds === IDLE_NEVER) return false;
  const seconds = record.idleSeconds === IDLE_AS_CONFIGURED ? disableAfterIdleSeconds : record.idleSeconds;
  return seconds > 0 && nowMs - lastSignOfLife(record, lastUsedMs) > seconds * 1_000;
}

/**
 * Whether somebody should be told that a key ends soon. Not of one that was rotated and whose successor is in use: that one
 * is meant to end.
 */
export function endsSoon(
  { status, expiresAtMs, successorId }: ApiKeyRecord,
  isSuccessorUsed: boolean,
  nowMs: number,
  { warnBeforeExpirySeconds }: KeyLifeSettings,
): boolean {
  if (status !== 'active' || expiresAtMs === 0 || expiresAtMs <= nowMs) return false;
  if (successorId !== '' && isSuccessorUsed) return false;
  return expiresAtMs - nowMs <= warnBeforeExpirySeconds * 1_000;
}

/** The routes a key names that no configured route has. */
export function missingRoutes({ routes }: Pick<ApiKeyRecord, 'routes'>, known: ReadonlySet<string>): readonly string[] {
  return routes.map((grant) => grant.split(':', 1)[0] ?? '').filter((id) => !known.has(id));
}
