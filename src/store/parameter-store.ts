import { type Kysely, type Selectable, sql } from 'kysely';
import type { ParameterStore, StoredParameter } from '../ports.ts';
import type { ParameterRow, StoreSchema } from './schema.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** Places of one look-up: a statement has room for 32,766 values. */
const PLACES_MAX = 1_000;

/** Parameters as documents beside what they are looked up by. */
export function parameterStore(database: Kysely<StoreSchema>, guarded: Guard): ParameterStore {
  return {
    find: (places) =>
      guarded(async () => {
        const found: StoredParameter[] = [];
        for (let from = 0; from < places.length; from += PLACES_MAX) {
          const some = places.slice(from, from + PLACES_MAX);
          const rows = await database.selectFrom('parameter').selectAll().where('place', 'in', some).execute();
          found.push(...rows.map(parameterOf));
        }
        return found;
      }),
    findById: (id) =>
      guarded(async () => {
        const row = await database.selectFrom('parameter').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : parameterOf(row);
      }),
    put: (parameters, bounds) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (const parameter of parameters) {
            const { place, ...change } = rowOf(parameter);
            await transaction
              .insertInto('parameter')
              .values({ place, ...change })
              .onConflict((conflict) => conflict.column('place').doUpdateSet(change))
              .execute();
          }
          for (const endpoint of new Set(parameters.map((one) => one.endpoint)))
            await dropLeastUsed(transaction, bounds.perEndpointMax, endpoint);
          await dropLeastUsed(transaction, bounds.max, undefined);
        }),
      ),
    remove: (id) =>
      guarded(async () => {
        const result = await database.deleteFrom('parameter').where('id', '=', id).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    list: ({ afterPlace, routeId, limit }) =>
      guarded(async () => {
        let query = database.selectFrom('parameter').selectAll().orderBy('place').limit(limit);
        if (afterPlace !== undefined) query = query.where('place', '>', afterPlace);
        // Ids of routes have no spaces: what begins so is of this route.
        if (routeId !== undefined) query = query.where('place', '>=', `${routeId} `).where('place', '<', `${routeId}!`);
        return (await query.execute()).map(parameterOf);
      }),
    effective: () =>
      guarded(() =>
        database.selectFrom('parameter').select(['place', 'endpoint', 'effect']).where('effect', '<>', '').execute(),
      ),
    pinned: () =>
      guarded(async () =>
        (await database.selectFrom('parameter').selectAll().where('pinned', '=', 1).execute()).map(parameterOf),
      ),
    prune: (olderThanMs) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('parameter')
          .where('last_ms', '<', Math.floor(olderThanMs))
          .where('pinned', '=', 0)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

async function dropLeastUsed(database: Kysely<StoreSchema>, max: number, endpoint: string | undefined): Promise<void> {
  let counted = database.selectFrom('parameter').select(sql<number>`count(*)`.as('rows'));
  if (endpoint !== undefined) counted = counted.where('endpoint', '=', endpoint);
  const over = Number((await counted.executeTakeFirst())?.rows ?? 0) - max;
  if (over <= 0) return;
  let least = database
    .selectFrom('parameter')
    .select('place')
    .orderBy('pinned')
    .orderBy('value_count')
    .orderBy('last_ms')
    .limit(over);
  if (endpoint !== undefined) least = least.where('endpoint', '=', endpoint);
  await database.deleteFrom('parameter').where('place', 'in', least).execute();
}

function rowOf({ id, endpoint, place, values, lastMs, pinned, effect, document }: StoredParameter): ParameterRow {
  const last_ms = Math.floor(lastMs);
  return { place, id, endpoint, value_count: values, last_ms, pinned: pinned ? 1 : 0, effect, document };
}

function parameterOf(row: Selectable<ParameterRow>): StoredParameter {
  const { place, id, endpoint, value_count, last_ms, pinned, effect, document } = row;
  return { id, endpoint, place, values: value_count, lastMs: last_ms, pinned: pinned === 1, effect, document };
}
