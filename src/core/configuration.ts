import type { PathAmbiguity } from './call.ts';
import type { Mode, StageId } from './decision.ts';

/**
 * The configuration after loading: defaults applied, secrets resolved, durations and sizes in the unit of their name.
 * Plain data that survives structured cloning; every field is always present.
 */
export interface Configuration {
  readonly mode: Mode;
  readonly stages: Readonly<Partial<Record<StageId, Mode>>>;
  readonly listen: ListenConfig;
  readonly admin: { readonly host: string; readonly port: number };
  /** CIDR blocks of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly store: { readonly url: string };
  readonly state: { readonly url: string };
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly authenticators: Readonly<Record<string, AuthenticatorConfig>>;
  readonly routes: readonly RouteConfig[];
  readonly unmatched: UnmatchedConfig;
  readonly consumers: Readonly<Record<string, ConsumerConfig>>;
  readonly events: { readonly retainDays: number; readonly bytesMax: number };
  readonly apiKeys: { readonly brand: string; readonly environment: string };
}

export interface ListenConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
  readonly limits: ListenLimits;
}

export interface TlsConfig {
  /** Paths of PEM files, re-read on reload and when they change. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ListenLimits {
  /** Open client connections, over all threads. */
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Calls in progress per thread before new ones are shed with 503. */
  readonly callsInProgressMax: number;
  readonly headerBytesMax: number;
  readonly headerFieldsMax: number;
  readonly headersTimeoutSeconds: number;
  /** Time for a whole request, body included. */
  readonly requestTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  /** A connection on which nothing moves for so long is cut. */
  readonly idleTimeoutSeconds: number;
  readonly drainSeconds: number;
}

export interface UpstreamConfig {
  /** Absolute http(s) origins, each without path, at least one. */
  readonly targets: readonly string[];
  /** `h1`, or `h2` over TLS. */
  readonly protocol: 'h1' | 'h2';
  /** Time to the response head and between two pieces of body. */
  readonly timeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
  readonly connectionsMax: number;
  /** PEM file of the certificate authority for TLS targets, or undefined for the system's. */
  readonly caFile: string | undefined;
  /** True: the `Host` the client asked for is forwarded; false: the target's own. */
  readonly preserveHost: boolean;
}

/** Methods of later parts extend this union. */
export interface AuthenticatorConfig {
  readonly type: 'api-key';
  /** Lower-case header name the key is read from. */
  readonly header: string;
}

export type AuthenticateConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'anyOf'; readonly authenticators: readonly string[] }
  | { readonly kind: 'allOf'; readonly authenticators: readonly string[] };

export interface RouteConfig {
  readonly id: string;
  readonly match: {
    /** Lower-case host, `*.example.com`, or `*` for every host. */
    readonly host: string;
    /** Template: literal segments, `{name}` for one segment, and a last `*` for the rest. */
    readonly path: string;
    /** Upper-case; empty means every method. */
    readonly methods: readonly string[];
  };
  readonly upstream: string;
  readonly mode: Mode | undefined;
  readonly stages: Readonly<Partial<Record<StageId, Mode>>>;
  readonly authenticate: AuthenticateConfig;
  readonly authorize: { readonly scopes: readonly string[] };
  readonly limits: readonly LimitRule[];
  readonly bodyBytesMax: number;
  readonly paths: Readonly<Partial<Record<PathAmbiguity, PathTreatment>>>;
  /** True: the client's credential is passed on to the upstream. */
  readonly keepCredentials: boolean;
}

/**
 * What is done with an ambiguous path; the four values mirror Envoy's `path_with_escaped_slashes_action`:
 * refuse, forward as it is, decode and forward, or answer with a redirect to the decoded form.
 */
export type PathTreatment = 'reject' | 'keep' | 'decode' | 'redirect';

export type LimitSubject = 'consumer' | 'key' | 'address' | 'route';

export type LimitRule =
  | {
      readonly kind: 'rate';
      /** Counted per this combination; `['consumer', 'route']` counts each consumer on each route. */
      readonly per: readonly LimitSubject[];
      readonly permits: number;
      readonly windowSeconds: number;
      /** Calls that may come at once above the even rate; at least 1. */
      readonly burst: number;
      /** Permits one call takes. */
      readonly cost: number;
    }
  | {
      readonly kind: 'quota';
      readonly per: readonly LimitSubject[];
      readonly permits: number;
      /** Calendar window in UTC, or a number of seconds. */
      readonly window: 'day' | 'month' | number;
      readonly cost: number;
    };

export type UnmatchedConfig = { readonly kind: 'deny' } | { readonly kind: 'forward'; readonly upstream: string };

export interface ConsumerConfig {
  readonly groups: readonly string[];
  readonly tier: string;
}
