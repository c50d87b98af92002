import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Account, Passkey } from '../../core/account.ts';
import type { Clock, Random } from '../../ports.ts';
import type { Accounts } from '../accounts.ts';
import { type PasskeyResponse, readPasskeyResponse } from './passkey-response.ts';
import { createPendingMemory } from './pending-memory.ts';
import type { SignInSite } from './site.ts';

const CEREMONY_MS = 5 * 60_000;
/** ES256, EdDSA, RS256 (IANA COSE Algorithms). */
const ALGORITHMS = [-7, -8, -257];
const CHALLENGE_BYTES = 32;

interface Challenge {
  /** What the ceremony belongs to: an interaction or an invite, and a browser. */
  readonly binding: string;
  /** For a new passkey: whose. */
  readonly accountId: string | undefined;
}

export type PasskeyResult =
  | { readonly ok: true; readonly account: Account; readonly passkey: Passkey }
  | { readonly ok: false; readonly cloned: boolean; readonly accountId: string | undefined; readonly detail: string };

/** Ceremonies of WebAuthn Level 3, §7.1 and §7.2: each challenge is random, for one binding, and used once. */
export interface PasskeyCeremonies {
  /** Options to sign in, without asking for a name first; undefined where there are no passkeys here. */
  requestOptions(binding: string, owner: string): Promise<object | undefined>;
  creationOptions(binding: string, owner: string, account: Account): Promise<object | undefined>;
  signIn(binding: string, responseText: string): Promise<PasskeyResult>;
  /** The passkey to be stored, or why not. */
  create(binding: string, account: Account, responseText: string): Promise<Passkey | { readonly detail: string }>;
}

export function createPasskeyCeremonies(parts: {
  readonly site: SignInSite;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly random: Random;
}): PasskeyCeremonies {
  const { site, accounts, clock, random } = parts;
  const { store } = accounts;
  const challenges = createPendingMemory<Challenge>(clock, {
    lifeMs: CEREMONY_MS,
    entriesMax: 16_384,
    perOwnerMax: 64,
  });
  const newChallenge = (owner: string, challenge: Challenge): Uint8Array<ArrayBuffer> => {
    const bytes = Uint8Array.from(random.bytes(CHALLENGE_BYTES));
    challenges.set(Buffer.from(bytes).toString('base64url'), owner, challenge);
    return bytes;
  };
  /** The challenge of a response, if it was asked for here; it is used up whatever becomes of the response. */
  const taken = (binding: string, response: PasskeyResponse, accountId: string | undefined): boolean => {
    const challenge = challenges.take(response.challenge);
    return challenge?.binding === binding && challenge.accountId === accountId;
  };
  return {
    requestOptions: async (binding, owner) =>
      site.relyingPartyId === undefined
        ? undefined
        : generateAuthenticationOptions({
            rpID: site.relyingPartyId,
            challenge: newChallenge(owner, { binding, accountId: undefined }),
            userVerification: 'required',
            timeout: CEREMONY_MS,
          }),
    creationOptions: async (binding, owner, account) =>
      site.relyingPartyId === undefined
        ? undefined
        : generateRegistrationOptions({
            rpName: site.serviceName,
            rpID: site.relyingPartyId,
            userName: account.name,
            userDisplayName: account.displayName,
            userID: Uint8Array.from(Buffer.from(account.id)),
            challenge: newChallenge(owner, { binding, accountId: account.id }),
            timeout: CEREMONY_MS,
            attestationType: 'none',
            excludeCredentials: (await store.listPasskeys(account.id)).map(({ id, transports }) => ({
              id,
              transports: [...transports],
            })),
            authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
            supportedAlgorithmIDs: ALGORITHMS,
          }),
    signIn: async (binding, responseText) => {
      const response = readPasskeyResponse(responseText, 'webauthn.get');
      if (response === undefined) return refused('the answer cannot be read');
      if (!taken(binding, response, undefined)) return refused('the challenge is unknown, used or over');
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
    create: async (binding, account, responseText) => {
      const response = readPasskeyResponse(responseText, 'webauthn.create');
      if (response === undefined || site.relyingPartyId === undefined) return { detail: 'the answer cannot be read' };
      if (!taken(binding, response, account.id)) return { detail: 'the challenge is unknown, used or over' };
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
