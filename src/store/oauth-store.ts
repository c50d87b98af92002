import type { Kysely, Selectable } from 'kysely';
import type { OAuthClient, OAuthRecord, SigningKey } from '../core/issuer.ts';
import type { OAuthClientStore, OAuthRecordStore, SigningKeyStore } from '../ports.ts';
import type { OAuthRecordRow, StoreSchema } from './schema.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** Records of the authorization server; what is in them only it can read. */
export function oauthRecordStore(database: Kysely<StoreSchema>, guarded: Guard): OAuthRecordStore {
  const consumed = async (
    on: Kysely<StoreSchema>,
    { model, id, consumedAtSeconds, successor }: Pick<OAuthRecord, 'model' | 'id' | 'consumedAtSeconds' | 'successor'>,
  ): Promise<boolean> => {
    const result = await on
      .updateTable('oauth_record')
      .set({ consumed_at_seconds: consumedAtSeconds, successor })
      .where('model', '=', model)
      .where('id', '=', id)
      .where('consumed_at_seconds', '=', 0)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  };
  const put = async (on: Kysely<StoreSchema>, record: OAuthRecord): Promise<void> => {
    const { model, id, ...change } = rowOf(record);
    await on
      .insertInto('oauth_record')
      .values({ model, id, ...change })
      .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(change))
      .execute();
  };
  return {
    put: (record) => guarded(() => put(database, record)),
    putNew: (record, nowMs) =>
      guarded(async () => {
        const { model, id, ...change } = rowOf(record);
        const result = await database
          .insertInto('oauth_record')
          .values({ model, id, ...change })
          .onConflict((conflict) =>
            conflict
              .columns(['model', 'id'])
              .doUpdateSet(change)
              .where('oauth_record.expires_at_ms', '>', 0)
              .where('oauth_record.expires_at_ms', '<', Math.floor(nowMs)),
          )
          .executeTakeFirst();
        return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
      }),
    find: (model, id) =>
      guarded(async () => {
        const query = database.selectFrom('oauth_record').selectAll().where('model', '=', model).where('id', '=', id);
        const row = await query.executeTakeFirst();
        return row === undefined ? undefined : recordOf(row);
      }),
    findBy: (model, name, value) =>
      guarded(async () => {
        if (value === '') return undefined;
        const row = await database
          .selectFrom('oauth_record')
          .selectAll()
          .where('model', '=', model)
          .where(name === 'uid' ? 'uid' : 'user_code', '=', value)
          .executeTakeFirst();
        return row === undefined ? undefined : recordOf(row);
      }),
    consume: (model, id, consumedAtSeconds) =>
      guarded(() => consumed(database, { model, id, consumedAtSeconds, successor: NOTHING })),
    replace: (old, successor) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          if (!(await consumed(transaction, old))) return false;
          await put(transaction, successor);
          return true;
        }),
      ),
    countGraceUse: (model, id) =>
      guarded(async () => {
        const row = await database
          .updateTable('oauth_record')
          .set(({ eb }) => ({ grace_uses: eb('grace_uses', '+', 1) }))
          .where('model', '=', model)
          .where('id', '=', id)
          .returning('grace_uses')
          .executeTakeFirst();
        return row?.grace_uses ?? 0;
      }),
    remove: (model, id) =>
      guarded(async () => {
        await database.deleteFrom('oauth_record').where('model', '=', model).where('id', '=', id).execute();
      }),
    removeByGrant: (model, grant) =>
      guarded(async () => {
        if (grant === '') return;
        await database.deleteFrom('oauth_record').where('grant_id', '=', grant).where('model', '=', model).execute();
      }),
    prune: (nowMs) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('oauth_record')
          .where('expires_at_ms', '>', 0)
          .where('expires_at_ms', '<', Math.floor(nowMs))
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

export function oauthClientStore(database: Kysely<StoreSchema>, guarded: Guard): OAuthClientStore {
  return {
    insert: (client) =>
      guarded(async () => {
        const result = await database
          .insertInto('oauth_client')
          .values({ id: client.id, document: JSON.stringify(client) })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirst();
        return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
      }),
    replace: (client) =>
      guarded(async () => {
        const result = await database
          .updateTable('oauth_client')
          .set({ document: JSON.stringify(client) })
          .where('id', '=', client.id)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),
    find: (id) =>
      guarded(async () => {
        const row = await database
          .selectFrom('oauth_client')
          .select('document')
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : (JSON.parse(row.document) as OAuthClient);
      }),
    list: ({ afterId, limit }) =>
      guarded(async () => {
        let query = database.selectFrom('oauth_client').select('document').orderBy('id').limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        return (await query.execute()).map(({ document }) => JSON.parse(document) as OAuthClient);
      }),
    remove: (id) =>
      guarded(async () => {
        const result = await database.deleteFrom('oauth_client').where('id', '=', id).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
  };
}

export function signingKeyStore(database: Kysely<StoreSchema>, guarded: Guard): SigningKeyStore {
  return {
    list: () =>
      guarded(async () => {
        const rows = await database
          .selectFrom('signing_key')
          .selectAll()
          .orderBy('created_at_ms')
          .orderBy('kid')
          .execute();
        return rows.map(({ document, sealed }) => ({
          ...(JSON.parse(document) as Omit<SigningKey, 'sealedPrivateJwk'>),
          sealedPrivateJwk: sealed,
        }));
      }),
    change: (put, removed) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (const { sealedPrivateJwk: sealed, ...rest } of put) {
            const change = { created_at_ms: rest.createdAtMs, document: JSON.stringify(rest), sealed };
            await transaction
              .insertInto('signing_key')
              .values({ kid: rest.kid, ...change })
              .onConflict((conflict) => conflict.column('kid').doUpdateSet(change))
              .execute();
          }
          if (removed.length > 0) await transaction.deleteFrom('signing_key').where('kid', 'in', removed).execute();
        }),
      ),
  };
}

const NOTHING = new Uint8Array(0);

function rowOf(record: OAuthRecord): Selectable<OAuthRecordRow> {
  return {
    model: record.model,
    id: record.id,
    payload: record.payload,
    expires_at_ms: record.expiresAtMs,
    grant_id: record.grant,
    uid: record.uid,
    user_code: record.userCode,
    consumed_at_seconds: record.consumedAtSeconds,
    successor: record.successor,
    grace_uses: record.graceUses,
  };
}

function recordOf(row: Selectable<OAuthRecordRow>): OAuthRecord {
  return {
    model: row.model,
    id: row.id,
    payload: row.payload,
    expiresAtMs: row.expires_at_ms,
    grant: row.grant_id,
    uid: row.uid,
    userCode: row.user_code,
    consumedAtSeconds: row.consumed_at_seconds,
    successor: row.successor,
    graceUses: row.grace_uses,
  };
}
