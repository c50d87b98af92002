import type { Kysely } from 'kysely';
import type { CallCountStore } from '../ports.ts';
import type { StoreSchema } from './schema.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** Rows of one statement: it has room for 32,766 values. */
const ROWS_MAX = 1_000;

/** Added-up calls as documents beside the time they are of. */
export function callCountStore(database: Kysely<StoreSchema>, guarded: Guard): CallCountStore {
  return {
    list: () =>
      guarded(async () => {
        const rows = await database.selectFrom('call_count').selectAll().orderBy('start_ms').execute();
        return rows.map(({ start_ms, span_ms, document }) => ({ startMs: start_ms, spanMs: span_ms, document }));
      }),
    change: (put, removed) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (let from = 0; from < put.length; from += ROWS_MAX)
            await transaction
              .replaceInto('call_count')
              .values(
                put
                  .slice(from, from + ROWS_MAX)
                  .map(({ startMs, spanMs, document }) => ({ start_ms: startMs, span_ms: spanMs, document })),
              )
              .execute();
          for (const { startMs, spanMs } of removed)
            await transaction
              .deleteFrom('call_count')
              .where('start_ms', '=', startMs)
              .where('span_ms', '=', spanMs)
              .execute();
        }),
      ),
  };
}
