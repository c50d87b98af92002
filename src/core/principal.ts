import type { CredentialRestriction } from './credential.ts';

/** How who is calling was established. */
export type AuthenticationMethod = 'api-key' | 'jwt' | 'introspection' | 'mtls' | 'http-signature' | 'hmac' | 'basic';

/** What a credential is bound to besides itself: nothing, a key the caller proves to hold, or its certificate. */
export type Binding = 'none' | 'dpop' | 'mtls';

/** Verified claims of a token; has no prototype, so that no claim name can reach one. */
export type Claims = Readonly<Record<string, unknown>>;

/** For methods whose credentials carry no claims. */
export const NO_CLAIMS: Claims = Object.freeze(Object.create(null) as Record<string, unknown>);

/**
 * A verified identity on a call, of one shape whatever method verified it.
 * `version` changes when a field changes its meaning.
 */
export interface Principal {
  readonly version: 1;
  /** The registered consumer, or empty where the identity belongs to none. */
  readonly consumer: string;
  /** Who the credential speaks for; for an API key, the consumer. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly tier: string;
  /** Roles its issuer gives the caller; absent where the method knows of none. */
  readonly roles?: readonly string[] | undefined;
  /** Authenticator name of the configuration and its method. */
  readonly authenticator: string;
  readonly method: AuthenticationMethod;
  /** Public id of the credential: safe to log, never enough to call with. */
  readonly credentialId: string;
  /** Issuer of the token, or empty. */
  readonly issuer: string;
  /** OAuth client the token was given to, or empty. */
  readonly clientId: string;
  readonly binding: Binding;
  /** Authentication context class of the person behind the call (OpenID Connect Core §2), or empty. */
  readonly acr: string;
  /** When that person signed in, Unix seconds; 0 where unknown. */
  readonly authenticatedAtSeconds: number;
  /** When the credential was issued, Unix seconds; absent or 0 where unknown. */
  readonly issuedAtSeconds?: number | undefined;
  /** When the credential ends, Unix milliseconds; 0 where it has no end of its own. */
  readonly expiresAtMs: number;
  readonly claims: Claims;
  /** What the credentials of the call are confined to, each of which holds; absent where they are confined to nothing. */
  readonly restrictions?: readonly CredentialRestriction[] | undefined;
}
