import type { OpenInteraction, PageRequest, SignInConfig, SignInSignal } from '../../core/sign-in.ts';
import { addressGroup } from '../../http/client-address.ts';
import type { Clock, Fetch, Logger, Random } from '../../ports.ts';
import type { Accounts } from '../accounts.ts';
import { createPasskeyCeremonies, type PasskeyCeremonies } from './passkeys.ts';
import { createPasswordSignIn, type PasswordSignIn } from './password-sign-in.ts';
import { createPendingMemory, type PendingMemory } from './pending-memory.ts';
import type { SignInSite } from './site.ts';
import { createUpstreamSignIn, type UpstreamSignIn } from './upstream-sign-in.ts';

export interface SignInParts {
  readonly site: SignInSite;
  /** As it is now; records that did not change stay the same records. */
  readonly config: () => SignInConfig;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Fetch;
  readonly openInteraction: OpenInteraction;
  /** 32 random bytes; a new one at each start ends forms that are open and forgets known devices. */
  readonly secret: Uint8Array;
  /** Told of what looks like an attack; must not throw. */
  readonly signal: (signal: SignInSignal) => void;
  readonly logger: Logger;
}

/** Who proved to be who, before the authorization server is told. */
export interface Proof {
  readonly accountId: string;
  readonly amr: readonly string[];
  readonly authTimeSeconds: number;
  readonly remember: boolean;
}

/** Who may add a passkey, as long as the password they proved themselves with is the account's. */
export interface Enrolment {
  readonly proof: Proof;
  readonly passwordHash: string;
}

/** What came back from a provider, until the interaction's own page takes it. */
export type Arrival = { readonly proof: Proof } | { readonly message: string };

/** What the steps share: parts, methods, and what is pending. */
export interface SignInContext extends SignInParts {
  readonly passwordSignIn: PasswordSignIn;
  readonly passkeys: PasskeyCeremonies;
  readonly upstream: UpstreamSignIn;
  /** The browser that first opened an interaction's page. */
  readonly browserOfInteraction: PendingMemory<string>;
  /** By interaction and browser. */
  readonly arrivals: PendingMemory<Arrival>;
  readonly enrolments: PendingMemory<Enrolment>;
}

const MINUTE_MS = 60_000;

export function signInContext(parts: SignInParts): SignInContext {
  const { clock } = parts;
  return {
    ...parts,
    passwordSignIn: createPasswordSignIn(parts),
    passkeys: createPasskeyCeremonies(parts),
    upstream: createUpstreamSignIn(parts),
    browserOfInteraction: createPendingMemory(clock, {
      lifeMs: 60 * MINUTE_MS,
      entriesMax: 16_384,
      perOwnerMax: 1_024,
    }),
    arrivals: createPendingMemory(clock, { lifeMs: 2 * MINUTE_MS, entriesMax: 8_192, perOwnerMax: 64 }),
    enrolments: createPendingMemory(clock, { lifeMs: 10 * MINUTE_MS, entriesMax: 8_192, perOwnerMax: 64 }),
  };
}

/** Whose share of the memories a request uses up. */
export function ownerOf({ address }: Pick<PageRequest, 'address'>): string {
  return addressGroup(address);
}

/** One interaction, or invite, in one browser. */
export function bindingOf(id: string, browserId: string): string {
  return `${id}\n${browserId}`;
}

export function hasPasskeys({ config, site }: SignInContext): boolean {
  return config().passkeys && site.relyingPartyId !== undefined;
}
