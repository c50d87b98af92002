/** What is counted of a credential besides all of its calls. */
export const USAGE_KINDS = ['total', 'address', 'agent', 'route', 'hour', 'day'] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** Calls of one credential: all of them, or those from one address, by one user agent, to one route, in one hour or day. */
export interface UsageCount {
  readonly keyId: string;
  readonly kind: UsageKind;
  /** Empty for `total`; of an hour or day (UTC) its beginning, Unix milliseconds. */
  readonly value: string;
  readonly calls: number;
  /** Calls of them that were denied. */
  readonly refusals: number;
  readonly firstMs: number;
  readonly lastMs: number;
}
