import type { AccessPolicy } from './access.ts';
import type { PathAmbiguity } from './call.ts';
import type { DeciderConfig } from './deciders.ts';
import type { Mode, StageId } from './decision.ts';
import type { Severity } from './finding.ts';
import type { GraphqlConfig } from './graphql.ts';
import type { IssuerConfig } from './issuer.ts';
import type { OwnerLookupConfig } from './ownership.ts';
import type { PayloadPolicy } from './payload.ts';
import type { Binding } from './principal.ts';

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
  /** Files that say what is where. */
  readonly geo?: { readonly countriesFile: string } | undefined;
  readonly store: { readonly url: string };
  readonly state: { readonly url: string };
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly authenticators: Readonly<Record<string, AuthenticatorConfig>>;
  /** Look-ups of whose an object is, by name. */
  readonly owners: Readonly<Record<string, OwnerLookupConfig>>;
  /** Policy decision points outside, by name. */
  readonly deciders: Readonly<Record<string, DeciderConfig>>;
  readonly routes: readonly RouteConfig[];
  readonly unmatched: UnmatchedConfig;
  readonly consumers: Readonly<Record<string, ConsumerConfig>>;
  /** The embedded authorization server, or undefined. */
  readonly issuer: IssuerConfig | undefined;
  /** Who is told of findings; undefined: nobody. */
  readonly alerts: { readonly webhook: AlertWebhook | undefined };
  readonly events: { readonly retainDays: number; readonly bytesMax: number };
  readonly apiKeys: {
    readonly brand: string;
    readonly environment: string;
    /** What happens to a key that is seen in an answer, a query or a Referer, besides the finding. */
    readonly onLeak: LeakPolicy;
    /** Keys unused for so long are disabled, where they do not say otherwise themselves; 0: never. */
    readonly disableAfterIdleSeconds: number;
    /** How long before a key ends somebody is told; 0: never. */
    readonly warnBeforeExpirySeconds: number;
    /** True: what enforces asks the API for answers without compression. */
    readonly uncompressedAnswers: boolean;
    /** Whether messages of GitHub's secret scanning are taken. */
    readonly secretScanning: SecretScanningConfig | undefined;
  };
}

/** With `revokeAfterSeconds` the key works for so long yet, so that its owner can change over. */
export type LeakPolicy = 'alert' | 'revoke' | { readonly revokeAfterSeconds: number };

/** Messages of GitHub's secret scanning partner programme. */
export interface SecretScanningConfig {
  readonly publicKeysUrl: string;
  readonly allowPrivateAddresses: boolean;
}

/** A receiver of alerts, signed as Standard Webhooks say. */
export interface AlertWebhook {
  readonly url: string;
  /** Base64, with or without `whsec_`. */
  readonly secret: string;
  readonly severityMin: Severity;
  readonly allowPrivateAddresses: boolean;
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
  /** Whether clients are asked for a certificate; `require` ends the handshake of those without a valid one. */
  readonly clientAuth: 'none' | 'request' | 'require';
  /** PEM file of the authorities of client certificates. */
  readonly clientCaFile: string | undefined;
  /** PEM file of revocation lists; with one, every authority of a chain needs its own. */
  readonly crlFile: string | undefined;
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
  /** Absolute http(s) origins, each without path, at least one; `unix:PATH` for a part of the gateway itself. */
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
  /** True: calls carry a signed `Sallyport-Assertion` of who was identified. */
  readonly assertion: boolean;
  /** Its OpenAPI document, or undefined where there is none. */
  readonly openapi: ContractDocument | undefined;
  /** True: it is part of the gateway, and is told of the client's certificate. Never of a configuration file. */
  readonly internal: boolean;
}

export interface ContractDocument {
  readonly file: string;
  /** What was read of it, UTF-8 JSON, in memory that all threads share; undefined until it was read. */
  readonly text: SharedArrayBuffer | undefined;
  /** SHA-256 of the text, so that the same document is compiled once whatever else changes; empty until it was read. */
  readonly digest: string;
}

/** What is asked of calls and answers by the OpenAPI document of the upstream. */
export interface ContractPolicy {
  readonly request: ContractMode;
  readonly response: ContractMode;
  /** Fields, query parameters and form fields that the document does not know. */
  readonly unknownFields: 'deny' | 'allow';
  /** Calls to what the document does not describe. */
  readonly undocumented: 'deny' | 'allow';
  /** True: the caller is told where a call departs from the document, and what is expected there. */
  readonly describe: boolean;
}

/** `enforce` refuses where the stage enforces on the route; `observe` only records. */
export type ContractMode = 'off' | 'observe' | 'enforce';

export type AuthenticatorConfig =
  | ApiKeyAuthenticatorConfig
  | JwtAuthenticatorConfig
  | IntrospectionAuthenticatorConfig
  | MtlsAuthenticatorConfig
  | HttpSignatureAuthenticatorConfig
  | HmacAuthenticatorConfig
  | BasicAuthenticatorConfig;

export interface ApiKeyAuthenticatorConfig {
  readonly type: 'api-key';
  /** Lower-case header name the key is read from. */
  readonly header: string;
}

/** Fully specified algorithms (RFC 7518, RFC 9864); `EdDSA` in a token means `Ed25519`. */
export type JwsAlgorithm =
  | 'Ed25519'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'HS256'
  | 'HS384'
  | 'HS512';

/** Which consumer a verified identity is. */
export interface ConsumerMapping {
  /** Claim that names it; undefined: `client_id`, else `azp`, else `sub`. */
  readonly claim: string | undefined;
  /** Put before the claim's value, so that no issuer can name another's consumers. */
  readonly prefix: string;
}

/** Claims beyond the registered ones, and what is read from them. */
export interface TokenClaimsPolicy {
  readonly audiences: readonly string[];
  readonly requiredClaims: readonly string[];
  readonly skewSeconds: number;
  /** Longest `exp` − `iat`, and farthest `exp` from now. */
  readonly lifetimeSecondsMax: number;
  /** Claim of scopes: a string of space-separated ones, or an array. */
  readonly scopeClaim: string;
  /** Claim of groups (an array of strings), or undefined. */
  readonly groupsClaim: string | undefined;
  /** Where roles stand (an array of strings): the claim, then the names within it; undefined: nowhere. */
  readonly rolesClaim?: readonly string[] | undefined;
  readonly consumer: ConsumerMapping;
  readonly binding: BindingPolicy;
  readonly stepUp: StepUpPolicy;
}

/** `none` takes unbound tokens too; a token that is bound has to prove it under every policy. */
export interface BindingPolicy {
  readonly require: Binding;
  readonly dpop: DpopPolicy;
}

export interface DpopPolicy {
  readonly algorithms: readonly JwsAlgorithm[];
  readonly maxAgeSeconds: number;
  readonly skewSeconds: number;
  /** True: every proof needs a nonce of this gateway (RFC 9449 §9). */
  readonly requireNonce: boolean;
  /** Origin clients see, such as `https://api.example.com`; undefined: scheme and host of the call. */
  readonly origin: string | undefined;
}

/** RFC 9470. Empty `acrValues` and 0 `maxAgeSeconds` ask for nothing. */
export interface StepUpPolicy {
  readonly acrValues: readonly string[];
  readonly maxAgeSeconds: number;
}

/** Where a token is looked for besides `Authorization`. */
export interface TokenLocation {
  /** Lower-case header the token is read from. */
  readonly header: string;
  /** Query parameter, off unless named (RFC 6750 §5.3). */
  readonly queryParameter: string | undefined;
}

export interface OutboundPolicy {
  readonly timeoutSeconds: number;
  readonly allowPrivateAddresses: boolean;
}

export type JwksSource =
  | { readonly kind: 'discovery' }
  /** Of the embedded authorization server: no request is made for them. */
  | { readonly kind: 'own' }
  | { readonly kind: 'url'; readonly url: string }
  /** Of the file or the configuration itself, read when it is loaded. */
  | { readonly kind: 'fixed'; readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** HS* only. */
  | { readonly kind: 'secrets'; readonly secrets: readonly string[] };

export interface KeySetPolicy extends OutboundPolicy {
  /** Keys are fetched again so long after the last time, or earlier where the answer's cache lifetime is shorter. */
  readonly refreshSeconds: number;
  /** How long the last good keys are believed while the issuer does not answer. */
  readonly staleSecondsMax: number;
  /** Shortest time between two fetches because of an unknown key. */
  readonly cooldownSeconds: number;
}

export interface JwtAuthenticatorConfig {
  readonly type: 'jwt';
  readonly issuer: string;
  readonly algorithms: readonly JwsAlgorithm[];
  readonly keys: JwksSource;
  readonly keySet: KeySetPolicy;
  /** Accepted `typ` values, lower-case, without `application/`; the empty string stands for an absent one. */
  readonly types: readonly string[];
  readonly location: TokenLocation;
  readonly claims: TokenClaimsPolicy;
  /** True: base64url with `=` padding is taken, and treated as if it were not padded. */
  readonly toleratePadding: boolean;
  readonly tokenBytesMax: number;
  readonly encryption: JweConfig | undefined;
}

/** Encrypted tokens around signed ones (RFC 7516). */
export interface JweConfig {
  readonly keyManagement: readonly ('RSA-OAEP-256' | 'ECDH-ES' | 'ECDH-ES+A128KW' | 'ECDH-ES+A256KW')[];
  readonly contentEncryption: readonly ('A128GCM' | 'A256GCM' | 'A128CBC-HS256' | 'A256CBC-HS512')[];
  /** PEM (PKCS #8) texts of the keys tokens are encrypted to. */
  readonly privateKeys: readonly string[];
}

export interface IntrospectionAuthenticatorConfig {
  readonly type: 'introspection';
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Expected `iss` of the answer where it has one; undefined: not compared. */
  readonly issuer: string | undefined;
  readonly location: TokenLocation;
  readonly claims: TokenClaimsPolicy;
  readonly outbound: OutboundPolicy;
  /** How long a positive and a negative answer are believed. */
  readonly cacheSecondsMax: number;
  readonly negativeCacheSecondsMax: number;
  readonly tokenBytesMax: number;
}

/** Which part of a certificate names its holder. */
export type CertificateIdentity = 'san-uri' | 'san-dns' | 'san-email' | 'spki-sha256' | 'spiffe';

export interface MtlsAuthenticatorConfig {
  readonly type: 'mtls';
  readonly identity: CertificateIdentity;
  /** Accepted identities: exact, or `*.` / a final `*` as a whole label or path rest. Empty accepts every one the authorities vouch for. */
  readonly allow: readonly string[];
  /** Trust domain of `spiffe`. */
  readonly trustDomain: string | undefined;
  /** PEM texts of authorities and revocation lists for certificates a proxy forwards; those of the handshake are the listener's. */
  readonly authorities: string | undefined;
  readonly revocationLists: string | undefined;
  /** Certificates forwarded by trusted proxies; undefined: only those of the handshake. */
  readonly forwarded: { readonly header: string; readonly format: 'client-cert' | 'xfcc' | 'url-pem' } | undefined;
  readonly consumerPrefix: string;
}

export interface HttpSignatureAuthenticatorConfig {
  readonly type: 'http-signature';
  /** Components every signature has to cover, as in `Signature-Input` without parameters. */
  readonly components: readonly string[];
  readonly maxAgeSeconds: number;
  readonly skewSeconds: number;
  readonly requireNonce: boolean;
  /** Exact `tag` a signature has to have, or undefined. */
  readonly tag: string | undefined;
  /** By `keyid`. */
  readonly keys: Readonly<Record<string, HttpSignatureKey>>;
  /** Largest body whose digest is checked. */
  readonly bodyBytesMax: number;
  /** Origin clients see; undefined: scheme and host of the call. */
  readonly origin: string | undefined;
}

export interface HttpSignatureKey {
  readonly algorithm:
    | 'ed25519'
    | 'ecdsa-p256-sha256'
    | 'ecdsa-p384-sha384'
    | 'rsa-pss-sha512'
    | 'rsa-v1_5-sha256'
    | 'hmac-sha256';
  /** PEM of the public key; for `hmac-sha256` the base64 secret. */
  readonly key: string;
  readonly consumer: string;
  readonly scopes: readonly string[];
}

export interface HmacAuthenticatorConfig {
  readonly type: 'hmac';
  readonly scheme: 'standard-webhooks' | 'sallyport-hmac';
  readonly maxAgeSeconds: number;
  readonly bodyBytesMax: number;
  /** By public client id; `standard-webhooks` has exactly one. */
  readonly clients: Readonly<Record<string, HmacClient>>;
}

export interface HmacClient {
  /** Base64 of at least 32 bytes each; two while one replaces the other. */
  readonly secrets: readonly string[];
  readonly consumer: string;
  readonly scopes: readonly string[];
}

export interface BasicAuthenticatorConfig {
  readonly type: 'basic';
  readonly realm: string;
  /** By user name. */
  readonly users: Readonly<Record<string, BasicUser>>;
}

export interface BasicUser {
  /** `$argon2id$…` or `$scrypt$…`. */
  readonly passwordHash: string;
  readonly consumer: string;
  readonly scopes: readonly string[];
}

export type AuthenticateConfig =
  /** `because` is for people, where the file says why. */
  | { readonly kind: 'none'; readonly because?: string }
  | { readonly kind: 'anyOf'; readonly authenticators: readonly string[] }
  | { readonly kind: 'allOf'; readonly authenticators: readonly string[] };

/** Where a setting of a route stands in the file. */
export interface SettingOrigin {
  /** Such as `authenticate` or `inspect.maxBodyBytes`. */
  readonly setting: string;
  /** `route`, `group NAME`, `whole` or `default`. */
  readonly from: string;
  /** Line of its key, from 1; 0 of a default. */
  readonly line: number;
}

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
  /** Id that rules, keys and limits know the route by, where a command made it of another one; absent: `id`. */
  readonly rulesOf?: string;
  /** Template whose parameters rules name, where a command narrowed `match.path`; absent: that one. */
  readonly parametersOf?: string;
  /** Where its settings come from, of a route of a group; absent: all of them from the route. */
  readonly origins?: readonly SettingOrigin[];
  readonly upstream: string;
  readonly mode: Mode | undefined;
  readonly stages: Readonly<Partial<Record<StageId, Mode>>>;
  readonly authenticate: AuthenticateConfig;
  readonly authorize: {
    /** All of them, those of its policies included. */
    readonly scopes: readonly string[];
    /** Its own conditions, under an empty name, and those of its policies; every one has to permit. */
    readonly access: readonly AccessPolicy[];
  };
  readonly limits: readonly LimitRule[];
  readonly bodyBytesMax: number;
  /** Absent: documents of GraphQL are not looked at. */
  readonly graphql?: GraphqlConfig;
  readonly contract: ContractPolicy;
  /** How values and bodies are looked through for attacks; undefined: not at all. */
  readonly payload: PayloadPolicy | undefined;
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
