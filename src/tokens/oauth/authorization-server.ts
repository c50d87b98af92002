import type { EventEmitter } from 'node:events';
import type Provider from 'oidc-provider';
import type {
  AllClientMetadata,
  ClientMetadata,
  KoaContextWithOIDC,
  Configuration as LibraryConfiguration,
} from 'oidc-provider';
import validateDpop, { checkDpopReplay } from 'oidc-provider/lib/helpers/validate_dpop.js';
import type { Observation } from '../../core/finding.ts';
import type { IssuerConfig } from '../../core/issuer.ts';
import type { Principal } from '../../core/principal.ts';
import type { Peppers } from '../../crypto/api-key-digest.ts';
import { createSealer, derivedSecret } from '../../crypto/sealing.ts';
import type {
  Clock,
  ConsumerStore,
  OAuthClientStore,
  OAuthRecordStore,
  PublishedKeySet,
  Random,
  SigningKeyStore,
} from '../../ports.ts';
import { oauthAdapters } from './adapter.ts';
import { addressOf, agentOf, certificateOf } from './caller.ts';
import { ClientRegistry } from './clients.ts';
import { type IssuedClaims, JwtAccessTokens } from './jwt-access-tokens.ts';
import { codeReuseObservation, reuseObservation, wideningObservation } from './observations.ts';
import type { Pages } from './pages.ts';
import { createProvider } from './provider.ts';
import { OAuthRecords } from './records.ts';
import { RefreshFamilies } from './refresh-families.ts';
import { SigningKeys } from './signing-keys.ts';
import { TokenExchange } from './token-exchange.ts';

export interface AuthorizationServerOptions {
  readonly config: () => IssuerConfig;
  readonly records: OAuthRecordStore;
  readonly clients: OAuthClientStore;
  readonly signingKeys: SigningKeyStore;
  readonly consumers: ConsumerStore;
  readonly peppers: Peppers;
  /** 32 bytes that everything of the server is sealed under. */
  readonly sealingKey: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly pages: Pages;
  readonly account: Parameters<typeof createProvider>[0]['account'];
  /** A client that nobody registered was used, from there. */
  readonly unknownClient: (clientId: string, caller: { readonly address: string; readonly agent: string }) => void;
  readonly send: NonNullable<LibraryConfiguration['fetch']>;
  /** Who a credential belongs to, as the gateway's own methods say. */
  readonly identify: ConstructorParameters<typeof TokenExchange>[0]['identify'];
  /** Refuses tokens of the issuer on every thread: those issued up to now, or always. */
  readonly revoke: (kind: 'jti' | 'sid' | 'client' | 'kid', value: string, until: 'now' | 'always') => Promise<void>;
  readonly isRevoked: (claims: IssuedClaims) => boolean;
  readonly observe: (observation: Observation) => void;
  /** Something of ours broke; the client was told server_error. */
  readonly failed: (error: Error) => void;
  /** Resolves when every thread verifies by the keys. */
  readonly publish: (keys: PublishedKeySet) => Promise<void>;
}

/** Credentials that end at once without being looked at one by one. */
const ENDED_MAX = 1_000;

export type CredentialName = Pick<Principal, 'method' | 'issuer' | 'credentialId'> &
  Partial<Pick<Principal, 'claims' | 'clientId'>>;

/** The embedded authorization server: the library, and around it what it has none of. */
export class AuthorizationServer {
  readonly clients: ClientRegistry;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: JwtAccessTokens;
  readonly records: OAuthRecords;
  readonly #options: AuthorizationServerOptions;
  readonly #families: RefreshFamilies;
  readonly #exchange: TokenExchange;
  #provider: Provider | undefined;
  #generation = 0;

  constructor(options: AuthorizationServerOptions) {
    this.#options = options;
    const { config, clock, sealingKey, revoke } = options;
    this.records = new OAuthRecords({
      store: options.records,
      sealer: createSealer(sealingKey, 'oauth records'),
      digestKey: derivedSecret(sealingKey, 'oauth names'),
      clock,
    });
    this.signingKeys = new SigningKeys({
      store: options.signingKeys,
      sealer: createSealer(sealingKey, 'signing keys'),
      clock,
      policy: () => config().signingKeys,
      lifetimes: () => config().lifetimes,
      exchangeSecondsMax: () => config().exchange?.lifetimeSecondsMax ?? 0,
      revokeKey: (kid) => revoke('kid', kid, 'always'),
      changed: () => this.#keysChanged(),
    });
    this.clients = new ClientRegistry({
      store: options.clients,
      consumers: options.consumers,
      peppers: options.peppers,
      clock,
      random: options.random,
      validate: (metadata) => this.#problemOf(metadata),
      revokeTokens: async (clientId) => {
        await revoke('client', clientId, 'now');
        await revoke('sid', this.#clientSession(clientId), 'now');
      },
    });
    this.#families = new RefreshFamilies({
      records: this.records,
      clock,
      policy: () => config().refresh,
      onReuse: (reuse) => options.observe(reuseObservation(reuse, clock.nowMs())),
    });
    this.accessTokens = new JwtAccessTokens({
      issuer: () => config().identifier,
      clock,
      keys: () => this.signingKeys.published(),
      isRevoked: options.isRevoked,
      revoke: (jti) => revoke('jti', jti, 'always'),
    });
    this.#exchange = new TokenExchange({
      policy: () => config().exchange,
      resources: () => config().resources,
      nowMs: () => clock.nowMs(),
      identify: options.identify,
      sessionOf: (principal) => this.credentialSession(principal),
      onWidening: (widening) => options.observe(wideningObservation(widening, clock.nowMs())),
      addressOf,
      agentOf,
      provenKey: (ctx) => this.#provenKey(ctx),
      certificateOf,
    });
  }

  /** Opens the signing keys and makes the server ready. Throws SigningKeysUnreadable. */
  async start(): Promise<void> {
    await this.signingKeys.load();
    if (this.#provider === undefined) await this.#keysChanged();
  }

  /** Takes a changed configuration up. */
  reconfigured(): Promise<void> {
    return this.#keysChanged();
  }

  /** The library as it is now; it is replaced when keys or configuration change. */
  get provider(): Provider {
    if (this.#provider === undefined) throw new TypeError('the authorization server was not started');
    return this.#provider;
  }

  get config(): IssuerConfig {
    return this.#options.config();
  }

  /** A token with which clients may be registered (RFC 7591 §3); undefined where that is not configured. */
  async registrationToken(expiresInSeconds: number): Promise<string | undefined> {
    if (this.config.registration !== 'token') return undefined;
    const token = new this.provider.InitialAccessToken({ expiresIn: expiresInSeconds });
    return token.save();
  }

  /**
   * The scopes an authorization request without any asks for (RFC 6749 §3.3): what the client may have of the resource, so that
   * the person sees what it is about.
   */
  async defaultScope(parameters: URLSearchParams): Promise<string> {
    const { resources } = this.config;
    const asked = parameters.get('resource');
    const resource = resources.find(({ audience }) => audience === asked) ?? resources[0];
    const client = await this.clients.find(parameters.get('client_id') ?? '');
    const allowed = client?.metadata['scope'];
    const own = typeof allowed === 'string' ? allowed.split(' ') : undefined;
    const scopes = Object.keys(resource?.scopes ?? {}).filter((scope) => own?.includes(scope) ?? true);
    return scopes.length === 0 ? 'openid' : scopes.join(' ');
  }

  /** Session under which the tokens of one exchanged credential stand: revoking it ends them. */
  credentialSession({ method, issuer, credentialId, claims, clientId = '' }: CredentialName): string {
    if (issuer !== '' && issuer === this.config.identifier) {
      const own = claims?.['sid'];
      // A token of ours that is narrowed stays in its family; what a client has for itself is one family.
      if (typeof own === 'string') return own;
      if (clientId !== '') return this.#clientSession(clientId);
    }
    return this.records.publicName('credential', JSON.stringify([method, issuer, credentialId]));
  }

  #clientSession(clientId: string): string {
    return this.records.publicName('client', clientId);
  }

  /** Refuses what was issued by exchange for credentials that are over. */
  async endCredentials(method: Principal['method'], credentialIds: readonly string[]): Promise<void> {
    for (const credentialId of credentialIds) {
      const session = this.credentialSession({ method, issuer: '', credentialId });
      // A store write for each of very many is spared where nothing can have been issued.
      if (credentialIds.length <= ENDED_MAX || this.#exchange.mayHaveIssued(session))
        await this.#options.revoke('sid', session, 'now');
    }
  }

  async #keysChanged(): Promise<void> {
    const { config, publish } = this.#options;
    // Verifiers first: nothing is signed with a key they do not have.
    await publish({
      generation: ++this.#generation,
      keys: this.signingKeys.published(),
      usableUntilMs: Number.POSITIVE_INFINITY,
      refreshableAtMs: Number.POSITIVE_INFINITY,
    });
    const provider = createProvider({
      config: config(),
      adapter: oauthAdapters({
        records: this.records,
        clients: this.clients,
        families: this.#families,
        accessTokens: this.accessTokens,
        codeReused: ({ clientId = '', accountId = '' }, request) =>
          this.#options.observe(
            codeReuseObservation(
              { clientId, accountId, address: request === undefined ? '' : addressOf(request) },
              this.#options.clock.nowMs(),
            ),
          ),
        unknownClient: (clientId, request) =>
          this.#options.unknownClient(clientId, { address: addressOf(request), agent: agentOf(request) }),
        grantEnded: (grantId) => this.#options.revoke('sid', this.records.publicName('grant', grantId), 'always'),
      }),
      clients: this.clients,
      families: this.#families,
      exchange: this.#exchange,
      pages: this.#options.pages,
      signingKey: this.signingKeys.signing(),
      cookieSecret: derivedSecret(this.#options.sealingKey, 'oauth cookies'),
      nonceSecret: derivedSecret(this.#options.sealingKey, 'oauth nonces'),
      account: this.#options.account,
      sessionOf: (grantId) => this.records.publicName('grant', grantId),
      send: this.#options.send,
    });
    provider.on('server_error', (_ctx, error) => this.#options.failed(error));
    // Without anybody to be told, the library writes it to the standard error output itself.
    (provider as EventEmitter).on('error', (error: Error) => this.#options.failed(error));
    this.#provider = provider;
  }

  async #problemOf(metadata: AllClientMetadata): Promise<string | undefined> {
    try {
      await this.provider.Client.validate(metadata as ClientMetadata);
      return undefined;
    } catch (error) {
      if (error instanceof Error && 'error_description' in error) return String(error.error_description);
      throw error;
    }
  }

  async #provenKey(ctx: KoaContextWithOIDC): Promise<string | undefined> {
    const { provider, client } = ctx.oidc;
    const proof = await validateDpop(provider, ctx);
    if (proof === undefined || client === undefined) return undefined;
    await checkDpopReplay(provider, ctx, proof, client.clientId);
    return proof.thumbprint;
  }
}
