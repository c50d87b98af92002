import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Account, Passkey } from '../../core/account.ts';
import type { Clock, Random } from '../../ports.ts';
import type { Accounts } from '../accounts.ts';
import { createPasskeyChallenges } from './passkey-challenges.ts';
import { readPasskeyResponse } from './passkey-response.ts';
import type { SignInSite } from './site.ts';

const CEREMONY_MS = 5 * 60_000;
/** ES256, EdDSA, RS256 (IANA COSE Algorithms). */
const ALGORITHMS = [-7, -8, -257];

export type PasskeyResult =
  | { readonly ok: true; readonly account: Account; readonly passkey: Passkey }
  | { readonly ok: false; readonly cloned: boolean; readonly accountId: string | undefined; readonly detail: string };

/** Ceremonies of WebAuthn Level 3, §7.1 and §7.2: each challenge is random, for one binding, and used once. */
export interface PasskeyCeremonies {
  /** Options to sign in, without asking for a name first; undefined where there are no passkeys here. */
  requestOptions(binding: string): Promise<object | undefined>;
  creationOptions(binding: string, account: Account): Promise<object | undefined>;
  /** `owner`: whose share of what is remembered of answers this one uses up. */
  signIn(binding: string, owner: string, responseText: string): Promise<PasskeyResult>;
  /** The passkey to be stored, or why not. */
  create(
    binding: string,
    owner: string,
    account: Account,
    responseText: string,
  ): Promise<Passkey | { readonly detail: string }>;
}

export function createPasskeyCeremonies(parts: {
  readonly site: SignInSite;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly random: Random;
}): PasskeyCeremonies {
  const { site, accounts, clock, random } = parts;
  const { store } = accounts;
  const challenges = createPasskeyChallenges({ clock, random, lifeMs: CEREMONY_MS });
  return {
    requestOptions: async (binding) =>
      site.relyingPartyId === undefined
        ? undefined
        : generateAuthenticationOptions({
            rpID: site.relyingPartyId,
            challenge: challenges.issue({ binding, accountId: undefined }),
            userVerification: 'required',
            timeout: CEREMONY_MS,
          }),
    creationOptions: async (binding, account) =>
      site.relyingPartyId === undefined
        ? undefined
        : generateRegistrationOptions({
            rpName: site.serviceName,
            rpID: site.relyingPartyId,
            userName: account.name,
            userDisplayName: account.displayName,
            userID: Uint8Array.from(Buffer.from(account.id)),
            challenge: challenges.issue({ binding, accountId: account.id }),
            timeout: CEREMONY_MS,
            attestationType: 'none',
            excludeCredentials: (await store.listPasskeys(account.id)).map(({ id, transports }) => ({
              id,
              transports: [...transports],
            })),
            authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
            supportedAlgorithmIDs: ALGORITHMS,
          }),
    signIn: async (binding, owner, responseText) => {
      const response = readPasskeyResponse(responseText, 'webauthn.get');
      if (response === undefined) return refused('the answer cannot be read');
      if (!challenges.take(response.challenge, owner, { binding, accountId: undefined }))
        return refused('the challenge is unknown, used or over');
      const passkey = await store.findPasskey(response.id);
      const account = passkey === undefined ? undefined : await accounts.findActive(passkey.accountId);
      if (passkey === undefined || account === undefined || site.relyingPartyId === undefined)
        return refused('nobody who may sign in has this passkey', passkey?.accountId);
      // Without a name typed before, the handle has to be there and name the owner (§7.2, step 6).
      if (response.userHandle !== Buffer.from(account.id).toString('base64url'))
        return refused('the passkey names another account', account.id);
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: response.authentication,
          expectedChallenge: response.challenge,
          expectedOrigin: site.origin,
          expectedRPID: site.relyingPartyId,
          requireUserVerification: true,
          // Its counter is judged below, where a copy can be told from a fault.
          credential: { id: passkey.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
        });
        if (!verified) return refused('the signature is wrong', account.id);
        const { newCounter, credentialBackedUp, credentialDeviceType } = authenticationInfo;
        if ((credentialDeviceType === 'multiDevice') !== passkey.backupEligible)
          return refused('whether it can be backed up has changed, which never happens', account.id);
        if (!challenges.accept(response.challenge, account.id))
          return refused('the challenge let somebody in before', account.id);
        const used = { counter: newCounter, backedUp: credentialBackedUp, lastUsedAtMs: clock.nowMs() };
        const grows = (newCounter === 0 && passkey.counter === 0) || newCounter > passkey.counter;
        if (!grows || !(await store.usePasskey(passkey.id, passkey.counter, used)))
          return {
            ok: false,
            cloned: true,
            accountId: account.id,
            detail: 'the counter of a passkey went back: there may be a copy of it',
          };
        return { ok: true, account, passkey: { ...passkey, ...used } };
      } catch {
        return refused('the answer does not fit: origin, host, verification or signature', account.id);
      }
    },
    create: async (binding, owner, account, responseText) => {
      const response = readPasskeyResponse(responseText, 'webauthn.create');
      if (response === undefined || site.relyingPartyId === undefined) return { detail: 'the answer cannot be read' };
      if (!challenges.take(response.challenge, owner, { binding, accountId: account.id }))
        return { detail: 'the challenge is unknown, used or over' };
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: response.registration,
          expectedChallenge: response.challenge,
          expectedOrigin: site.origin,
          expectedRPID: site.relyingPartyId,
          requireUserVerification: true,
          supportedAlgorithmIDs: ALGORITHMS,
        });
        if (!verified) return { detail: 'the answer does not hold' };
        const { credential, credentialBackedUp, credentialDeviceType } = registrationInfo;
        return {
          id: credential.id,
          accountId: account.id,
          publicKey: credential.publicKey,
          counter: credential.counter,
          transports: response.transports,
          backupEligible: credentialDeviceType === 'multiDevice',
          backedUp: credentialBackedUp,
          createdAtMs: clock.nowMs(),
          lastUsedAtMs: 0,
        };
      } catch {
        return { detail: 'the answer does not fit: origin, host, verification or form' };
      }
    },
  };
}

function refused(detail: string, accountId?: string): PasskeyResult {
  return { ok: false, cloned: false, accountId, detail };
}
