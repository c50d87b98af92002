import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import type { SigningAlgorithm } from '../../core/issuer.ts';
import type { Clock } from '../../ports.ts';

/** A form is read whole only up to here; the largest token the gateway takes is far smaller. */
export const FORM_BYTES_MAX = 56 * 1024;
/** Names no token: the library answers as for any it does not know. */
const NO_TOKEN = 'unknown';

/** What the revocations need to judge a token. */
export interface IssuedClaims {
  readonly jti: string;
  readonly sid: string;
  readonly sub: string;
  readonly clientId: string;
  readonly kid: string;
  readonly issuedAtSeconds: number;
}

export interface JwtAccessTokensOptions {
  readonly issuer: () => string;
  readonly clock: Clock;
  readonly keys: () => readonly Readonly<Record<string, string>>[];
  readonly isRevoked: (claims: IssuedClaims) => boolean;
  /** Refuses the token everywhere from now on. */
  readonly revoke: (jti: string) => Promise<void>;
}

interface Presented {
  readonly model: string;
  readonly payload: AdapterPayload & { readonly jti: string };
}

/**
 * Access tokens that are JSON Web Tokens (RFC 9068) at the introspection and revocation endpoints. The library knows stored
 * tokens only: a token of ours is verified here, and presented to it under its id, as if it were stored.
 */
export class JwtAccessTokens {
  readonly #options: JwtAccessTokensOptions;
  readonly #presented = new WeakMap<object, Presented>();

  constructor(options: JwtAccessTokensOptions) {
    this.#options = options;
  }

  /**
   * Takes the form of a request and gives the one the library gets. `request` is what the library will have as its own.
   * A token that is none of ours, ended or revoked becomes one that nobody knows: inactive, and nothing to revoke.
   */
  async adopt(request: object, form: string): Promise<string> {
    const fields = new URLSearchParams(form);
    const [token, ...others] = fields.getAll('token');
    if (token === undefined || others.length > 0 || token.split('.').length !== 3) return form;
    const presented = await this.#verified(token);
    if (presented !== undefined) this.#presented.set(request, presented);
    fields.set('token', presented?.payload.jti ?? NO_TOKEN);
    return fields.toString();
  }

  /** The token the request carries, where it is the one that is looked for. */
  presented(ctx: { readonly req: object } | undefined, model: string, id: string): AdapterPayload | undefined {
    const known = ctx === undefined ? undefined : this.#presented.get(ctx.req);
    return known !== undefined && known.model === model && known.payload.jti === id ? known.payload : undefined;
  }

  async revoke(ctx: { readonly req: object } | undefined, model: string, id: string): Promise<void> {
    if (this.presented(ctx, model, id) !== undefined) await this.#options.revoke(id);
  }

  async #verified(token: string): Promise<Presented | undefined> {
    const { issuer, clock, keys, isRevoked } = this.#options;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        createLocalJWKSet({ keys: keys() } as unknown as JSONWebKeySet),
        { issuer: issuer(), typ: 'at+jwt', algorithms: ALGORITHMS, currentDate: new Date(clock.nowMs()) },
      );
      const { jti, sub, exp, iat, aud } = payload;
      const clientId = textOf(payload['client_id']);
      if (jti === undefined || sub === undefined || exp === undefined || iat === undefined) return undefined;
      const sid = textOf(payload['sid']);
      const kid = protectedHeader.kid ?? '';
      if (isRevoked({ jti, sid, sub, clientId, kid, issuedAtSeconds: iat })) return undefined;
      const confirmation = (payload['cnf'] ?? {}) as Record<string, unknown>;
      const jkt = textOf(confirmation['jkt']);
      const x5t = textOf(confirmation['x5t#S256']);
      const forItself = sub === clientId;
      const model = forItself ? 'ClientCredentials' : 'AccessToken';
      return {
        model,
        payload: {
          kind: model,
          jti,
          clientId,
          exp,
          iat,
          aud,
          scope: textOf(payload['scope']) || undefined,
          ...(forItself ? {} : { accountId: sub }),
          ...(jkt === '' ? {} : { jkt }),
          ...(x5t === '' ? {} : { 'x5t#S256': x5t }),
          extra: { sub, ...(payload['consumer'] === undefined ? {} : { consumer: payload['consumer'] }) },
        },
      };
    } catch {
      return undefined;
    }
  }
}

const ALGORITHMS: SigningAlgorithm[] = ['ES256', 'Ed25519', 'PS256', 'RS256'];

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
