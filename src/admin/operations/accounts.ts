import type { Account, UpstreamIdentity } from '../../core/account.ts';
import { CONSOLE_ROLES, type ConsoleRole } from '../../core/console-role.ts';
import type { AccountResult, NewInvite } from '../../tokens/accounts.ts';
import type { JsonSchema } from '../json-schema.ts';
import {
  type AdminAnswer,
  type AdminCall,
  json,
  listOf,
  OPEN_OBJECT,
  type Operation,
  PAGE_QUERY,
  page,
  pageLimit,
  problem,
} from '../operation.ts';

const ACCOUNT: JsonSchema = { ...OPEN_OBJECT, description: 'a person who may sign in' };
const UPSTREAM: JsonSchema = {
  type: 'object',
  description: 'who it is at another issuer; both empty: nobody',
  required: ['issuer', 'subject'],
  properties: { issuer: { type: 'string', maxLength: 512 }, subject: { type: 'string', maxLength: 512 } },
};
const DETAILS = {
  displayName: { type: 'string', maxLength: 100 },
  email: { type: 'string', maxLength: 254, description: 'never identifies anybody' },
  upstream: UPSTREAM,
} as const satisfies Record<string, JsonSchema>;
const NO_ROLE = 'none';
const ROLE: JsonSchema = {
  type: 'string',
  enum: [NO_ROLE, ...CONSOLE_ROLES],
  description: 'what it may do at the admin port; each role may do what those before it may',
};
const PASSWORD: JsonSchema = { type: 'string', maxLength: 512 };

export const accountOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/accounts',
    operationId: 'listAccounts',
    summary: 'accounts in the order of their names',
    role: 'administrator',
    query: PAGE_QUERY,
    answer: { status: 200, description: 'a page of accounts', schema: listOf(ACCOUNT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const cursor = query['cursor'];
      const found = await services.accounts.store.list({
        limit: limit + 1,
        ...(cursor === undefined ? {} : { afterName: cursor }),
      });
      const { items, next } = page(found, limit, ({ name }) => name);
      return json(200, { items: items.map(accountView), ...(next === undefined ? {} : { next }) });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/accounts',
    operationId: 'addAccount',
    summary: 'makes an account, with a password, a link to set one, an upstream identity, or none of them yet',
    role: 'administrator',
    body: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 256 },
        ...DETAILS,
        role: ROLE,
        password: PASSWORD,
        invite: { type: 'boolean', description: 'true: the answer holds a link that works once, for a day' },
      },
    },
    answer: { status: 201, description: 'the account, and the link where one was asked for', schema: ACCOUNT },
    async handle({ services, body }) {
      const { invite, ...wanted } = body as { invite?: boolean; name: string; password?: string };
      const result = await services.accounts.add(wantedOf(wanted));
      if (!result.ok) return refusal(result);
      const link = invite === true ? inviteView(services, await services.accounts.invite(result.account)) : {};
      return json(201, { ...accountView(result.account), ...link });
    },
  },
  {
    method: 'GET',
    path: '/api/v1/accounts/{name}',
    operationId: 'getAccount',
    summary: 'one account',
    role: 'administrator',
    answer: { status: 200, description: 'the account', schema: ACCOUNT },
    handle: (call) => withAccount(call, (account) => json(200, accountView(account))),
  },
  {
    method: 'PUT',
    path: '/api/v1/accounts/{name}',
    operationId: 'changeAccount',
    summary: 'changes an account; what is not given stays',
    role: 'administrator',
    body: {
      type: 'object',
      properties: { ...DETAILS, role: ROLE, disabled: { type: 'boolean', description: 'true: nobody signs in as it' } },
    },
    answer: { status: 200, description: 'the account as it is now', schema: ACCOUNT },
    async handle({ services, path, body }) {
      const result = await services.accounts.change(path['name'] ?? '', wantedOf(body));
      return result.ok ? json(200, accountView(result.account)) : refusal(result);
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/accounts/{name}',
    operationId: 'removeAccount',
    summary: 'removes an account with its passkeys; its id is never given to another',
    role: 'administrator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    handle: (call) =>
      withAccount(call, async ({ id, name }) => {
        await call.services.accounts.store.remove(id);
        return json(200, { id, name });
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/accounts/{name}/password',
    operationId: 'setAccountPassword',
    summary: 'sets the password; a link that was given out before is over',
    role: 'administrator',
    body: { type: 'object', required: ['password'], properties: { password: PASSWORD } },
    answer: { status: 200, description: 'the account', schema: ACCOUNT },
    handle: (call) =>
      withAccount(call, async (account) => {
        const result = await call.services.accounts.setPassword(account, String(call.body['password']));
        return result.ok ? json(200, accountView(result.account)) : refusal(result);
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/accounts/{name}/reset',
    operationId: 'resetAccount',
    summary: 'takes password and passkeys away, and answers a link to new ones that works once, for a day',
    role: 'administrator',
    answer: { status: 200, description: 'the account and the link', schema: ACCOUNT },
    handle: (call) =>
      withAccount(call, async (account) => {
        const invite = await call.services.accounts.reset(account);
        return json(200, { ...accountView({ ...account, passwordHash: '' }), ...inviteView(call.services, invite) });
      }),
  },
  {
    method: 'GET',
    path: '/api/v1/accounts/{name}/passkeys',
    operationId: 'listPasskeys',
    summary: 'passkeys of an account, the oldest first',
    role: 'administrator',
    answer: { status: 200, description: 'all of them', schema: listOf(OPEN_OBJECT) },
    handle: (call) =>
      withAccount(call, async ({ id }) => {
        const found = await call.services.accounts.store.listPasskeys(id);
        return json(200, { items: found.map(({ publicKey: _, accountId: __, ...shown }) => shown) });
      }),
  },
  {
    method: 'DELETE',
    path: '/api/v1/accounts/{name}/passkeys/{id}',
    operationId: 'removePasskey',
    summary: 'removes a passkey',
    role: 'administrator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    handle: (call) =>
      withAccount(call, async (account) => {
        const id = call.path['id'] ?? '';
        return (await call.services.accounts.store.removePasskey(account.id, id))
          ? json(200, { id })
          : problem(404, 'passkey_unknown', 'No such passkey');
      }),
  },
];

async function withAccount(
  { services, path }: AdminCall,
  answer: (account: Account) => AdminAnswer | Promise<AdminAnswer>,
): Promise<AdminAnswer> {
  const account = await services.accounts.findByName(path['name'] ?? '');
  return account === undefined ? problem(404, 'account_unknown', 'No such account') : answer(account);
}

/** What is shown of an account: that there is a password, and never its hash. */
function accountView({ passwordHash, role, ...account }: Account): Record<string, unknown> {
  return { ...account, role: role ?? NO_ROLE, hasPassword: passwordHash !== '' };
}

function inviteView(
  { issuerUrl }: AdminCall['services'],
  { token, expiresAtMs }: NewInvite,
): { readonly invite: Record<string, unknown> } {
  const path = `/sign-in/invite/${token}`;
  const base = issuerUrl();
  return { invite: { path, expiresAtMs, ...(base === undefined ? {} : { url: `${base.replace(/\/$/, '')}${path}` }) } };
}

/** Two empty texts take the identity away, `none` the role. */
function wantedOf<T extends object>(body: T): T & { readonly role?: ConsoleRole | undefined } {
  const { upstream, role } = body as { upstream?: UpstreamIdentity; role?: unknown };
  return {
    ...body,
    ...(upstream?.issuer === '' && upstream.subject === '' ? { upstream: undefined } : {}),
    ...(role === undefined ? {} : { role: CONSOLE_ROLES.find((known) => known === role) }),
  };
}

const STATUSES = { invalid: 422, taken: 409, unknown: 404, busy: 503 } as const;

function refusal(result: Extract<AccountResult, { ok: false }>): AdminAnswer {
  return problem(STATUSES[result.problem], `account_${result.problem}`, 'Not possible', result.message);
}
