import type { LimitRule } from './configuration.ts';

/** Stored state of one API key. The secret itself is never kept: `digest` is HMAC-SHA-256 of it under a versioned pepper. */
export interface ApiKeyRecord {
  /** Twelve base62 characters, public: shown in lists, logs and events. */
  readonly keyId: string;
  readonly consumer: string;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  readonly pepperVersion: number;
  /** True for an imported key of another format, of which only a hash was known. */
  readonly foreign: boolean;
  readonly name: string;
  readonly scopes: readonly string[];
  /** CIDR blocks the key may be used from; empty means anywhere. */
  readonly allowedCidrs: readonly string[];
  readonly status: ApiKeyStatus;
  readonly createdAtMs: number;
  /** 0 where there is none. */
  readonly notBeforeMs: number;
  /** 0 where there is none; rotation with grace brings it forward, never later. */
  readonly expiresAtMs: number;
  /** Key that replaces this one, or empty. */
  readonly successorId: string;
  readonly revokedAtMs: number;
  readonly revokedReason: string;
  /** Routes the key may be used for, each `ID` or `ID:METHOD,METHOD`; empty means any. A route that is not there grants nothing. */
  readonly routes: readonly string[];
  /** At most one rate and one quota of the key's own, counted per key over all routes and threads, besides those of the routes. */
  readonly limits: readonly LimitRule[];
  /** Unused for so long it is disabled; 0: as configured, −1: never. */
  readonly idleSeconds: number;
  /** When it was last enabled after having been disabled, or 0. */
  readonly enabledAtMs: number;
  /** Why it is disabled, or empty. */
  readonly disabledReason: string;
  /** The first key of those that replaced each other; they share what `limits` counts. Empty for the first one itself. */
  readonly familyId: string;
}

/** Routes a credential may be used for and limits it has of its own, as the data plane judges them. */
export interface CredentialRestriction {
  /** Whom the limits count. */
  readonly countedAs: string;
  /** As in the record of the key. */
  readonly routes: readonly string[];
  readonly limits: readonly LimitRule[];
}

export type ApiKeyStatus = 'active' | 'disabled' | 'revoked';

/** What of a token is revoked: one token, a session, a subject, a client, or a signing key. */
export const REVOCATION_KINDS = ['jti', 'sid', 'sub', 'client', 'kid'] as const;
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** Tokens of an issuer that are refused although their signature is right and their time not over. */
export interface TokenRevocation {
  readonly kind: RevocationKind;
  readonly issuer: string;
  readonly value: string;
  /** Tokens issued up to then are refused, Unix seconds; `REVOKED_ALWAYS` for every one. */
  readonly beforeSeconds: number;
  /** When no token it could concern is valid any more, and it is forgotten; 0: never. */
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  readonly reason: string;
}

export const REVOKED_ALWAYS = 0xffff_ffff;

/** A registered API client that owns credentials. */
export interface Consumer {
  readonly name: string;
  readonly groups: readonly string[];
  readonly tier: string;
  readonly disabled: boolean;
}
