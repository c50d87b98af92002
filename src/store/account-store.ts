import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import type { Account, Passkey } from '../core/account.ts';
import { CONSOLE_ROLES } from '../core/console-role.ts';
import type { AccountChange, AccountStore } from '../ports.ts';
import type { AccountRow, PasskeyRow, StoreSchema } from './schema.ts';
import { StoreError } from './store-error.ts';

type Guard = <T>(action: () => Promise<T>) => Promise<T>;

/** People who may sign in, and their passkeys. */
export function accountStore(database: Kysely<StoreSchema>, guarded: Guard): AccountStore {
  const selected = () => database.selectFrom('account').selectAll();
  const one = async (query: ReturnType<typeof selected>): Promise<Account | undefined> => {
    const row = await query.executeTakeFirst();
    return row === undefined ? undefined : accountOf(row);
  };
  return {
    insert: (account) =>
      unlessTaken(() => guarded(() => database.insertInto('account').values(rowOf(account)).execute())),
    find: (id) => guarded(() => one(selected().where('id', '=', id))),
    findByName: (name) => guarded(() => one(selected().where('name', '=', name))),
    findByUpstream: ({ issuer, subject }) =>
      guarded(async () =>
        issuer === ''
          ? undefined
          : one(selected().where('upstream_issuer', '=', issuer).where('upstream_subject', '=', subject)),
      ),
    list: ({ afterName, limit }) =>
      guarded(async () => {
        let query = selected().orderBy('name').limit(limit);
        if (afterName !== undefined) query = query.where('name', '>', afterName);
        return (await query.execute()).map(accountOf);
      }),
    update: async (id, change) => {
      let changed = 0n;
      const free = await unlessTaken(() =>
        guarded(async () => {
          const result = await database
            .updateTable('account')
            .set(({ ref }) => ({ name: ref('name'), ...changedColumns(change) }))
            .where('id', '=', id)
            .executeTakeFirst();
          changed = result.numUpdatedRows;
        }),
      );
      return free && changed > 0n;
    },
    remove: (id) =>
      guarded(async () => {
        const result = await database.deleteFrom('account').where('id', '=', id).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    setInvite: (id, invite) =>
      guarded(async () => {
        const result = await database
          .updateTable('account')
          .set({ invite_digest: invite?.digest ?? '', invite_expires_at_ms: Math.floor(invite?.expiresAtMs ?? 0) })
          .where('id', '=', id)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),
    findByInvite: (digest, nowMs) =>
      guarded(async () =>
        digest === ''
          ? undefined
          : one(selected().where('invite_digest', '=', digest).where('invite_expires_at_ms', '>', Math.floor(nowMs))),
      ),
    acceptInvite: (digest, nowMs, gain) =>
      unlessTaken(() =>
        guarded(() =>
          database.transaction().execute(async (transaction) => {
            if (digest === '') throw new InviteOver();
            const result = await transaction
              .updateTable('account')
              .set({
                invite_digest: '',
                invite_expires_at_ms: 0,
                ...(gain.kind === 'password' ? { password_hash: gain.passwordHash } : {}),
              })
              .where('invite_digest', '=', digest)
              .where('invite_expires_at_ms', '>', Math.floor(nowMs))
              .where('disabled', '=', 0)
              .$if(gain.kind === 'passkey', (query) =>
                query.where('id', '=', gain.kind === 'passkey' ? gain.passkey.accountId : ''),
              )
              .executeTakeFirst();
            if (result.numUpdatedRows === 0n) throw new InviteOver();
            if (gain.kind === 'passkey')
              await transaction.insertInto('passkey').values(passkeyRowOf(gain.passkey)).execute();
          }),
        ),
      ),
    insertPasskey: (passkey, max) =>
      unlessTaken(() =>
        guarded(() =>
          database.transaction().execute(async (transaction) => {
            const account = await transaction
              .selectFrom('account')
              .select('id')
              .where('id', '=', passkey.accountId)
              .executeTakeFirst();
            const held = await transaction
              .selectFrom('passkey')
              .select('id')
              .where('account_id', '=', passkey.accountId)
              .limit(max)
              .execute();
            if (account === undefined || held.length >= max) throw new StoreError('exists', 'no room for a passkey');
            await transaction.insertInto('passkey').values(passkeyRowOf(passkey)).execute();
          }),
        ),
      ),
    findPasskey: (id) =>
      guarded(async () => {
        const row = await database.selectFrom('passkey').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : passkeyOf(row);
      }),
    listPasskeys: (accountId) =>
      guarded(async () => {
        const rows = await database
          .selectFrom('passkey')
          .selectAll()
          .where('account_id', '=', accountId)
          .orderBy('created_at_ms')
          .orderBy('id')
          .execute();
        return rows.map(passkeyOf);
      }),
    usePasskey: (id, counterBefore, { counter, backedUp, lastUsedAtMs }) =>
      guarded(async () => {
        const result = await database
          .updateTable('passkey')
          .set({ counter, backed_up: Number(backedUp), last_used_at_ms: Math.floor(lastUsedAtMs) })
          .where('id', '=', id)
          .where('counter', '=', counterBefore)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),
    removePasskey: (accountId, id) =>
      guarded(async () => {
        const result = await database
          .deleteFrom('passkey')
          .where('id', '=', id)
          .where('account_id', '=', accountId)
          .executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    removePasskeys: (accountId) =>
      guarded(async () => {
        const result = await database.deleteFrom('passkey').where('account_id', '=', accountId).executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

/** Rolls the transaction back. */
class InviteOver extends StoreError {
  constructor() {
    super('exists', 'the invite is used or over');
  }
}

/** Whether it could be done; false where something unique is there already. */
async function unlessTaken(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'exists') return false;
    throw error;
  }
}

function rowOf(account: Account): Insertable<AccountRow> {
  return {
    id: account.id,
    name: account.name,
    display_name: account.displayName,
    email: account.email,
    email_verified: Number(account.emailVerified),
    password_hash: account.passwordHash,
    disabled: Number(account.disabled),
    created_at_ms: Math.floor(account.createdAtMs),
    upstream_issuer: account.upstream?.issuer ?? '',
    upstream_subject: account.upstream?.subject ?? '',
    console_role: account.role ?? '',
    invite_digest: '',
    invite_expires_at_ms: 0,
  };
}

function accountOf(row: Selectable<AccountRow>): Account {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    email: row.email,
    emailVerified: row.email_verified !== 0,
    passwordHash: row.password_hash,
    disabled: row.disabled !== 0,
    createdAtMs: row.created_at_ms,
    upstream: row.upstream_issuer === '' ? undefined : { issuer: row.upstream_issuer, subject: row.upstream_subject },
    // What is no role gives nothing.
    role: CONSOLE_ROLES.find((known) => known === row.console_role),
  };
}

function changedColumns(change: AccountChange): Updateable<AccountRow> {
  return {
    ...(change.displayName === undefined ? {} : { display_name: change.displayName }),
    ...(change.email === undefined ? {} : { email: change.email }),
    ...(change.emailVerified === undefined ? {} : { email_verified: Number(change.emailVerified) }),
    ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
    ...(change.disabled === undefined ? {} : { disabled: Number(change.disabled) }),
    ...('upstream' in change
      ? { upstream_issuer: change.upstream?.issuer ?? '', upstream_subject: change.upstream?.subject ?? '' }
      : {}),
    ...('role' in change ? { console_role: change.role ?? '' } : {}),
  };
}

function passkeyRowOf(passkey: Passkey): Insertable<PasskeyRow> {
  return {
    id: passkey.id,
    account_id: passkey.accountId,
    public_key: passkey.publicKey,
    counter: passkey.counter,
    transports: JSON.stringify(passkey.transports),
    backup_eligible: Number(passkey.backupEligible),
    backed_up: Number(passkey.backedUp),
    created_at_ms: Math.floor(passkey.createdAtMs),
    last_used_at_ms: Math.floor(passkey.lastUsedAtMs),
  };
}

function passkeyOf(row: Selectable<PasskeyRow>): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    publicKey: Uint8Array.from(row.public_key),
    counter: row.counter,
    transports: JSON.parse(row.transports) as string[],
    backupEligible: row.backup_eligible !== 0,
    backedUp: row.backed_up !== 0,
    createdAtMs: row.created_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  };
}
