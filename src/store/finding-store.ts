import { type Kysely, sql } from 'kysely';
import { type Decoy, type Finding, SEVERITIES } from '../core/finding.ts';
import type { AlertStore, DecoyStore, FindingStore } from '../ports.ts';
import type { StoreSchema } from './schema.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** Findings as documents beside what they are looked up by. */
export function findingStore(database: Kysely<StoreSchema>, guarded: Guard): FindingStore {
  return {
    find: (id) =>
      guarded(async () => {
        const row = await database.selectFrom('finding').select('document').where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : findingIn(row.document);
      }),
    put: (finding) =>
      guarded(async () => {
        const change = {
          status: finding.status,
          last_ms: Math.floor(finding.lastMs),
          document: JSON.stringify(finding),
        };
        await database
          .insertInto('finding')
          .values({ id: finding.id, ...change })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(change))
          .execute();
      }),
    countOpen: () =>
      guarded(async () => {
        const rows = await database
          .selectFrom('finding')
          .select([sql<string>`document ->> '$.severity'`.as('severity'), sql<number>`count(*)`.as('count')])
          .where('status', '=', 'open')
          .groupBy('severity')
          .execute();
        const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
        for (const severity of SEVERITIES)
          counts[severity] = Number(rows.find((row) => row.severity === severity)?.count ?? 0);
        return counts;
      }),
    list: ({ status, detector, severity, actor, before, limit }) =>
      guarded(async () => {
        let query = database
          .selectFrom('finding')
          .select('document')
          .orderBy('last_ms', 'desc')
          .orderBy('id', 'desc')
          .limit(limit);
        if (status !== undefined) query = query.where('status', '=', status);
        if (detector !== undefined) query = query.where(sql`document ->> '$.detector'`, '=', detector);
        if (severity !== undefined) query = query.where(sql`document ->> '$.severity'`, '=', severity);
        if (actor !== undefined) query = query.where(sql`document ->> '$.actor'`, '=', actor);
        if (before !== undefined)
          query = query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('last_ms', 'id'), '<', tuple(Math.floor(before.lastMs), before.id)),
          );
        return (await query.execute()).map(({ document }) => findingIn(document));
      }),
  };
}

/** Findings of earlier releases have no timeline. */
function findingIn(document: string): Finding {
  return { timeline: [], hourly: [], ...(JSON.parse(document) as Omit<Finding, 'timeline' | 'hourly'>) };
}

export function decoyStore(database: Kysely<StoreSchema>, guarded: Guard): DecoyStore {
  return {
    put: ({ id, kind, place, createdAtMs }) =>
      guarded(async () => {
        const change = { kind, place, created_at_ms: createdAtMs };
        await database
          .insertInto('decoy')
          .values({ id, ...change })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(change))
          .execute();
      }),
    remove: (id) =>
      guarded(async () => {
        const result = await database.deleteFrom('decoy').where('id', '=', id).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    list: () =>
      guarded(async () => {
        const rows = await database.selectFrom('decoy').selectAll().orderBy('created_at_ms').orderBy('id').execute();
        return rows.map(
          ({ id, kind, place, created_at_ms }): Decoy => ({ id, kind, place, createdAtMs: created_at_ms }),
        );
      }),
  };
}

export function alertStore(database: Kysely<StoreSchema>, guarded: Guard): AlertStore {
  return {
    put: ({ id, body, createdAtMs, dueAtMs, tries }) =>
      guarded(async () => {
        const change = { body, created_at_ms: createdAtMs, due_at_ms: Math.floor(dueAtMs), tries };
        await database
          .insertInto('alert')
          .values({ id, ...change })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(change))
          .execute();
      }),
    due: (nowMs, limit) =>
      guarded(async () => {
        const rows = await database
          .selectFrom('alert')
          .selectAll()
          .where('due_at_ms', '<=', Math.floor(nowMs))
          .orderBy('created_at_ms')
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(({ id, body, created_at_ms, due_at_ms, tries }) => ({
          id,
          body,
          createdAtMs: created_at_ms,
          dueAtMs: due_at_ms,
          tries,
        }));
      }),
    remove: (id) =>
      guarded(async () => {
        await database.deleteFrom('alert').where('id', '=', id).execute();
      }),
  };
}
