import type { ExampleCall } from '../../../../src/admin/example-call.ts';
import type { ApiKeyRecord, Consumer } from '../../../../src/core/credential.ts';
import type { OAuthClient, SigningKey, SigningKeyState } from '../../../../src/core/issuer.ts';
import type { UsageCount } from '../../../../src/core/usage.ts';

export type { Consumer };

/** A key as the admin API shows it: without what is secret, its limits as they are written. */
export type Key = Omit<ApiKeyRecord, 'digest' | 'pepperVersion' | 'limits'> & {
  readonly rate: string;
  readonly burst: number;
  readonly quota: string;
};

/** The answer that shows a key this once. */
export interface MadeKey {
  readonly key: string;
  readonly keyId: string;
  /** The field it is sent in. */
  readonly header: string;
  readonly record: Key;
  /** A call to try it with; null where no route takes keys. */
  readonly example: ExampleCall | null;
}

export interface RotatedKey extends MadeKey {
  readonly predecessor: Key;
}

type Counted = Pick<UsageCount, 'value' | 'calls' | 'refusals' | 'firstMs' | 'lastMs'>;

export interface CountedSpan {
  readonly startMs: number;
  readonly calls: number;
  readonly refusals: number;
}

/** `GET /api/v1/keys/{keyId}/usage`. */
export interface KeyUsage {
  readonly calls: number;
  readonly refusals: number;
  readonly firstUsedMs: number;
  readonly lastUsedMs: number;
  readonly addresses: readonly Counted[];
  readonly agents: readonly Counted[];
  readonly routes: readonly Counted[];
  /** Hours and days with calls; those without have no entry. */
  readonly hours: readonly CountedSpan[];
  readonly days: readonly CountedSpan[];
  /** When its successor was made, or 0. */
  readonly rotatedAtMs: number;
  readonly usedSinceRotation: boolean;
}

export type Client = Omit<OAuthClient, 'secrets'> & { readonly secretCount: number };
export type ClientWithSecret = Client & { readonly secret?: string };

/** How one key stands, of `GET /api/v1/keys/health`. */
export interface KeyHealth {
  readonly keyId: string;
  readonly consumer: string;
  /** 0: never. */
  readonly lastUsedMs: number;
  readonly watchedDays: number;
  /** False: what it has no use for is not known yet. */
  readonly isWatchedEnough: boolean;
  /** 0: never. */
  readonly expiresAtMs: number;
  /** The key that replaces it, or empty. */
  readonly successorId: string;
  readonly isSuccessorUsed: boolean;
  /** Points of all weaknesses together, at most 100. */
  readonly penalty: number;
  readonly weaknesses: readonly { readonly name: string; readonly points: number; readonly detail: string }[];
}

export interface HealthReport {
  /** Active keys, the worst first. */
  readonly items: readonly KeyHealth[];
  readonly consumers: readonly { readonly consumer: string; readonly score: number; readonly keys: number }[];
}

/** `nextChangeAtMs`: when keys change by themselves; null: not foreseen. */
export interface SigningKeysView {
  readonly items: readonly (Omit<SigningKey, 'publicJwk' | 'sealedPrivateJwk'> & { readonly state: SigningKeyState })[];
  readonly nextChangeAtMs: number | null;
}
