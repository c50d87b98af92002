import type { ConsoleRole } from './console-role.ts';

/** A person who may sign in at the embedded authorization server. */
export interface Account {
  /** Random and never used again: the `sub` of its tokens. */
  readonly id: string;
  /** Unique, in the form of `tokens/account-names.ts`. */
  readonly name: string;
  readonly displayName: string;
  /** Empty: none is known. Nobody is ever identified by it. */
  readonly email: string;
  readonly emailVerified: boolean;
  /** PHC string; empty: no password. */
  readonly passwordHash: string;
  readonly disabled: boolean;
  readonly createdAtMs: number;
  /** The identity at another issuer that signs in as this account; undefined: none. */
  readonly upstream: UpstreamIdentity | undefined;
  /** What it may do at the admin port; undefined: nothing. */
  readonly role: ConsoleRole | undefined;
}

/** Who somebody is at an issuer (OpenID Connect Core §5.7): nothing but the two together identifies. */
export interface UpstreamIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** A WebAuthn credential of an account. */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  readonly accountId: string;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  /** Signature counter as last seen; 0 where the authenticator keeps none. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** Whether it may exist on several devices, and whether it does. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly createdAtMs: number;
  /** 0: never. */
  readonly lastUsedAtMs: number;
}

/** A link by which an account without a way to sign in gets one. */
export interface Invite {
  /** SHA-256 of the token, hexadecimal. */
  readonly digest: string;
  readonly expiresAtMs: number;
}
