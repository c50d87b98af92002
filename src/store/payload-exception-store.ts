import { type Kysely, type Selectable, sql } from 'kysely';
import type { AddedException } from '../core/payload.ts';
import type { PayloadExceptionStore } from '../ports.ts';
import type { PayloadExceptionRow, StoreSchema } from './schema.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** Exceptions as rows; uses in a table of their own, since those of the configuration are counted as well. */
export function payloadExceptionStore(database: Kysely<StoreSchema>, guarded: Guard): PayloadExceptionStore {
  return {
    put: (exception, max) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          const { id, ...change } = rowOf(exception);
          const changed = await transaction
            .updateTable('payload_exception')
            .set(change)
            .where('id', '=', id)
            .executeTakeFirst();
          if (changed.numUpdatedRows > 0n) return true;
          const counted = await transaction
            .selectFrom('payload_exception')
            .select(sql<number>`count(*)`.as('rows'))
            .executeTakeFirst();
          if (Number(counted?.rows ?? 0) >= max) return false;
          await transaction
            .insertInto('payload_exception')
            .values({ id, ...change })
            .execute();
          return true;
        }),
      ),
    remove: (id) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          const row = await transaction
            .selectFrom('payload_exception')
            .selectAll()
            .where('id', '=', id)
            .executeTakeFirst();
          await transaction.deleteFrom('payload_exception').where('id', '=', id).execute();
          return row === undefined ? undefined : exceptionOf(row);
        }),
      ),
    list: () =>
      guarded(async () => {
        const rows = await database
          .selectFrom('payload_exception')
          .selectAll()
          .orderBy('route')
          .orderBy('path')
          .orderBy('class')
          .orderBy('consumer')
          .execute();
        return rows.map(exceptionOf);
      }),
    addUses: (uses) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (const { id, calls, sinceMs, lastMs } of uses)
            await transaction
              .insertInto('payload_exception_use')
              .values({ id, calls, since_ms: Math.floor(sinceMs), last_ms: Math.floor(lastMs) })
              .onConflict((conflict) =>
                conflict.column('id').doUpdateSet({
                  calls: sql<number>`calls + excluded.calls`,
                  since_ms: sql<number>`min(since_ms, excluded.since_ms)`,
                  last_ms: sql<number>`max(last_ms, excluded.last_ms)`,
                }),
              )
              .execute();
        }),
      ),
    uses: () =>
      guarded(async () => {
        const rows = await database.selectFrom('payload_exception_use').selectAll().orderBy('id').execute();
        return rows.map(({ id, calls, since_ms, last_ms }) => ({ id, calls, sinceMs: since_ms, lastMs: last_ms }));
      }),
    prune: (beforeMs, known) =>
      guarded(async () => {
        const before = Math.floor(beforeMs);
        const ended = await database
          .deleteFrom('payload_exception')
          .where('expires_at_ms', '<', before)
          .executeTakeFirst();
        const old = await database
          .selectFrom('payload_exception_use')
          .select('id')
          .where('since_ms', '<', before)
          .where('last_ms', '<', before)
          .execute();
        for (const { id } of old)
          if (!known.has(id)) await database.deleteFrom('payload_exception_use').where('id', '=', id).execute();
        return Number(ended.numDeletedRows);
      }),
  };
}

function rowOf(one: AddedException): PayloadExceptionRow {
  return {
    id: one.id,
    route: one.routeId,
    route_place: one.routePlace,
    path: one.path,
    class: one.class,
    consumer: one.consumer ?? '',
    reason: one.reason,
    added_by: one.addedBy,
    added_at_ms: Math.floor(one.addedMs),
    expires_at_ms: Math.floor(one.expiresMs),
  };
}

function exceptionOf(row: Selectable<PayloadExceptionRow>): AddedException {
  return {
    id: row.id,
    routeId: row.route,
    routePlace: row.route_place,
    path: row.path,
    class: row.class,
    consumer: row.consumer === '' ? undefined : row.consumer,
    reason: row.reason,
    addedBy: row.added_by,
    addedMs: row.added_at_ms,
    expiresMs: row.expires_at_ms,
  };
}
