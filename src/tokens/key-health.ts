import type { ApiKeyRecord } from '../core/credential.ts';
import { endsSoon, type KeyLifeSettings, lastSignOfLife, missingRoutes } from './key-life.ts';

/** What is known of one key and how it is used. */
export interface KeyFacts {
  readonly record: ApiKeyRecord;
  /** 0 where it never was. */
  readonly lastUsedMs: number;
  /** Different ones it was used from, as far as they are kept. */
  readonly addresses: number;
  readonly agents: number;
  /** Routes that let it through at least once. */
  readonly routesUsed: ReadonlySet<string>;
  /** With an open finding of a leak. */
  readonly isLeaked: boolean;
  /** When its successor was made, 0 without one; and whether that is used. */
  readonly successorSinceMs: number;
  readonly isSuccessorUsed: boolean;
}

export interface KeyWeakness {
  readonly name: WeaknessName;
  /** Whole and above 0. */
  readonly points: number;
  readonly detail: string;
}

/** The most each weakness costs; documented in docs/guides/credentials.md. */
export const WEAKNESS_POINTS = {
  leaked: 60,
  rotated_still_used: 20,
  idle: 20,
  never_expires: 15,
  old: 15,
  unused_scopes: 15,
  ends_soon: 10,
  unconfined: 10,
  many_addresses: 10,
  many_agents: 5,
  routes_gone: 5,
} as const;
export type WeaknessName = keyof typeof WEAKNESS_POINTS;

export const PENALTY_MAX = 100;
const DAY_MS = 86_400_000;
/** After so many days a key is as idle, or as old, as it gets. */
const IDLE_DAYS_FULL = 90;
const OLD_DAYS_FULL = 365;

/** In less time what a key has no use for is not known: a job of every week has not run. */
export const WATCHED_DAYS_MIN = 7;

/** How one key stands. */
export interface KeyHealth {
  readonly keyId: string;
  readonly consumer: string;
  readonly status: string;
  readonly ageDays: number;
  readonly lastUsedMs: number;
  readonly idleDays: number;
  /** Since it could be used, and so for how long its use has been watched. */
  readonly watchedDays: number;
  /** False: nothing is said yet of what it has no use for. */
  readonly isWatchedEnough: boolean;
  readonly expiresAtMs: number;
  readonly successorId: string;
  readonly isSuccessorUsed: boolean;
  readonly addresses: number;
  readonly agents: number;
  /** Up to now, however long it has been watched. */
  readonly unusedScopes: readonly string[];
  /** The points of all weaknesses together, at most 100. */
  readonly penalty: number;
  readonly weaknesses: readonly KeyWeakness[];
}

/**
 * Judges one key. Each weakness costs points, at most those of `WEAKNESS_POINTS`:
 *
 * - `leaked` 60, `rotated_still_used` 20, `never_expires` 15, `ends_soon` 10, `unconfined` 10 (no routes, no address blocks
 *   and no limits of its own) and `routes_gone` 5: whole or not at all;
 * - `idle` 20 × idle days ÷ 90 and `old` 15 × age in days ÷ 365, never more than whole;
 * - `unused_scopes` 15 × scopes no route that let the key through asks for ÷ scopes held, of a key that was watched for `WATCHED_DAYS_MIN`;
 * - `many_addresses` and `many_agents` 1 for each one beyond the first, up to 10 and 5.
 *
 * A key that was replaced is meant to end: that it does soon is no weakness. Fractions are cut off. The penalty is the sum, at most 100. `scopesOfRoute`: what each configured route asks for.
 */
export function healthOfKey(
  facts: KeyFacts,
  scopesOfRoute: ReadonlyMap<string, readonly string[]>,
  settings: KeyLifeSettings,
  nowMs: number,
): KeyHealth {
  const { record, lastUsedMs, addresses, agents } = facts;
  const { keyId, consumer, status, expiresAtMs, successorId, scopes } = record;
  const ageDays = days(nowMs - record.createdAtMs);
  const watchedDays = days(nowMs - Math.max(record.createdAtMs, record.notBeforeMs));
  const isWatchedEnough = watchedDays >= WATCHED_DAYS_MIN;
  const idleDays = days(nowMs - lastSignOfLife(record, lastUsedMs));
  const exercised = new Set([...facts.routesUsed].flatMap((route) => scopesOfRoute.get(route) ?? []));
  const unusedScopes = scopes.filter((scope) => !exercised.has(scope));
  const gone = missingRoutes(record, new Set(scopesOfRoute.keys()));
  const isUsedAfterRotation = facts.successorSinceMs > 0 && lastUsedMs > facts.successorSinceMs;
  const isUnconfined = [record.routes, record.allowedCidrs, record.limits].every((list) => list.length === 0);
  const unusedShare = isWatchedEnough && scopes.length > 0 ? unusedScopes.length / scopes.length : 0;
  const isEndingUnreplaced = successorId === '' && endsSoon(record, false, nowMs, settings);
  const weaknesses = [
    weakness('leaked', facts.isLeaked ? 1 : 0, ''),
    weakness('rotated_still_used', isUsedAfterRotation ? 1 : 0, successorId),
    weakness('idle', idleDays / IDLE_DAYS_FULL, `${idleDays} days`),
    weakness('never_expires', expiresAtMs === 0 ? 1 : 0, ''),
    weakness('old', ageDays / OLD_DAYS_FULL, `${ageDays} days`),
    weakness('unused_scopes', unusedShare, shownTexts(unusedScopes)),
    weakness('ends_soon', isEndingUnreplaced ? 1 : 0, ''),
    weakness('unconfined', isUnconfined ? 1 : 0, ''),
    weakness('many_addresses', (addresses - 1) / WEAKNESS_POINTS.many_addresses, `${addresses}`),
    weakness('many_agents', (agents - 1) / WEAKNESS_POINTS.many_agents, `${agents}`),
    weakness('routes_gone', gone.length > 0 ? 1 : 0, shownTexts(gone)),
  ].filter(({ points }) => points > 0);
  const penalty = Math.min(
    PENALTY_MAX,
    weaknesses.reduce((sum, { points }) => sum + points, 0),
  );
  return {
    keyId,
    consumer,
    status,
    ageDays,
    lastUsedMs,
    idleDays,
    watchedDays,
    isWatchedEnough,
    expiresAtMs,
    successorId,
    isSuccessorUsed: facts.isSuccessorUsed,
    addresses,
    agents,
    unusedScopes,
    penalty,
    weaknesses,
  };
}

/**
 * How well the credentials of a consumer are kept, from 0 to 100: 100 less the mean of its worst key's penalty and the
 * average penalty, rounded up. One bad key cannot hide among many good ones, and many bad ones weigh more than one. Without
 * keys there is nothing to lose: 100. Where any penalty grows, the score never does.
 */
export function consumerScore(penalties: readonly number[]): number {
  if (penalties.length === 0) return 100;
  let [worst, sum] = [0, 0];
  for (const penalty of penalties) {
    const bounded = Math.min(PENALTY_MAX, Math.max(0, penalty));
    worst = Math.max(worst, bounded);
    sum += bounded;
  }
  return 100 - Math.ceil((worst + sum / penalties.length) / 2);
}

/** `share`: from 0, nothing of it, to 1, the whole. */
function weakness(name: WeaknessName, share: number, detail: string): KeyWeakness {
  const most = WEAKNESS_POINTS[name];
  // A tenth of ten is a whole point, although 0.1 × 10 need not be exactly 1.
  return { name, points: Math.min(most, Math.max(0, Math.floor(share * most + 1e-9))), detail };
}

function days(ms: number): number {
  return Math.max(0, Math.floor(ms / DAY_MS));
}

const TEXTS_SHOWN_MAX = 5;

function shownTexts(texts: readonly string[]): string {
  return texts.length <= TEXTS_SHOWN_MAX ? texts.join(' ') : `${texts.slice(0, TEXTS_SHOWN_MAX).join(' ')} …`;
}
