/** What an importer makes of a foreign file, before it is written as a configuration. */
export interface Draft {
  /** What the file came from, for its first line. */
  readonly origin: string;
  readonly trustedProxies: readonly string[];
  readonly connectionsPerAddressMax: number | undefined;
  readonly upstreams: readonly DraftUpstream[];
  readonly authenticators: readonly DraftAuthenticator[];
  readonly routes: readonly DraftRoute[];
  readonly consumers: Readonly<Record<string, readonly string[]>>;
  /** Lines that stand as comments under `listen`. */
  readonly listenComments: readonly string[];
}

/** A value as it is written inside `{ }` and `[ ]`. */
export type Flow = string | number | boolean | Reference | readonly Flow[] | { readonly [key: string]: Flow };

/** `${env:NAME}`: the only text that is written so that loading replaces it. */
export class Reference {
  readonly variable: string;

  constructor(variable: string) {
    this.variable = variable;
  }
}

export interface DraftUpstream {
  readonly name: string;
  readonly fields: Readonly<Record<string, Flow>>;
  readonly comment: string;
}

export interface DraftAuthenticator {
  readonly name: string;
  readonly fields: Readonly<Record<string, Flow>>;
  readonly comment: string;
}

export type DraftAuthenticate =
  /** Open, and why the source says so: a route without a reason is warned of. */
  | { readonly kind: 'none'; readonly because: string }
  | { readonly kind: 'anyOf' | 'allOf'; readonly names: readonly string[] };

export interface DraftDenyRule {
  readonly name: string;
  readonly consumers?: readonly string[];
  readonly groups?: readonly string[];
  readonly addresses?: readonly string[];
  /** Expression over the call. */
  readonly when?: string;
}

/** What a call must meet. `closed`: the source protects it by something that is not carried over, so that nobody passes. */
export interface DraftProtection {
  readonly authenticate: DraftAuthenticate;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly deny: readonly DraftDenyRule[];
  readonly closed: boolean;
}

export interface DraftRoute {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  readonly methods: readonly string[];
  readonly upstream: string;
  readonly protection: DraftProtection;
  readonly limits: readonly Flow[];
  readonly bodyBytesMax: number | undefined;
  readonly comment: string;
  /** Where the source says it. */
  readonly line: number;
  readonly file?: string | undefined;
  /** True: the source takes `/pathX` for it too, which a template cannot say. */
  readonly prefixWithinSegment?: boolean;
  /** True: in the source, regular expressions are not asked where it matches. */
  readonly beatsPatterns?: boolean;
}

/** Name of the method that is asked for where the source protects a route in a way that has no counterpart. */
export const KEYS = 'keys';

export const ASKS_FOR_KEY: DraftProtection = {
  authenticate: { kind: 'anyOf', names: [KEYS] },
  scopes: [],
  groups: [],
  addresses: [],
  headers: {},
  deny: [],
  closed: false,
};

export function asksNothing(because: string): DraftProtection {
  return { ...ASKS_FOR_KEY, authenticate: { kind: 'none', because } };
}

export const CLOSED: DraftProtection = { ...ASKS_FOR_KEY, closed: true };

/** Whether `one` may let a call pass that `other` refuses. Errs on the side of yes. */
export function isWeaker(one: DraftProtection, other: DraftProtection): boolean {
  if (one.closed) return false;
  if (other.closed) return true;
  const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
  if (other.authenticate.kind !== 'none' && !same(one.authenticate, other.authenticate)) return true;
  if (!other.scopes.every((scope) => one.scopes.includes(scope))) return true;
  if (other.groups.length > 0 && !same(one.groups, other.groups)) return true;
  if (other.addresses.length > 0 && !same(one.addresses, other.addresses)) return true;
  if (Object.keys(other.headers).length > 0 && !same(one.headers, other.headers)) return true;
  return !other.deny.every((rule) => one.deny.some((mine) => same(mine, rule)));
}
