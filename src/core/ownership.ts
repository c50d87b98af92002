/** Rows of one object; more are no owners but a mistake in the statement. */
export const OWNER_ROWS_MAX = 100;

/** A server of the configuration that is asked while a call waits. */
export interface QuestionPolicy {
  readonly timeoutSeconds: number;
  readonly allowPrivateAddresses: boolean;
  /** PEM file of the authorities its certificate is verified by; undefined: the system’s. */
  readonly caFile: string | undefined;
  /** Questions that wait for their answer at once, per thread; beyond it the answer is unknown at once. */
  readonly questionsMax: number;
}

/** How long an owner is believed: together with `staleSecondsMax` this bounds how long a change goes unseen. */
export interface OwnerMemoryPolicy {
  readonly cacheSecondsMax: number;
  /** Of objects that are not there. */
  readonly negativeCacheSecondsMax: number;
  /** `unavailable`: 503. `deny`: as if the object were another's. `stale`: what was last known, for so long; then 503. */
  readonly onFailure: 'unavailable' | 'deny' | 'stale';
  /** 0 unless `onFailure` is `stale`. */
  readonly staleSecondsMax: number;
}

export interface HttpOwnersConfig extends QuestionPolicy, OwnerMemoryPolicy {
  readonly type: 'http';
  /** Before and after the object, which stands as one whole segment of the path or one value of the query. */
  readonly url: { readonly before: string; readonly after: string };
  /** JSON pointers (RFC 6901) to the owner, and to the object's own name where the answer repeats it; taken apart. */
  readonly ownerPointer: readonly string[];
  readonly objectPointer: readonly string[] | undefined;
  /** Bearer token the gateway sends, or undefined. */
  readonly token: string | undefined;
}

export interface SqlOwnersConfig extends Omit<QuestionPolicy, 'allowPrivateAddresses' | 'caFile'>, OwnerMemoryPolicy {
  readonly type: 'sql';
  readonly database: OwnerDatabase;
  /** One statement with `$1` for the object; its first column is the owner, its second, if any, the object. */
  readonly statement: string;
}

export type OwnerDatabase =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly allowPrivateAddresses: boolean };

/** Owners that were accepted by an administrator and are part of the snapshot. */
export interface AcceptedOwnersConfig {
  readonly type: 'accepted';
}

export type OwnerLookupConfig = HttpOwnersConfig | SqlOwnersConfig | AcceptedOwnersConfig;

/** Owners of one object as they were accepted; empty: nobody's. */
export interface AcceptedOwner {
  /** Name of the look-up of the configuration. */
  readonly lookup: string;
  readonly object: string;
  readonly owners: readonly string[];
}
