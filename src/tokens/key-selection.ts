import { type KeyCare, lastUses, leakedSubjects, pagesOfKeys } from './key-care.ts';
import { lastSignOfLife } from './key-life.ts';
import { type KeyResult, refused } from './key-result.ts';

/** Which keys are meant: those that fit every field that is given. Times are Unix milliseconds. */
export interface KeySelection {
  readonly consumer?: string;
  /** With an open finding of a leak. */
  readonly leaked?: boolean;
  readonly createdBeforeMs?: number;
  readonly createdAfterMs?: number;
  /** Not used since then; being made and being enabled count as use. */
  readonly unusedSinceMs?: number;
}

/** More at once would hold every other change of keys for too long. */
const SELECTED_MAX = 100_000;

/** The keys that are not revoked and fit, in the order of ids. Something has to be asked: nobody means all keys by accident. */
export async function selectKeys(
  care: KeyCare,
  { consumer, leaked, createdBeforeMs, createdAfterMs, unusedSinceMs }: KeySelection,
): Promise<KeyResult<{ readonly keyIds: readonly string[] }>> {
  if ([consumer, createdBeforeMs, createdAfterMs, unusedSinceMs].every((one) => one === undefined) && leaked !== true)
    return refused('invalid', 'say which keys: consumer, leaked, createdBeforeMs, createdAfterMs or unusedSinceMs');
  await care.flush();
  const subjects = leaked === true ? await leakedSubjects(care) : undefined;
  const keyIds: string[] = [];
  for await (const page of pagesOfKeys(care, consumer === undefined ? {} : { consumer })) {
    const fitting = page.filter(
      ({ keyId, status, createdAtMs }) =>
        status !== 'revoked' &&
        (subjects?.has(keyId) ?? true) &&
        (createdBeforeMs === undefined || createdAtMs < createdBeforeMs) &&
        (createdAfterMs === undefined || createdAtMs > createdAfterMs),
    );
    const uses =
      unusedSinceMs === undefined
        ? undefined
        : await lastUses(
            care,
            fitting.map(({ keyId }) => keyId),
          );
    for (const record of fitting)
      if (unusedSinceMs === undefined || lastSignOfLife(record, uses?.get(record.keyId)?.lastMs ?? 0) < unusedSinceMs)
        keyIds.push(record.keyId);
    if (keyIds.length > SELECTED_MAX) return refused('invalid', `more than ${SELECTED_MAX} keys fit: say more`);
  }
  return { ok: true, keyIds };
}

/** Each round ends what the one before could not know of yet, such as the successor of a key that was rotated meanwhile. */
const ROUNDS_MAX = 5;

/** Ends every key that fits: in memory at once, in the store all of a round or none. */
export async function revokeSelected(
  care: KeyCare,
  selection: KeySelection,
  reason: string,
): Promise<KeyResult<{ readonly keyIds: readonly string[] }>> {
  const ended: string[] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const selected = await selectKeys(care, selection);
    if (!selected.ok) return selected;
    if (selected.keyIds.length === 0) break;
    const result = await care.keys.revokeMany(selected.keyIds, reason);
    if (!result.ok) return result;
    ended.push(...result.revoked);
  }
  return { ok: true, keyIds: ended };
}
