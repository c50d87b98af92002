import Provider, {
  type AdapterFactory,
  type Client,
  type Configuration,
  errors,
  type JWKS,
  type KoaContextWithOIDC,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import type { IssuerConfig } from '../../core/issuer.ts';
import { addressOf, agentOf, certificateHasName, certificateIsTrusted, certificateOf } from './caller.ts';
import { CLIENT_AUTHENTICATION, type ClientRegistry, GRANT_TYPES, shownMetadata } from './clients.ts';
import type { Pages } from './pages.ts';
import type { RefreshFamilies } from './refresh-families.ts';
import { TokenExchange } from './token-exchange.ts';

/** Somebody who can sign in. */
export interface SignedInAccount {
  readonly id: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface ProviderParts {
  readonly config: IssuerConfig;
  readonly adapter: AdapterFactory;
  readonly clients: ClientRegistry;
  readonly families: RefreshFamilies;
  readonly exchange: TokenExchange;
  readonly pages: Pages;
  /** Private keys, the one that signs first, and public halves of the others. */
  readonly signingKey: Readonly<Record<string, string>>;
  readonly cookieSecret: Uint8Array;
  readonly nonceSecret: Uint8Array;
  /** `sinceSeconds`: when what asks for it began; undefined where that is not known. */
  readonly account: (id: string, sinceSeconds: number | undefined) => Promise<SignedInAccount | undefined>;
  /** Public name of a grant, for the session of its tokens. */
  readonly sessionOf: (grantId: string) => string;
  /** Requests of the library itself, to the key sets of clients. */
  readonly send: NonNullable<Configuration['fetch']>;
}

const SECONDS_OF_CODE = 60;
const SECONDS_OF_INTERACTION = 1_800;
const SECONDS_OF_PUSHED_REQUEST = 60;
/** Of a browser that nobody is signed in with yet: anybody can have as many as they like. */
const SECONDS_OF_ANONYMOUS_SESSION = 1_800;

const PAGE_FIELDS = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The library with the rules of this gateway. Made anew when keys or configuration change; what it remembers is in the adapter. */
export function createProvider(parts: ProviderParts): Provider {
  const { config, clients, exchange } = parts;
  const provider = new FamilyProvider(configurationOf(parts), parts);
  // The data plane is the only one that can reach the socket, and says who the client is.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function compare(this: Client, presented: string): Promise<boolean> {
    return clients.secretMatches(this.clientId, presented);
  };
  const { persist } = provider.Session.prototype;
  // The library also asks for it where a page says what is wrong to a browser that has no session yet: nothing is kept of that one.
  provider.Session.prototype.persist = function kept(this: InstanceType<typeof provider.Session>): Promise<string> {
    return this.exp === undefined ? Promise.resolve('') : persist.call(this);
  };
  provider.use(async (ctx, next) => {
    await next();
    // Pages of the library itself send forms on, with what is in them.
    if (ctx.type === 'text/html' && !ctx.res.hasHeader('content-security-policy')) ctx.set(PAGE_FIELDS);
    if (CLIENT_ROUTES.includes(ctx.oidc?.route ?? '') && typeof ctx.body === 'object' && ctx.body !== null)
      ctx.body = shownMetadata(ctx.body);
  });
  if (config.exchange !== undefined)
    provider.registerGrantType(
      TokenExchange.grantType,
      (ctx) => exchange.handle(ctx),
      TokenExchange.parameters,
      TokenExchange.repeatable,
    );
  return provider;
}

/** Refreshing happens in the turn of its family; unknown scopes are refused. */
class FamilyProvider extends Provider {
  #families: RefreshFamilies | undefined;
  #scopes: ReadonlySet<string> | undefined;

  constructor(configuration: Configuration, { config, families }: Pick<ProviderParts, 'config' | 'families'>) {
    super(config.identifier, configuration);
    this.#families = families;
    this.#scopes = new Set(config.resources.flatMap(({ scopes }) => Object.keys(scopes)));
  }

  override registerGrantType<Params extends object>(
    name: string,
    handler: (ctx: TokenEndpointGrantContext<Params>) => void | Promise<void>,
    ...rest: [(string | readonly string[] | ReadonlySet<string>)?, (string | readonly string[] | ReadonlySet<string>)?]
  ): void {
    if (name === GRANT_TYPES.clientCredentials) {
      const known = async (ctx: TokenEndpointGrantContext<Params>): Promise<void> => {
        // The library would leave them out, and a client would learn of it from the API.
        for (const scope of ctx.oidc.requestParamScopes)
          if (this.#scopes?.has(scope) !== true) throw new errors.InvalidScope('there is no such scope', scope);
        await handler(ctx);
      };
      super.registerGrantType<Params>(name, known, ...rest);
      return;
    }
    if (name !== GRANT_TYPES.refreshToken) {
      super.registerGrantType<Params>(name, handler, ...rest);
      return;
    }
    const refresh = async (ctx: TokenEndpointGrantContext<Params>): Promise<void> => {
      const families = this.#families;
      if (families === undefined) throw new TypeError('asked before it was made');
      const caller = { address: addressOf(ctx), agent: agentOf(ctx) };
      const refusal = await families.run(ctx, caller, async () => handler(ctx));
      if (refusal === 'busy') throw new errors.TemporarilyUnavailable('too many requests with this refresh token');
      if (refusal === 'exhausted') throw new errors.InvalidGrant('refresh token already used');
    };
    super.registerGrantType<Params>(name, refresh, ...rest);
  }
}

function configurationOf(parts: ProviderParts): Configuration {
  const { config, clients, families, exchange, pages, signingKey } = parts;
  const { lifetimes, resources } = config;
  const { algorithm } = config.signingKeys;
  const scopesOf = new Map(resources.map(({ audience, scopes }) => [audience, Object.keys(scopes).join(' ')]));
  const grants = [
    GRANT_TYPES.clientCredentials,
    GRANT_TYPES.authorizationCode,
    GRANT_TYPES.refreshToken,
    GRANT_TYPES.deviceCode,
  ];
  return {
    adapter: parts.adapter,
    jwks: { keys: [signingKey] } as unknown as JWKS,
    clients: publicClients(config),
    clientDefaults: {
      grant_types: [GRANT_TYPES.authorizationCode, GRANT_TYPES.refreshToken],
      response_types: ['code'],
      id_token_signed_response_alg: algorithm,
      token_endpoint_auth_method: 'client_secret_basic',
    },
    clientAuthMethods: [...CLIENT_AUTHENTICATION],
    enabledJWA: {
      idTokenSigningAlgValues: [algorithm],
      clientAuthSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256'],
      dPoPSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA'],
    },
    scopes: ['openid', 'offline_access', ...new Set(resources.flatMap(({ scopes }) => Object.keys(scopes)))],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    clockTolerance: 5,
    acceptQueryParamAccessTokens: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: {
      names: cookieNames(config),
      keys: [Buffer.from(parts.cookieSecret)],
      // The API behind the gateway has no business with them.
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: config.path },
      short: { signed: true, httpOnly: true, sameSite: 'lax', path: config.path },
    },
    routes: ROUTES,
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessSeconds,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessSeconds,
      AuthorizationCode: SECONDS_OF_CODE,
      DeviceCode: lifetimes.deviceCodeSeconds,
      IdToken: lifetimes.idTokenSeconds,
      Interaction: SECONDS_OF_INTERACTION,
      PushedAuthorizationRequest: SECONDS_OF_PUSHED_REQUEST,
      Session: (_ctx, session) =>
        session.accountId === undefined
          ? Math.min(SECONDS_OF_ANONYMOUS_SESSION, lifetimes.sessionSeconds)
          : lifetimes.sessionSeconds,
      Grant: lifetimes.refreshSecondsMax,
      RefreshToken: (_ctx, token) =>
        Math.max(1, Math.min(lifetimes.refreshSeconds, lifetimes.refreshSecondsMax - token.totalLifetime())),
    },
    rotateRefreshToken: (ctx) => families.rotates(ctx),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed(GRANT_TYPES.refreshToken),
    expiresWithSession: async (_ctx, source) =>
      source.kind === 'AuthorizationCode' && !source.scopes.has('offline_access'),
    findAccount: async (ctx, id, token) => {
      const begun = token === undefined ? ctx.oidc.session?.authTime() : 'iiat' in token ? token.iiat : token.iat;
      const account = await parts.account(id, begun);
      return account === undefined
        ? undefined
        : { accountId: id, claims: async () => ({ sub: id, ...account.claims }) };
    },
    extraTokenClaims: async (ctx, token) => {
      const exchanged = exchange.claimsOf(ctx);
      if (exchanged !== undefined) return { ...exchanged };
      const client = token.clientId === undefined ? undefined : await clients.find(token.clientId);
      const grantId = 'grantId' in token ? token.grantId : undefined;
      return {
        ...(client === undefined ? {} : { consumer: client.consumer }),
        ...(typeof grantId === 'string' ? { sid: parts.sessionOf(grantId) } : {}),
      };
    },
    loadExistingGrant: (ctx) => existingGrant(ctx, parts),
    interactions: { url: (_ctx, interaction) => `${config.path}/sign-in/${interaction.uid}` },
    renderError: (ctx, out) => pages.error(ctx, out),
    clientBasedCORS: (_ctx, origin, client) =>
      // Browsers may call for clients that keep no secret, from where those are.
      client.clientAuthMethod === 'none' &&
      // Of applications with a scheme of their own, and of every page in a sandbox: nobody's.
      origin !== 'null' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => {
      // One audience, the issuer itself: what was meant for another server must not be taken here.
      if (claims['aud'] !== config.identifier)
        throw new errors.InvalidClientAuth('the audience of an assertion is the issuer, and nobody else');
    },
    fetch: parts.send,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: config.pushedRequestsOnly,
        allowUnregisteredRedirectUris: false,
      },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        userCodeInputSource: (ctx, form, _out, error) => pages.deviceInput(ctx, form, error),
        userCodeConfirmSource: (ctx, form, client, _info, code) => pages.deviceConfirm(ctx, form, client, code),
        successSource: (ctx) => pages.deviceDone(ctx),
      },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.from(parts.nonceSecret),
        requireNonce: () => config.dpopNonce,
        allowReplay: false,
      },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: (ctx) => certificateOf(ctx),
        certificateAuthorized: (ctx) => certificateIsTrusted(ctx),
        certificateSubjectMatches: (ctx, property, expected) => certificateHasName(ctx, property, expected),
      },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          token.clientId === client.clientId || (await clients.find(client.clientId))?.introspects === true,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      registration: { enabled: config.registration !== 'off', initialAccessToken: config.registration === 'token' },
      registrationManagement: { enabled: config.registration !== 'off' },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => pages.signOut(ctx, form),
        postLogoutSuccessSource: (ctx) => pages.signedOut(ctx),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf?.[0] ?? resources[0]?.audience ?? [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, audience) => {
          const scope = scopesOf.get(audience);
          if (scope === undefined) throw new errors.InvalidTarget();
          return {
            scope,
            audience,
            accessTokenTTL: lifetimes.accessSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: algorithm } },
          };
        },
      },
    },
    grantTypes: grants,
  } as Configuration;
}

/** Names under which the endpoints stand, below the path of the issuer. */
const ROUTES = {
  authorization: '/authorize',
  code_verification: '/device',
  device_authorization: '/device/authorize',
  end_session: '/sign-out',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/register',
  revocation: '/revoke',
  token: '/token',
} as const;

export const AUTHORIZATION_ROUTE: string = ROUTES.authorization;
/** Where a form begins an authorization. */
export const AUTHORIZATION_FORM_ROUTES: readonly string[] = [
  ROUTES.pushed_authorization_request,
  ROUTES.device_authorization,
];
/** Where a form carries a token. */
export const FORM_ROUTES: readonly string[] = [ROUTES.introspection, ROUTES.revocation];
export const JWKS_ROUTE: string = ROUTES.jwks;
/** Registrations of clients stand below it. */
export const REGISTRATION_ROUTE: string = ROUTES.registration;

/**
 * Whether a path is the one we know an endpoint by. The library takes endpoints in any case, and with a slash behind them: there,
 * what is done to a request before the library sees it would be left out.
 */
export function isSpelledOut(route: string): boolean {
  if (route.endsWith('/')) return false;
  const folded = route.toLowerCase();
  return Object.values(ROUTES).every((endpoint) => {
    const isMeant = folded === endpoint || folded.startsWith(`${endpoint}/`);
    return !isMeant || route.startsWith(endpoint);
  });
}

/** Names the library has for routes that answer with the metadata of a client. */
const CLIENT_ROUTES: readonly string[] = ['registration', 'client', 'client_update'];

function cookieNames({ origin }: IssuerConfig) {
  const prefix = origin.startsWith('https:') ? '__Secure-' : '';
  return {
    session: `${prefix}sallyport_session`,
    interaction: `${prefix}sallyport_sign_in`,
    resume: `${prefix}sallyport_sign_in_resume`,
  };
}

/** Whoever holds a credential that can be exchanged needs no secret besides it. */
function publicClients({ exchange }: IssuerConfig): NonNullable<Configuration['clients']> {
  if (exchange?.publicClient === undefined) return [];
  return [
    {
      client_id: exchange.publicClient,
      grant_types: [GRANT_TYPES.tokenExchange],
      token_endpoint_auth_method: 'none',
      redirect_uris: [],
      response_types: [],
    },
  ];
}

/** What somebody has agreed to before; for the operator's own clients, whatever they ask for. */
async function existingGrant(ctx: KoaContextWithOIDC, { clients }: ProviderParts) {
  const { provider, client, session, result } = ctx.oidc;
  if (client === undefined || session === undefined) return undefined;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const registered = await clients.find(client.clientId);
  if (registered?.trusted !== true || session.accountId === undefined) return known;
  const grant = known ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  const asked = [...ctx.oidc.requestParamScopes].join(' ');
  grant.addOIDCScope(asked);
  for (const resource of Object.keys(ctx.oidc.resourceServers ?? {})) grant.addResourceScope(resource, asked);
  await grant.save();
  return grant;
}
