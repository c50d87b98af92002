import type { Kysely, Selectable, Updateable } from 'kysely';
import type { LimitRule } from '../core/configuration.ts';
import type { ApiKeyRecord } from '../core/credential.ts';
import type { ApiKeyChange, KeyStore } from '../ports.ts';
import type { StoreDialect } from './control-store.ts';
import type { ApiKeyRow, StoreSchema } from './schema.ts';
import { StoreError } from './store-error.ts';

/** Rows of one statement, which has room for 32,766 values. */
const INSERT_ROWS_MAX = 1_000;

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** API keys, and the sealed answers that were made with them. */
export function keyStore(dialect: StoreDialect, guarded: Guard): KeyStore {
  const { database } = dialect;
  return {
    insert: (keys) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (let from = 0; from < keys.length; from += INSERT_ROWS_MAX)
            await transaction
              .insertInto('api_key')
              .values(keys.slice(from, from + INSERT_ROWS_MAX).map(rowOf))
              .execute();
        }),
      ),
    find: (keyId) =>
      guarded(async () => {
        const row = await database.selectFrom('api_key').selectAll().where('key_id', '=', keyId).executeTakeFirst();
        return row === undefined ? undefined : recordOf(row);
      }),
    list: ({ consumer, status, afterKeyId, limit }) =>
      guarded(async () => {
        let query = database.selectFrom('api_key').selectAll().orderBy('key_id').limit(limit);
        if (consumer !== undefined) query = query.where('consumer', '=', consumer);
        if (status !== undefined) query = query.where('status', '=', status);
        if (afterKeyId !== undefined) query = query.where('key_id', '>', afterKeyId);
        return (await query.execute()).map(recordOf);
      }),
    update: (keyId, change) => guarded(() => updateKey(database, keyId, change)),
    rotate: (keyId, change, successor, answer) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          const rotated = await transaction
            .updateTable('api_key')
            .set(changedColumns(change))
            .where('key_id', '=', keyId)
            .where('status', '=', 'active')
            .where('successor_id', '=', '')
            .executeTakeFirst();
          if (rotated.numUpdatedRows === 0n) return false;
          await transaction.insertInto('api_key').values(rowOf(successor)).execute();
          if (answer !== undefined)
            await transaction
              .insertInto('sealed_answer')
              .values({ id: answer.id, sealed: Buffer.from(answer.sealed), expires_at_ms: answer.expiresAtMs })
              .onConflict((conflict) =>
                conflict.column('id').doUpdateSet({
                  sealed: Buffer.from(answer.sealed),
                  expires_at_ms: answer.expiresAtMs,
                }),
              )
              .execute();
          return true;
        }),
      ),
    findAnswer: (id, nowMs) =>
      guarded(async () => {
        const row = await database
          .selectFrom('sealed_answer')
          .selectAll()
          .where('id', '=', id)
          .where('expires_at_ms', '>', Math.floor(nowMs))
          .executeTakeFirst();
        return row === undefined ? undefined : { id, sealed: row.sealed, expiresAtMs: row.expires_at_ms };
      }),
    pruneAnswers: (nowMs) =>
      guarded(async () => {
        await database.deleteFrom('sealed_answer').where('expires_at_ms', '<=', Math.floor(nowMs)).execute();
      }),
    revokeMany: (keyIds, change) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          const changed: string[] = [];
          for (let from = 0; from < keyIds.length; from += INSERT_ROWS_MAX) {
            const rows = await transaction
              .updateTable('api_key')
              .set(changedColumns(change))
              .where('key_id', 'in', keyIds.slice(from, from + INSERT_ROWS_MAX))
              .where('status', '!=', 'revoked')
              .returning('key_id')
              .execute();
            for (const { key_id } of rows) changed.push(key_id);
          }
          return changed;
        }),
      ),
    count: () =>
      guarded(async () => {
        const row = await database
          .selectFrom('api_key')
          .select(({ fn }) => fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
        return Number(row.count);
      }),
    scan: (visit) => guarded(() => dialect.scanKeys((row) => visit(recordOf(row)))),
  };
}

async function updateKey(database: Kysely<StoreSchema>, keyId: string, change: ApiKeyChange): Promise<boolean> {
  const result = await database
    .updateTable('api_key')
    // A name set to itself keeps a change of nothing a statement, which still says whether the key is there.
    .set(({ ref }) => ({ name: ref('name'), ...changedColumns(change) }))
    .where('key_id', '=', keyId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function changedColumns(change: ApiKeyChange): Updateable<ApiKeyRow> {
  return {
    ...(change.status === undefined ? {} : { status: change.status }),
    ...(change.expiresAtMs === undefined ? {} : { expires_at_ms: change.expiresAtMs }),
    ...(change.successorId === undefined ? {} : { successor_id: change.successorId }),
    ...(change.revokedAtMs === undefined ? {} : { revoked_at_ms: change.revokedAtMs }),
    ...(change.revokedReason === undefined ? {} : { revoked_reason: change.revokedReason }),
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.scopes === undefined ? {} : { scopes: JSON.stringify(change.scopes) }),
    ...(change.allowedCidrs === undefined ? {} : { allowed_cidrs: JSON.stringify(change.allowedCidrs) }),
    ...(change.routes === undefined ? {} : { routes: JSON.stringify(change.routes) }),
    ...(change.limits === undefined ? {} : { limits: JSON.stringify(change.limits) }),
    ...(change.idleSeconds === undefined ? {} : { idle_seconds: change.idleSeconds }),
    ...(change.enabledAtMs === undefined ? {} : { enabled_at_ms: change.enabledAtMs }),
    ...(change.disabledReason === undefined ? {} : { disabled_reason: change.disabledReason }),
  };
}

function rowOf(key: ApiKeyRecord): Selectable<ApiKeyRow> {
  return {
    key_id: key.keyId,
    consumer: key.consumer,
    digest: Buffer.from(key.digest),
    pepper_version: key.pepperVersion,
    is_foreign: key.foreign ? 1 : 0,
    name: key.name,
    scopes: JSON.stringify(key.scopes),
    allowed_cidrs: JSON.stringify(key.allowedCidrs),
    status: key.status,
    created_at_ms: key.createdAtMs,
    not_before_ms: key.notBeforeMs,
    expires_at_ms: key.expiresAtMs,
    successor_id: key.successorId,
    revoked_at_ms: key.revokedAtMs,
    revoked_reason: key.revokedReason,
    routes: JSON.stringify(key.routes),
    limits: JSON.stringify(key.limits),
    idle_seconds: key.idleSeconds,
    enabled_at_ms: key.enabledAtMs,
    disabled_reason: key.disabledReason,
    family_id: key.familyId,
  };
}

function recordOf(row: Selectable<ApiKeyRow>): ApiKeyRecord {
  return {
    keyId: row.key_id,
    consumer: row.consumer,
    digest: row.digest,
    pepperVersion: row.pepper_version,
    foreign: row.is_foreign === 1,
    name: row.name,
    scopes: textsOf(row.scopes),
    allowedCidrs: textsOf(row.allowed_cidrs),
    status: row.status,
    createdAtMs: row.created_at_ms,
    notBeforeMs: row.not_before_ms,
    expiresAtMs: row.expires_at_ms,
    successorId: row.successor_id,
    revokedAtMs: row.revoked_at_ms,
    revokedReason: row.revoked_reason,
    routes: textsOf(row.routes),
    limits: limitsOf(row.limits),
    idleSeconds: row.idle_seconds,
    enabledAtMs: row.enabled_at_ms,
    disabledReason: row.disabled_reason,
    familyId: row.family_id,
  };
}

const EMPTY: readonly string[] = Object.freeze([]);
const NO_LIMITS: readonly LimitRule[] = Object.freeze([]);

/** A list that is no list of texts makes the key unusable rather than unrestricted. */
export function textsOf(text: string): readonly string[] {
  if (text === '[]') return EMPTY;
  const value = parsed(text);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new StoreError('corrupt', 'a row holds a list of another shape');
  return value;
}

/** Their numbers are judged where they are compiled, which refuses the call; a row that is no list of rules at all is corrupt. */
function limitsOf(text: string): readonly LimitRule[] {
  if (text === '[]') return NO_LIMITS;
  const value = parsed(text);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'object' && item !== null && 'kind' in item))
    throw new StoreError('corrupt', 'a row holds limits of another shape');
  return value as LimitRule[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new StoreError('corrupt', 'a row holds a list that cannot be read', { cause: error });
  }
}
