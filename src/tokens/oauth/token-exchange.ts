import { errors, type KoaContextWithOIDC, type TokenEndpointGrantContext } from 'oidc-provider';
import type { ExchangePolicy, IssuerResource } from '../../core/issuer.ts';
import type { Principal } from '../../core/principal.ts';
import { GRANT_TYPES } from './clients.ts';

/** RFC 8693 §3, and one of our own for API keys. */
export const SUBJECT_TOKEN_TYPES = {
  'urn:ietf:params:oauth:token-type:access_token': 'token',
  'urn:ietf:params:oauth:token-type:jwt': 'token',
  'urn:sallyport:params:oauth:token-type:api-key': 'key',
} as const;
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

const PARAMETERS = [
  'audience',
  'resource',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
];

const ISSUED_MAX = 100_000;

export interface Widening {
  readonly what: 'scope' | 'audience';
  /** Who holds the credential that was exchanged. */
  readonly consumer: string;
  readonly credentialId: string;
  readonly clientId: string;
  readonly address: string;
  /** What was asked for and is not theirs, at most a few. */
  readonly wanted: readonly string[];
}

/** What is put into an access token besides what the library knows. */
export interface ExchangedClaims {
  readonly consumer: string;
  /** Of the credential it was issued for: with it, the token ends. */
  readonly sid: string;
}

/** Who asks for an exchange, and under which host name. */
export interface ExchangeCaller {
  readonly address: string;
  readonly agent: string;
  readonly host: string;
}

export interface TokenExchangeOptions {
  readonly policy: () => ExchangePolicy | undefined;
  readonly resources: () => readonly IssuerResource[];
  readonly nowMs: () => number;
  /** Who a credential belongs to, as the gateway's own methods say; undefined where they refuse it. */
  readonly identify: (
    kind: 'token' | 'key',
    credential: string,
    caller: ExchangeCaller,
  ) => Promise<Principal | undefined>;
  readonly sessionOf: (principal: Principal) => string;
  readonly onWidening: (widening: Widening) => void;
  readonly addressOf: (ctx: KoaContextWithOIDC) => string;
  readonly agentOf: (ctx: KoaContextWithOIDC) => string;
  /** Checks the proof of the request, where there is one, and that it was not used before; the key's thumbprint. */
  readonly provenKey: (ctx: KoaContextWithOIDC) => Promise<string | undefined>;
  /** Certificate of the connection as PEM, or undefined. */
  readonly certificateOf: (ctx: KoaContextWithOIDC) => string | undefined;
}

/**
 * Token exchange (RFC 8693): an API key or a token of an issuer the gateway trusts becomes a short token of its own, for no more
 * than the credential could do, and on demand bound to a key of the caller. Whoever asks for more is refused, and told of.
 */
export class TokenExchange {
  readonly #options: TokenExchangeOptions;
  readonly #claims = new WeakMap<object, ExchangedClaims>();
  /** Sessions of what was issued since the start and lives yet, with its end; full, everything counts as issued. */
  readonly #issued = new Map<string, number>();
  #isFull = false;

  constructor(options: TokenExchangeOptions) {
    this.#options = options;
  }

  static readonly grantType = GRANT_TYPES.tokenExchange;
  static readonly parameters: readonly string[] = PARAMETERS;
  /** RFC 8693 §2.1: both may stand more than once. */
  static readonly repeatable: readonly string[] = ['audience', 'resource'];

  /** What the token that is being issued in this request carries. */
  claimsOf(ctx: object | undefined): ExchangedClaims | undefined {
    return ctx === undefined ? undefined : this.#claims.get(ctx);
  }

  async handle(ctx: TokenEndpointGrantContext): Promise<void> {
    const { policy, nowMs, identify, sessionOf, addressOf, agentOf, provenKey, certificateOf } = this.#options;
    const rules = policy();
    if (rules === undefined) throw new errors.UnsupportedGrantType();
    const { params, client, provider } = ctx.oidc;
    const kind = subjectKind(params);
    const thumbprint = await provenKey(ctx);
    if (thumbprint === undefined && (rules.requireDpop || client['dpopBoundAccessTokens'] === true))
      throw new errors.InvalidRequest('a DPoP proof is required');
    const certificate = certificateOf(ctx);
    const certificateBound = client['tlsClientCertificateBoundAccessTokens'] === true;
    if (certificateBound && certificate === undefined)
      throw new errors.InvalidRequest('a client certificate is required');
    const address = addressOf(ctx);
    const caller = { address, agent: agentOf(ctx), host: ctx.host };
    const principal = await identify(kind, String(params['subject_token']), caller);
    if (principal === undefined) throw new errors.InvalidGrant('the subject token is not valid');
    const resource = this.#resource(params, principal, client.clientId, address);
    const scopes = this.#scopes(params, principal, resource, client, address);
    const endsAtMs = principal.expiresAtMs === 0 ? Number.POSITIVE_INFINITY : principal.expiresAtMs;
    const expiresIn = Math.floor(Math.min(rules.lifetimeSecondsMax, (endsAtMs - nowMs()) / 1000));
    if (expiresIn < 1) throw new errors.InvalidGrant('the subject token is about to end');
    this.#claims.set(ctx, { consumer: principal.consumer, sid: sessionOf(principal) });
    const token = new provider.AccessToken({
      accountId: principal.subject,
      client,
      gty: 'token_exchange',
      expiresIn,
      scope: scopes.join(' ') || undefined,
    } as unknown as ConstructorParameters<typeof provider.AccessToken>[0]);
    token.resourceServer = new provider.ResourceServer(resource.audience, {
      scope: Object.keys(resource.scopes).join(' '),
      audience: resource.audience,
      accessTokenTTL: expiresIn,
      accessTokenFormat: 'jwt',
    });
    if (thumbprint !== undefined) token.setThumbprint('jkt', thumbprint);
    if (certificateBound && certificate !== undefined) token.setThumbprint('x5t', certificate);
    ctx.oidc.entity('AccessToken', token);
    const text = await token.save();
    this.#remember(sessionOf(principal), nowMs() + expiresIn * 1000);
    ctx.body = {
      access_token: text,
      issued_token_type: params['requested_token_type'] === JWT ? JWT : ACCESS_TOKEN,
      token_type: token.tokenType,
      expires_in: expiresIn,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    };
  }

  /** False: nothing lives that was issued for this session since the start. */
  mayHaveIssued(session: string): boolean {
    return this.#isFull || this.#issued.has(session);
  }

  #remember(session: string, endsAtMs: number): void {
    if (this.#issued.size >= ISSUED_MAX && !this.#issued.has(session)) {
      const nowMs = this.#options.nowMs();
      for (const [known, knownEndMs] of this.#issued) if (knownEndMs < nowMs) this.#issued.delete(known);
      this.#isFull = this.#issued.size >= ISSUED_MAX;
      if (this.#isFull) return;
    }
    this.#issued.set(session, endsAtMs);
  }

  /** RFC 8693 §2.1: the API the token is for. Without a word of it, the only one the credential is good for, else the first. */
  #resource(
    params: Readonly<Record<string, unknown>>,
    principal: Principal,
    clientId: string,
    address: string,
  ): IssuerResource {
    const wanted = [...listOf(params['resource']), ...listOf(params['audience'])];
    if (wanted.length > 1) throw new errors.InvalidTarget('one resource or audience at a time');
    const resources = this.#options.resources();
    const audiences = audiencesOf(principal);
    const named = resources.filter(({ audience }) => audiences?.includes(audience) === true);
    // Another issuer may know this API by a name of its own: then the token is for the API as such, the first of them.
    const reachable = audiences === undefined ? resources : named.length > 0 ? named : resources.slice(0, 1);
    const [asked] = wanted;
    const found = asked === undefined ? reachable[0] : reachable.find(({ audience }) => audience === asked);
    if (found !== undefined) return found;
    if (asked !== undefined) this.#tell('audience', principal, clientId, address, [asked]);
    throw new errors.InvalidTarget('the subject token is not good for this resource');
  }

  #scopes(
    params: Readonly<Record<string, unknown>>,
    principal: Principal,
    resource: IssuerResource,
    client: TokenEndpointGrantContext['oidc']['client'],
    address: string,
  ): readonly string[] {
    const allowed = client['scope'] === undefined ? undefined : String(client['scope']).split(' ');
    const own = principal.scopes.filter(
      (scope) => Object.hasOwn(resource.scopes, scope) && (allowed === undefined || allowed.includes(scope)),
    );
    const asked = params['scope'];
    if (asked === undefined || asked === '') return own;
    const wanted = [
      ...new Set(
        String(asked)
          .split(' ')
          .filter((scope) => scope !== ''),
      ),
    ];
    const foreign = wanted.filter((scope) => !own.includes(scope));
    if (foreign.length === 0) return wanted;
    this.#tell('scope', principal, client.clientId, address, foreign);
    throw new errors.InvalidScope('more than the subject token allows', foreign.slice(0, 8).join(' '));
  }

  #tell(
    what: Widening['what'],
    principal: Principal,
    clientId: string,
    address: string,
    wanted: readonly string[],
  ): void {
    const { consumer, credentialId } = principal;
    this.#options.onWidening({ what, consumer, credentialId, clientId, address, wanted: wanted.slice(0, 8) });
  }
}

function subjectKind(params: Readonly<Record<string, unknown>>): 'token' | 'key' {
  const { subject_token: token, subject_token_type: type, requested_token_type: requested } = params;
  if (typeof token !== 'string' || token === '') throw new errors.InvalidRequest('subject_token is missing');
  if (typeof type !== 'string' || !Object.hasOwn(SUBJECT_TOKEN_TYPES, type))
    throw new errors.InvalidRequest(`subject_token_type is one of ${Object.keys(SUBJECT_TOKEN_TYPES).join(', ')}`);
  if (requested !== undefined && requested !== ACCESS_TOKEN && requested !== JWT)
    throw new errors.InvalidRequest('requested_token_type is an access token');
  // Delegation is not impersonation: an actor nobody checks must not be taken for one that was.
  if (params['actor_token'] !== undefined || params['actor_token_type'] !== undefined)
    throw new errors.InvalidRequest('actor tokens are not supported');
  return SUBJECT_TOKEN_TYPES[type as keyof typeof SUBJECT_TOKEN_TYPES];
}

/** What a token was issued for; a key has no audience of its own. */
function audiencesOf({ method, claims }: Principal): readonly string[] | undefined {
  if (method === 'api-key') return undefined;
  return listOf(claims['aud']);
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
