/** How people prove who they are at the embedded authorization server. */
export interface SignInConfig {
  readonly passwords: boolean;
  readonly passkeys: boolean;
  readonly providers: readonly SignInProviderConfig[];
  /** What scopes allow, in words for people. */
  readonly scopeDescriptions: readonly { readonly scope: string; readonly text: string }[];
}

/** An OpenID provider people may sign in at. */
export interface SignInProviderConfig {
  /** Stands in the callback URL. */
  readonly name: string;
  /** What the button says. */
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client, by PKCE alone. */
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  readonly allow: SignInAllow;
  /** True: whoever is allowed and has no account gets one. False: accounts are linked by an administrator first. */
  readonly createAccounts: boolean;
  readonly timeoutSeconds: number;
  /** True: the provider may be at a private or loopback address, and may speak plain HTTP. */
  readonly allowPrivateAddresses: boolean;
}

/** Who of a provider's people may come in: `anyone`, or whom one of the lists names. Addresses count only as verified. */
export type SignInAllow = 'anyone' | SignInAllowList;

export interface SignInAllowList {
  readonly emails: readonly string[];
  /** Domains of verified addresses, exactly. */
  readonly domains: readonly string[];
  readonly subjects: readonly string[];
  /** Each: a claim of the ID token that is this text, or a list that holds it. */
  readonly claims: readonly { readonly name: string; readonly value: string }[];
}

/** One person's way through sign-in and consent, as the authorization server sees it. */
export interface Interaction {
  /** Unguessable, in the path: `<base>/sign-in/<id>`. */
  readonly id: string;
  readonly prompt: 'login' | 'consent';
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly uri: string | undefined;
    readonly redirectHost: string;
    /** Where the answer goes in the end; browsers hold its origin against the page's policy. */
    readonly redirectUri: string;
  };
  /** Who is signed in already (consent). */
  readonly accountId: string | undefined;
  /** Asked for and not yet granted (consent), those of resources too. */
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly loginHint: string | undefined;
  /** Each resolves with the URL to redirect to (303). */
  finishLogin(result: LoginResult): Promise<string>;
  finishConsent(): Promise<string>;
  /** `access_denied` to the client. */
  abort(): Promise<string>;
}

export interface LoginResult {
  readonly accountId: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly authTimeSeconds: number;
  /** True: the session may outlive the browser. */
  readonly remember: boolean;
}

/**
 * Finds the interaction of this id that belongs to the request's own cookies; undefined: expired, or another browser's.
 * `handle` is what was given as `PageRequest.handle`.
 */
export type OpenInteraction = (handle: unknown, id: string) => Promise<Interaction | undefined>;

/** A request for a page. */
export interface PageRequest {
  readonly method: string;
  /** The whole path, as sent, without query. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** By lower-case name; several fields of one name are joined as RFC 9110 §5.3 says, those of `cookie` with `; `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** At most `FORM_BYTES_MAX` bytes and one more, which tells that it was longer. */
  readonly body: Uint8Array;
  /** Address of the client. */
  readonly address: string;
  /** For `OpenInteraction`. */
  readonly handle: unknown;
}

/** Bytes of a form. */
export const FORM_BYTES_MAX = 16_384;

export interface PageAnswer {
  readonly status: number;
  /** Lower-case names; a list is one field each. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** Something about sign-in that somebody may want to know of. Holds no credential. */
export interface SignInSignal {
  readonly name:
    | 'sign_in.failed'
    | 'sign_in.throttled'
    | 'sign_in.passkey_refused'
    | 'sign_in.passkey_cloned'
    | 'sign_in.upstream_refused'
    | 'sign_in.upstream_failed'
    | 'sign_in.forged_form'
    | 'sign_in.invite_refused';
  /** Undefined where nobody is known. */
  readonly accountId: string | undefined;
  readonly address: string;
  /** In words, of our own. */
  readonly detail: string;
}
