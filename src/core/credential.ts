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
}

export type ApiKeyStatus = 'active' | 'disabled' | 'revoked';

/** A registered API client that owns credentials. */
export interface Consumer {
  readonly name: string;
  readonly groups: readonly string[];
  readonly tier: string;
  readonly disabled: boolean;
}
