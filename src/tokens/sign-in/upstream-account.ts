import type { Account } from '../../core/account.ts';
import type { SignInProviderConfig } from '../../core/sign-in.ts';
import { base62 } from '../../crypto/base62.ts';
import type { Clock, Random } from '../../ports.ts';
import { displayNameFrom, isEmail, normalisedUserName } from '../account-names.ts';
import { type Accounts, newAccountId } from '../accounts.ts';
import { isAllowed, type UpstreamPerson } from './upstream-allow.ts';

export type UpstreamAccount =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly detail: string };

/**
 * The account of a person of a provider: the one that is linked to issuer and subject, and no other. An address is not
 * proof of anything here: whoever can make a provider say it would be whoever has it. Who has none gets one where the
 * provider's `createAccounts` says so.
 */
export async function accountOfPerson(
  provider: SignInProviderConfig,
  person: UpstreamPerson,
  parts: { readonly accounts: Accounts; readonly clock: Clock; readonly random: Random },
): Promise<UpstreamAccount> {
  if (!isAllowed(provider.allow, person)) return { ok: false, detail: 'the provider knows the person, allow does not' };
  const { store } = parts.accounts;
  const upstream = { issuer: person.issuer, subject: person.subject };
  const known = await store.findByUpstream(upstream);
  if (known !== undefined)
    return known.disabled ? { ok: false, detail: 'the account is disabled' } : { ok: true, account: known };
  if (!provider.createAccounts) return { ok: false, detail: 'the person has no account, and none is made' };
  const { random, clock } = parts;
  const email = person.verifiedEmail !== undefined && isEmail(person.verifiedEmail) ? person.verifiedEmail : '';
  const wanted = normalisedUserName(person.preferredUserName ?? person.verifiedEmail ?? '');
  // Names of people who came by a provider hold a slash, which those an administrator gave cannot: nobody comes as `admin`.
  for (const name of [wanted, base62(random.bytes(12), 16)]) {
    if (name === undefined) continue;
    const account: Account = {
      id: newAccountId(random),
      name: `${provider.name}/${name}`,
      displayName: displayNameFrom(person.name) ?? displayNameFrom(person.preferredUserName) ?? name,
      email,
      emailVerified: email !== '',
      passwordHash: '',
      disabled: false,
      createdAtMs: clock.nowMs(),
      upstream,
      role: undefined,
    };
    if (await store.insert(account)) return { ok: true, account };
    const meanwhile = await store.findByUpstream(upstream);
    if (meanwhile !== undefined && !meanwhile.disabled) return { ok: true, account: meanwhile };
  }
  return { ok: false, detail: 'the account could not be made' };
}
