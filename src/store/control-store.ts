import { type Kysely, type Selectable, sql } from 'kysely';
import type { Consumer, TokenRevocation } from '../core/credential.ts';
import type { UsageCount } from '../core/usage.ts';
import type {
  AccountStore,
  AlertStore,
  CallCountStore,
  ConsumerStore,
  DecoyStore,
  FindingStore,
  KeyStore,
  ModeOverride,
  OAuthClientStore,
  OAuthRecordStore,
  ParameterStore,
  PayloadExceptionStore,
  RevocationStore,
  SettingStore,
  SigningKeyStore,
  UsageStore,
} from '../ports.ts';
import { accountStore } from './account-store.ts';
import { callCountStore } from './call-count-store.ts';
import { alertStore, decoyStore, findingStore } from './finding-store.ts';
import { keyStore, textsOf } from './key-store.ts';
import { oauthClientStore, oauthRecordStore, signingKeyStore } from './oauth-store.ts';
import { parameterStore } from './parameter-store.ts';
import { payloadExceptionStore } from './payload-exception-store.ts';
import type { ApiKeyRow, ConsumerRow, KeyUsageRow, StoreSchema, TokenRevocationRow } from './schema.ts';
import { StoreError } from './store-error.ts';

/** What differs between databases. */
export interface StoreDialect {
  readonly database: Kysely<StoreSchema>;
  /** Turns what the driver throws into a StoreError. */
  translate(error: unknown): StoreError;
  /** Visits every key without holding them all in memory. */
  scanKeys(visit: (row: Selectable<ApiKeyRow>) => void): Promise<void>;
}

export interface ControlStore {
  readonly keys: KeyStore;
  readonly consumers: ConsumerStore;
  readonly settings: SettingStore;
  readonly revocations: RevocationStore;
  readonly usage: UsageStore;
  readonly findings: FindingStore;
  readonly parameters: ParameterStore;
  readonly payloadExceptions: PayloadExceptionStore;
  readonly decoys: DecoyStore;
  readonly alerts: AlertStore;
  readonly oauthRecords: OAuthRecordStore;
  readonly oauthClients: OAuthClientStore;
  readonly signingKeys: SigningKeyStore;
  readonly accounts: AccountStore;
  readonly callCounts: CallCountStore;
}

/** Rows of one INSERT: a statement has room for 32,766 values. */
const INSERT_ROWS_MAX = 1_000;

/** The stores of the control plane over one database; the queries are the same for every dialect. */
export function controlStore(dialect: StoreDialect): ControlStore {
  const { database } = dialect;
  const guarded = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw error instanceof StoreError ? error : dialect.translate(error);
    }
  };
  return {
    keys: keyStore(dialect, guarded),
    consumers: consumerStore(database, guarded),
    settings: settingStore(database, guarded),
    revocations: revocationStore(database, guarded),
    usage: usageStore(database, guarded),
    findings: findingStore(database, guarded),
    parameters: parameterStore(database, guarded),
    payloadExceptions: payloadExceptionStore(database, guarded),
    decoys: decoyStore(database, guarded),
    alerts: alertStore(database, guarded),
    oauthRecords: oauthRecordStore(database, guarded),
    oauthClients: oauthClientStore(database, guarded),
    signingKeys: signingKeyStore(database, guarded),
    accounts: accountStore(database, guarded),
    callCounts: callCountStore(database, guarded),
  };
}

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

function consumerStore(database: Kysely<StoreSchema>, guarded: Guard): ConsumerStore {
  return {
    upsert: (consumer) =>
      guarded(async () => {
        const { name, ...change } = consumerRowOf(consumer);
        await database
          .insertInto('consumer')
          .values({ name, ...change })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
          .execute();
      }),
    find: (name) =>
      guarded(async () => {
        const row = await database.selectFrom('consumer').selectAll().where('name', '=', name).executeTakeFirst();
        return row === undefined ? undefined : consumerOf(row);
      }),
    list: ({ afterName, limit }) =>
      guarded(async () => {
        let query = database.selectFrom('consumer').selectAll().orderBy('name').limit(limit);
        if (afterName !== undefined) query = query.where('name', '>', afterName);
        return (await query.execute()).map(consumerOf);
      }),
  };
}

function settingStore(database: Kysely<StoreSchema>, guarded: Guard): SettingStore {
  return {
    get: (name) =>
      guarded(
        async () =>
          (await database.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst())?.value,
      ),
    set: (name, value) =>
      guarded(async () => {
        await database
          .insertInto('setting')
          .values({ name, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute();
      }),
    remove: (name) =>
      guarded(async () => {
        await database.deleteFrom('setting').where('name', '=', name).execute();
      }),
    listModes: () =>
      guarded(async () => {
        const rows = await database.selectFrom('mode_override').selectAll().orderBy('set_at_ms').execute();
        return rows.map(
          ({ scope, target, mode, set_at_ms }): ModeOverride => ({ scope, target, mode, setAtMs: set_at_ms }),
        );
      }),
    setMode: ({ scope, target, mode, setAtMs }) =>
      guarded(async () => {
        await database
          .insertInto('mode_override')
          .values({ scope, target, mode, set_at_ms: setAtMs })
          .onConflict((conflict) => conflict.columns(['scope', 'target']).doUpdateSet({ mode, set_at_ms: setAtMs }))
          .execute();
      }),
    removeMode: (scope, target) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('mode_override')
          .where('scope', '=', scope)
          .where('target', '=', target)
          .executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
  };
}

function revocationStore(database: Kysely<StoreSchema>, guarded: Guard): RevocationStore {
  return {
    put: ({ kind, issuer, value, beforeSeconds, expiresAtMs, createdAtMs, reason }) =>
      guarded(async () => {
        const change = {
          before_seconds: beforeSeconds,
          expires_at_ms: expiresAtMs,
          created_at_ms: createdAtMs,
          reason,
        };
        await database
          .insertInto('token_revocation')
          .values({ issuer, kind, value, ...change })
          .onConflict((conflict) =>
            conflict.columns(['issuer', 'kind', 'value']).doUpdateSet({
              ...change,
              before_seconds: sql<number>`max(before_seconds, excluded.before_seconds)`,
              expires_at_ms: sql<number>`CASE WHEN min(expires_at_ms, excluded.expires_at_ms) = 0 THEN 0 ELSE max(expires_at_ms, excluded.expires_at_ms) END`,
            }),
          )
          .execute();
      }),
    remove: (kind, issuer, value) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('token_revocation')
          .where('issuer', '=', issuer)
          .where('kind', '=', kind)
          .where('value', '=', value)
          .executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    list: ({ after, limit }) =>
      guarded(async () => {
        let query = database
          .selectFrom('token_revocation')
          .selectAll()
          .orderBy('issuer')
          .orderBy('kind')
          .orderBy('value')
          .limit(limit);
        if (after !== undefined)
          query = query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('issuer', 'kind', 'value'), '>', tuple(after.issuer, after.kind, after.value)),
          );
        return (await query.execute()).map(revocationOf);
      }),
    prune: (nowMs) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('token_revocation')
          .where('expires_at_ms', '>', 0)
          .where('expires_at_ms', '<=', nowMs)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

function usageStore(database: Kysely<StoreSchema>, guarded: Guard): UsageStore {
  return {
    add: (counts) =>
      guarded(() =>
        database.transaction().execute(async (transaction) => {
          for (let from = 0; from < counts.length; from += INSERT_ROWS_MAX)
            await transaction
              .insertInto('key_usage')
              .values(
                counts.slice(from, from + INSERT_ROWS_MAX).map(({ keyId, kind, value, calls, refusals, ...times }) => ({
                  key_id: keyId,
                  kind,
                  value,
                  calls,
                  refusals,
                  first_ms: Math.floor(times.firstMs),
                  last_ms: Math.floor(times.lastMs),
                })),
              )
              .onConflict((conflict) =>
                conflict.columns(['key_id', 'kind', 'value']).doUpdateSet({
                  calls: sql<number>`calls + excluded.calls`,
                  refusals: sql<number>`refusals + excluded.refusals`,
                  first_ms: sql<number>`min(first_ms, excluded.first_ms)`,
                  last_ms: sql<number>`max(last_ms, excluded.last_ms)`,
                }),
              )
              .execute();
        }),
      ),
    ofKey: (keyId) =>
      guarded(async () => {
        const rows = await database
          .selectFrom('key_usage')
          .selectAll()
          .where('key_id', '=', keyId)
          .orderBy('kind')
          .orderBy('last_ms', 'desc')
          .orderBy('value')
          .execute();
        return rows.map(usageOf);
      }),
    totals: (keyIds) =>
      guarded(async () => {
        const found: UsageCount[] = [];
        for (let from = 0; from < keyIds.length; from += INSERT_ROWS_MAX) {
          const rows = await database
            .selectFrom('key_usage')
            .selectAll()
            .where('key_id', 'in', keyIds.slice(from, from + INSERT_ROWS_MAX))
            .where('kind', '=', 'total')
            .execute();
          found.push(...rows.map(usageOf));
        }
        return found;
      }),
    prune: (olderThanMs, valuesPerKeyMax) =>
      guarded(async () => {
        const old = await database
          .deleteFrom('key_usage')
          .where('kind', '!=', 'total')
          .where('last_ms', '<', Math.floor(olderThanMs))
          .executeTakeFirst();
        const many = await sql`DELETE FROM key_usage WHERE (key_id, kind, value) IN (
          SELECT key_id, kind, value FROM (
            SELECT key_id, kind, value, row_number() OVER (PARTITION BY key_id, kind ORDER BY last_ms DESC, value) AS place
            FROM key_usage WHERE kind != 'total'
          ) AS ranked WHERE place > ${valuesPerKeyMax})`.execute(database);
        return Number(old.numDeletedRows) + Number(many.numAffectedRows ?? 0);
      }),
  };
}

function usageOf(row: Selectable<KeyUsageRow>): UsageCount {
  return {
    keyId: row.key_id,
    kind: row.kind,
    value: row.value,
    calls: row.calls,
    refusals: row.refusals,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
  };
}

function revocationOf(row: Selectable<TokenRevocationRow>): TokenRevocation {
  return {
    kind: row.kind,
    issuer: row.issuer,
    value: row.value,
    beforeSeconds: row.before_seconds,
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
    reason: row.reason,
  };
}

function consumerRowOf(consumer: Consumer): ConsumerRow {
  return {
    name: consumer.name,
    groups: JSON.stringify(consumer.groups),
    tier: consumer.tier,
    disabled: consumer.disabled ? 1 : 0,
  };
}

function consumerOf(row: ConsumerRow): Consumer {
  return { name: row.name, groups: textsOf(row.groups), tier: row.tier, disabled: row.disabled !== 0 };
}
