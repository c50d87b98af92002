import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AllClientMetadata } from 'oidc-provider';
import type { OAuthClient, OAuthClientSecret } from '../../core/issuer.ts';
import type { Peppers } from '../../crypto/api-key-digest.ts';
import { newClientId, newClientSecret } from '../../crypto/client-credential.ts';
import type { Clock, ConsumerStore, OAuthClientStore, Random } from '../../ports.ts';

export const GRANT_TYPES = {
  clientCredentials: 'client_credentials',
  authorizationCode: 'authorization_code',
  refreshToken: 'refresh_token',
  deviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
  tokenExchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
} as const;

export const CLIENT_AUTHENTICATION = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
] as const;
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATION)[number];

/** What a client may be created with. */
export interface NewOAuthClient {
  readonly consumer: string;
  readonly name: string;
  readonly grantTypes: readonly string[];
  readonly authentication: ClientAuthentication;
  readonly redirectUris?: readonly string[];
  /** Space-separated; absent: every scope of every resource. */
  readonly scope?: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly jwksUri?: string;
  /** For `tls_client_auth`: the DNS name or URI of the certificate. */
  readonly certificateDns?: string;
  readonly certificateUri?: string;
  readonly dpopBound?: boolean;
  readonly certificateBound?: boolean;
  readonly trusted?: boolean;
  readonly introspects?: boolean;
}

export type ClientResult =
  | { readonly ok: true; readonly client: OAuthClient; readonly secret: string | undefined }
  | {
      readonly ok: false;
      readonly code: 'invalid' | 'consumer_unknown' | 'unknown' | 'no_secret';
      readonly message: string;
      /** Of what is wrong with a wanted client: the field it stands in, where that is known. */
      readonly field?: keyof NewOAuthClient;
    };

export interface ClientRegistryOptions {
  readonly store: OAuthClientStore;
  readonly consumers: ConsumerStore;
  readonly peppers: Peppers;
  readonly clock: Clock;
  readonly random: Random;
  /** Checks metadata by the rules of the authorization server; the problem, or undefined. */
  readonly validate: (metadata: AllClientMetadata) => Promise<string | undefined>;
  /** Refuses every token the client has. */
  readonly revokeTokens: (clientId: string) => Promise<void>;
}

/** Stands where the library wants a secret to be there; it never compares it. */
const NO_SECRET = 'compared elsewhere';
/** Is no secret of any client, and not what stands for one. */
const WRONG_SECRET = 'wrong';
const LIST_MAX = 500;

/** What clients that register themselves may be: on behalf of people, never on their own. */
const REGISTERED_GRANTS: readonly string[] = [
  GRANT_TYPES.authorizationCode,
  GRANT_TYPES.refreshToken,
  GRANT_TYPES.deviceCode,
];

/** Registered OAuth clients (RFC 6749 §2). Their secrets are kept as digests under the peppers of the API keys. */
export class ClientRegistry {
  readonly #options: ClientRegistryOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ClientRegistryOptions) {
    this.#options = options;
  }

  async create(wanted: NewOAuthClient): Promise<ClientResult> {
    const { store, consumers, random, clock, validate } = this.#options;
    if ((await consumers.find(wanted.consumer)) === undefined)
      return {
        ok: false,
        code: 'consumer_unknown',
        message: `there is no consumer "${wanted.consumer}"`,
        field: 'consumer',
      };
    const metadata = metadataFrom(wanted);
    const id = newClientId((count) => random.bytes(count));
    const needsSecret = wanted.authentication.startsWith('client_secret');
    const problem = await validate({
      ...metadata,
      client_id: id,
      ...(needsSecret ? { client_secret: NO_SECRET } : {}),
    });
    if (problem !== undefined) return { ok: false, code: 'invalid', message: problem, ...fieldOf(problem) };
    const secret = needsSecret ? this.#newSecret() : undefined;
    const client: OAuthClient = {
      id,
      consumer: wanted.consumer,
      name: wanted.name,
      disabled: false,
      createdAtMs: clock.nowMs(),
      secrets: secret === undefined ? [] : [this.#digestOf(secret)],
      metadata,
      trusted: wanted.trusted ?? false,
      introspects: wanted.introspects ?? false,
      origin: 'operator',
    };
    if (!(await store.insert(client))) return { ok: false, code: 'invalid', message: 'the id is taken' };
    return { ok: true, client, secret };
  }

  find(id: string): Promise<OAuthClient | undefined> {
    return this.#options.store.find(id);
  }

  list(afterId: string | undefined, limit: number): Promise<OAuthClient[]> {
    const page = { limit: Math.min(limit, LIST_MAX) };
    return this.#options.store.list(afterId === undefined ? page : { ...page, afterId });
  }

  /** Gives the client a new secret; the old one works for `graceSeconds` more. */
  rotateSecret(id: string, graceSeconds: number): Promise<ClientResult> {
    return this.#inTurn(() => this.#rotateSecret(id, graceSeconds));
  }

  async #rotateSecret(id: string, graceSeconds: number): Promise<ClientResult> {
    const { store, clock } = this.#options;
    const client = await store.find(id);
    if (client === undefined) return UNKNOWN;
    if (client.secrets.length === 0)
      return { ok: false, code: 'no_secret', message: 'the client authenticates without a secret' };
    const nowMs = clock.nowMs();
    const [newest] = client.secrets;
    const kept: OAuthClientSecret[] =
      newest === undefined || graceSeconds === 0 ? [] : [{ ...newest, expiresAtMs: nowMs + graceSeconds * 1000 }];
    const secret = this.#newSecret();
    const rotated = { ...client, secrets: [this.#digestOf(secret), ...kept] };
    return (await store.replace(rotated)) ? { ok: true, client: rotated, secret } : UNKNOWN;
  }

  /** A disabled client gets no tokens, and those it has are refused. */
  setDisabled(id: string, disabled: boolean): Promise<ClientResult> {
    return this.#inTurn(() => this.#setDisabled(id, disabled));
  }

  async #setDisabled(id: string, disabled: boolean): Promise<ClientResult> {
    const client = await this.#options.store.find(id);
    if (client === undefined) return UNKNOWN;
    const changed = { ...client, disabled };
    if (!(await this.#options.store.replace(changed))) return UNKNOWN;
    if (disabled) await this.#options.revokeTokens(id);
    return { ok: true, client: changed, secret: undefined };
  }

  remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = await this.#options.store.remove(id);
      if (removed) await this.#options.revokeTokens(id);
      return removed;
    });
  }

  /** The client as the library knows it; undefined where there is none that may be used. */
  async metadataOf(id: string): Promise<AllClientMetadata | undefined> {
    const client = await this.#options.store.find(id);
    if (client === undefined || client.disabled) return undefined;
    const consumer = await this.#options.consumers.find(client.consumer);
    if (client.origin === 'operator' && (consumer === undefined || consumer.disabled)) return undefined;
    return {
      ...client.metadata,
      client_id: client.id,
      ...(client.secrets.length > 0 ? { client_secret: NO_SECRET } : {}),
    };
  }

  /** Compares with every secret that is valid, in constant time. */
  async secretMatches(id: string, presented: string): Promise<boolean> {
    const { store, peppers, clock } = this.#options;
    const client = await store.find(id);
    const nowMs = clock.nowMs();
    let matches = false;
    for (const { digest, pepperVersion, expiresAtMs } of client?.secrets ?? []) {
      const pepper = peppers.byVersion[pepperVersion];
      if (pepper === undefined || (expiresAtMs !== 0 && expiresAtMs <= nowMs)) continue;
      const same = timingSafeEqual(Buffer.from(digest, 'hex'), digested(pepper, presented));
      matches = same || matches;
    }
    return matches;
  }

  /**
   * The change of a registration as the library gets it: with the secret the client has to name being one of its own, it
   * names none (RFC 7592 §2.2).
   */
  async changeOf(id: string, text: string): Promise<string> {
    let change: unknown;
    try {
      change = JSON.parse(text);
    } catch {
      return text;
    }
    if (typeof change !== 'object' || change === null || !('client_secret' in change)) return text;
    const { client_secret: secret, ...rest } = change;
    const isRight = typeof secret === 'string' && (await this.secretMatches(id, secret));
    return JSON.stringify(isRight ? rest : { ...rest, client_secret: WRONG_SECRET });
  }

  /**
   * A client registers itself (RFC 7591), or changes its registration (RFC 7592), which must not bring one back that was
   * removed meanwhile. The problem, or undefined.
   */
  registered(id: string, payload: AllClientMetadata, how: 'new' | 'changed'): Promise<string | undefined> {
    return this.#inTurn(() => this.#registered(id, payload, how));
  }

  async #registered(id: string, payload: AllClientMetadata, how: 'new' | 'changed'): Promise<string | undefined> {
    const { store, clock } = this.#options;
    const { client_id: _id, client_secret: secret, ...metadata } = payload;
    for (const grant of metadata.grant_types ?? [])
      if (!REGISTERED_GRANTS.includes(grant))
        return `the grant type ${grant} is not for clients that register themselves`;
    for (const uri of [...(metadata.redirect_uris ?? []), ...(metadata.post_logout_redirect_uris ?? [])])
      if (URL.parse(uri)?.protocol === 'http:' && !isNative(uri))
        return 'codes are sent by https, to this machine, or to an application of its own scheme';
    const known = await store.find(id);
    if (known !== undefined && known.origin !== 'registration') return 'the client is not one that registered itself';
    const client: OAuthClient = {
      id,
      consumer: `client-${id}`,
      name: typeof metadata.client_name === 'string' ? metadata.client_name.slice(0, 100) : id,
      disabled: known?.disabled ?? false,
      createdAtMs: known?.createdAtMs ?? clock.nowMs(),
      secrets:
        typeof secret !== 'string' ? [] : secret === NO_SECRET ? (known?.secrets ?? []) : [this.#digestOf(secret)],
      metadata,
      trusted: false,
      introspects: false,
      origin: 'registration',
    };
    if (how === 'new' ? !(await store.insert(client)) : !(await store.replace(client)))
      return 'the client could not be stored';
    return undefined;
  }

  /** Changes run one after the other, so that what one has read still holds when it writes. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#last.then(change);
    this.#last = next.catch(() => undefined);
    return next;
  }

  #newSecret(): string {
    return newClientSecret((count) => this.#options.random.bytes(count));
  }

  #digestOf(secret: string): OAuthClientSecret {
    const { peppers, clock } = this.#options;
    const pepper = peppers.byVersion[peppers.current];
    if (pepper === undefined) throw new TypeError('the current pepper is missing');
    return {
      digest: digested(pepper, secret).toString('hex'),
      pepperVersion: peppers.current,
      createdAtMs: clock.nowMs(),
      expiresAtMs: 0,
    };
  }
}

/** Metadata of a client as it may be shown: what stands for a secret is none. */
export function shownMetadata(metadata: object): object {
  if (!('client_secret' in metadata) || metadata.client_secret !== NO_SECRET) return metadata;
  const { client_secret: _, ...shown } = metadata;
  return shown;
}

const UNKNOWN: ClientResult = { ok: false, code: 'unknown', message: 'there is no such client' };

/** Metadata by which the library tells what is wrong, as what a client is created with. */
const FIELDS: Readonly<Record<string, keyof NewOAuthClient>> = {
  client_name: 'name',
  grant_types: 'grantTypes',
  redirect_uris: 'redirectUris',
  token_endpoint_auth_method: 'authentication',
  scope: 'scope',
  jwks: 'jwks',
  jwks_uri: 'jwksUri',
  tls_client_auth_san_dns: 'certificateDns',
  tls_client_auth_san_uri: 'certificateUri',
};

/** The library begins what it says with the name of the metadata. */
function fieldOf(problem: string): { readonly field?: keyof NewOAuthClient } {
  const [name = ''] = problem.split(' ', 1);
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  return field === undefined ? {} : { field };
}

function digested(pepper: Uint8Array, secret: string): Buffer {
  return createHmac('sha256', pepper).update('oauth client secret ').update(secret).digest();
}

function metadataFrom(wanted: NewOAuthClient): AllClientMetadata {
  const withCode = wanted.grantTypes.includes(GRANT_TYPES.authorizationCode);
  return {
    client_name: wanted.name,
    grant_types: [...wanted.grantTypes],
    response_types: withCode ? ['code'] : [],
    redirect_uris: [...(wanted.redirectUris ?? [])],
    token_endpoint_auth_method: wanted.authentication,
    application_type: (wanted.redirectUris ?? []).some(isNative) ? 'native' : 'web',
    ...(wanted.scope === undefined ? {} : { scope: wanted.scope }),
    ...(wanted.jwks === undefined ? {} : { jwks: wanted.jwks as NonNullable<AllClientMetadata['jwks']> }),
    ...(wanted.jwksUri === undefined ? {} : { jwks_uri: wanted.jwksUri }),
    ...(wanted.certificateDns === undefined ? {} : { tls_client_auth_san_dns: wanted.certificateDns }),
    ...(wanted.certificateUri === undefined ? {} : { tls_client_auth_san_uri: wanted.certificateUri }),
    ...(wanted.dpopBound === true ? { dpop_bound_access_tokens: true } : {}),
    ...(wanted.certificateBound === true ? { tls_client_certificate_bound_access_tokens: true } : {}),
  };
}

/** A redirect to this machine or to an application of its own scheme (RFC 8252 §7). */
function isNative(uri: string): boolean {
  const url = URL.parse(uri);
  if (url === null) return false;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return true;
  return url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
}
