import type { ApiKeyRecord } from '../core/credential.ts';
import type { Observation } from '../core/finding.ts';
import type { UsageCount } from '../core/usage.ts';
import { type KeyCare, lastUses, pagesOfKeys } from './key-care.ts';
import { endsSoon, IDLE_REASON, isIdle, missingRoutes } from './key-life.ts';

export interface SweepResult {
  readonly looked: number;
  readonly disabled: number;
  readonly warned: number;
}

/**
 * Looks at every active key once: those unused for too long are disabled, and those that end soon or name routes that are
 * gone are told of, each once. Two sweeps must not run at the same time.
 *
 * A key that is used while it is swept stays in use. Counts are brought up to date before a key is judged, again before it
 * is disabled, and once more afterwards: one that was used after the sweep began is enabled again at once.
 */
export async function sweepKeys(care: KeyCare): Promise<SweepResult> {
  const { clock, store } = care;
  let [looked, disabled, warned] = [0, 0, 0];
  await care.flush();
  await store.pruneAnswers(clock.nowMs());
  for await (const page of pagesOfKeys(care, { status: 'active' })) {
    looked += page.length;
    disabled += await disableIdle(care, page);
    for (const record of page)
      for (const observation of await worthTelling(care, record)) {
        if (await care.isTold(observation)) continue;
        care.observe(observation);
        warned++;
      }
  }
  return { looked, disabled, warned };
}

async function disableIdle(care: KeyCare, page: readonly ApiKeyRecord[]): Promise<number> {
  const startedAtMs = care.clock.nowMs();
  const first = await stillIdle(care, page);
  if (first.length === 0) return 0;
  await care.flush();
  const disabled: ApiKeyRecord[] = [];
  for (const { keyId } of await stillIdle(care, first)) {
    const result = await care.keys.disable(keyId, IDLE_REASON);
    if (result.ok && result.record.disabledReason === IDLE_REASON) disabled.push(result.record);
  }
  const uses = await usesSince(care, disabled);
  let stay = 0;
  for (const record of disabled) {
    if ((uses.get(record.keyId)?.lastMs ?? 0) >= startedAtMs) await care.keys.enable(record.keyId, IDLE_REASON);
    else {
      stay++;
      care.observe(
        observed(
          record,
          'key.idle_disabled',
          'low',
          `the key ${record.keyId} of ${record.consumer} was not used for too long and is disabled`,
          startedAtMs,
        ),
      );
    }
  }
  return stay;
}

/** Where use can no longer be counted, nobody knows whether these were used: all are enabled again. */
async function usesSince(care: KeyCare, disabled: readonly ApiKeyRecord[]): Promise<ReadonlyMap<string, UsageCount>> {
  const keyIds = disabled.map(({ keyId }) => keyId);
  try {
    await care.flush();
    return await lastUses(care, keyIds);
  } catch (error) {
    for (const keyId of keyIds) await care.keys.enable(keyId, IDLE_REASON);
    throw error;
  }
}

async function stillIdle(care: KeyCare, records: readonly ApiKeyRecord[]): Promise<ApiKeyRecord[]> {
  const settings = care.settings();
  const nowMs = care.clock.nowMs();
  // Most keys are too young to be idle whatever their use: of those nothing is read.
  const old = records.filter((record) => isIdle(record, 0, nowMs, settings));
  if (old.length === 0) return [];
  const uses = await lastUses(
    care,
    old.map(({ keyId }) => keyId),
  );
  return old.filter((record) => isIdle(record, uses.get(record.keyId)?.lastMs ?? 0, nowMs, settings));
}

async function worthTelling(care: KeyCare, record: ApiKeyRecord): Promise<readonly Observation[]> {
  const nowMs = care.clock.nowMs();
  const told: Observation[] = [];
  const { keyId, consumer, successorId } = record;
  if (endsSoon(record, false, nowMs, care.settings())) {
    const isSuccessorUsed =
      successorId !== '' && ((await lastUses(care, [successorId])).get(successorId)?.calls ?? 0) > 0;
    if (endsSoon(record, isSuccessorUsed, nowMs, care.settings())) {
      const end = `the key ${keyId} of ${consumer} ends on ${new Date(record.expiresAtMs).toISOString().slice(0, 10)}`;
      const title =
        successorId === '' ? `${end} and has no successor` : `${end}, and its successor ${successorId} is not used yet`;
      told.push(observed(record, 'key.ends_soon', 'medium', title, nowMs));
    }
  }
  const gone = missingRoutes(record, new Set(care.routes().keys()));
  if (gone.length > 0)
    told.push(
      observed(
        record,
        'key.routes_gone',
        'medium',
        `the key ${keyId} of ${consumer} is confined to routes that are not there: ${gone.slice(0, 5).join(' ')}`,
        nowMs,
      ),
    );
  return told;
}

function observed(
  { keyId, consumer }: ApiKeyRecord,
  detector: string,
  severity: Observation['severity'],
  title: string,
  timeMs: number,
): Observation {
  return { detector, actor: consumer, subject: keyId, severity, certainty: 1, title, timeMs, requestId: '' };
}
