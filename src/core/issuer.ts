import type { SignInConfig } from './sign-in.ts';

/** Its name as an upstream, and the first part of those of its routes: with a colon, no file can name them. */
export const ISSUER_UPSTREAM = 'issuer:server';
export const ISSUER_ENDPOINTS = 'issuer:endpoints';

/** The embedded authorization server, after loading. */
export interface IssuerConfig {
  /** `iss` of its tokens: origin and path, without a final slash. */
  readonly identifier: string;
  /** Origin clients reach the gateway at, such as `https://api.example.com`. */
  readonly origin: string;
  /** Path its endpoints are under, such as `/oauth`. */
  readonly path: string;
  /** APIs tokens are issued for (RFC 8707); the first one where a client names none. At least one. */
  readonly resources: readonly IssuerResource[];
  readonly lifetimes: IssuerLifetimes;
  readonly refresh: RefreshPolicy;
  readonly signingKeys: SigningKeyPolicy;
  /** True: every DPoP proof at its endpoints needs a nonce (RFC 9449 §8). */
  readonly dpopNonce: boolean;
  /** True: authorization requests have to be pushed (RFC 9126). */
  readonly pushedRequestsOnly: boolean;
  /** Dynamic client registration (RFC 7591): nobody, holders of an initial access token, or everybody. */
  readonly registration: 'off' | 'token' | 'open';
  readonly exchange: ExchangePolicy | undefined;
  /** What people call the service. */
  readonly serviceName: string;
  readonly signIn: SignInConfig;
  /** Calls of one address to its endpoints. */
  readonly rate: { readonly permits: number; readonly windowSeconds: number };
}

/** One API tokens can be for. */
export interface IssuerResource {
  /** `aud` of its tokens: an absolute URI without fragment. */
  readonly audience: string;
  /** Scopes by name, each with what it lets somebody do, in words a person can agree to. */
  readonly scopes: Readonly<Record<string, string>>;
}

export interface IssuerLifetimes {
  readonly accessSeconds: number;
  readonly idTokenSeconds: number;
  /** Since a refresh token was last used, and since the sign-in it goes back to. */
  readonly refreshSeconds: number;
  readonly refreshSecondsMax: number;
  readonly sessionSeconds: number;
  readonly deviceCodeSeconds: number;
}

/** A refresh token that was just replaced may be presented again by a client that missed the answer. */
export interface RefreshPolicy {
  /** 0: never. */
  readonly graceSeconds: number;
  readonly graceUsesMax: number;
}

export const SIGNING_ALGORITHMS = ['ES256', 'Ed25519', 'PS256', 'RS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export interface SigningKeyPolicy {
  readonly algorithm: SigningAlgorithm;
  /** How long a key signs before the next one does. */
  readonly rotateSeconds: number;
  /** How long a key is published before it signs, so that whoever caches the key set has it by then. */
  readonly publishAheadSeconds: number;
}

/** Token exchange (RFC 8693). */
export interface ExchangePolicy {
  /** Authenticators whose credentials can be exchanged. */
  readonly authenticators: readonly string[];
  /** Client id with which holders of a credential need no client of their own, or undefined. */
  readonly publicClient: string | undefined;
  readonly lifetimeSecondsMax: number;
  /** True: what is issued is always bound to a key (RFC 9449). */
  readonly requireDpop: boolean;
}

/** A registered OAuth client. Its secret is known as a digest only. */
export interface OAuthClient {
  readonly id: string;
  /** Consumer its own calls are made as; those on behalf of a person too. */
  readonly consumer: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly createdAtMs: number;
  /** Lower-case hexadecimal digests under the pepper of the version in front; two while one replaces the other. */
  readonly secrets: readonly OAuthClientSecret[];
  /** Client metadata of RFC 7591 without secrets. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** True: people are not asked for their consent, since the client is the operator's own. */
  readonly trusted: boolean;
  /** True: it may ask what tokens of other clients are (RFC 7662), as an API does. */
  readonly introspects: boolean;
  /** How it came to be: by an operator, or by registering itself. */
  readonly origin: 'operator' | 'registration';
}

export interface OAuthClientSecret {
  readonly digest: string;
  readonly pepperVersion: number;
  readonly createdAtMs: number;
  /** 0: no end. */
  readonly expiresAtMs: number;
}

/** A key the issuer signs with. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: Readonly<Record<string, string>>;
  /** The private JWK, sealed; empty once the key signs no more. */
  readonly sealedPrivateJwk: Uint8Array;
  readonly createdAtMs: number;
  /** From then on it signs. */
  readonly signsFromMs: number;
  /** Since then another one signs; 0: none yet. */
  readonly retiredAtMs: number;
  /** From then on it is no longer published; 0 while it is not retired. */
  readonly removedAtMs: number;
}

export type SigningKeyState = 'published' | 'signing' | 'retired' | 'removed';

export function signingKeyState(key: SigningKey, nowMs: number): SigningKeyState {
  if (key.retiredAtMs === 0 || key.retiredAtMs > nowMs) return key.signsFromMs <= nowMs ? 'signing' : 'published';
  return key.removedAtMs > nowMs ? 'retired' : 'removed';
}

/** Something the authorization server has to remember: a code, a session, a grant. Its names are digests, its content is sealed. */
export interface OAuthRecord {
  readonly model: string;
  readonly id: string;
  readonly payload: Uint8Array;
  /** 0: no end. */
  readonly expiresAtMs: number;
  /** Of the grant it belongs to, or empty. */
  readonly grant: string;
  readonly uid: string;
  readonly userCode: string;
  /** Unix seconds; 0: not consumed. */
  readonly consumedAtSeconds: number;
  /** What replaced it, sealed under it; empty where nothing did. */
  readonly successor: Uint8Array;
  /** How often it was presented again within the grace. */
  readonly graceUses: number;
}
