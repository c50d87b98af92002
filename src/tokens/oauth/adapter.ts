import Provider, { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import type { WithFields } from './caller.ts';
import type { ClientRegistry } from './clients.ts';
import type { JwtAccessTokens } from './jwt-access-tokens.ts';
import type { OAuthRecords } from './records.ts';
import type { RefreshFamilies } from './refresh-families.ts';

export interface AdapterParts {
  readonly records: OAuthRecords;
  readonly clients: ClientRegistry;
  readonly families: RefreshFamilies;
  readonly accessTokens: JwtAccessTokens;
  /** A code was presented that was redeemed before. */
  readonly codeReused: (payload: AdapterPayload, request: WithFields | undefined) => void;
  /** Nobody registered a client of this id. */
  readonly unknownClient: (clientId: string, request: WithFields) => void;
  /** Refuses the access tokens of a grant from now on. */
  readonly grantEnded: (grantId: string) => Promise<void>;
}

/** Storage of the authorization server, by kind of what is stored. */
export function oauthAdapters(parts: AdapterParts): AdapterFactory {
  return (model) => (model === 'Client' ? new ClientAdapter(parts) : new RecordAdapter(model, parts));
}

class RecordAdapter implements Adapter {
  readonly #model: string;
  readonly #parts: AdapterParts;

  constructor(model: string, parts: AdapterParts) {
    this.#model = model;
    this.#parts = parts;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { records, families } = this.#parts;
    switch (this.#model) {
      case 'ReplayDetection':
        // Looking first and storing then would let two of the same through at once.
        if (!(await records.putNew(this.#model, id, payload, expiresIn)))
          throw new errors.InvalidGrant('proof or assertion was used already');
        return;
      case 'RefreshToken': {
        const predecessor = families.predecessorOf(Provider.ctx, id);
        if (predecessor === undefined) break;
        if (!(await records.replace(this.#model, predecessor, id, payload, expiresIn)))
          throw new errors.InvalidGrant('refresh token already used');
        return;
      }
    }
    await records.put(this.#model, id, payload, expiresIn);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const presented = this.#parts.accessTokens.presented(Provider.ctx, this.#model, id);
    if (presented !== undefined) return presented;
    const known = await this.#parts.records.find(this.#model, id);
    // The library revokes what the code gave; somebody should also know of it.
    if (this.#model === 'AuthorizationCode' && known !== undefined && known.consumedAtSeconds !== 0)
      this.#parts.codeReused(known.payload, Provider.ctx);
    return known?.payload;
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return (await this.#parts.records.findBy(this.#model, 'userCode', userCode))?.payload;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return (await this.#parts.records.findBy(this.#model, 'uid', uid))?.payload;
  }

  async consume(id: string): Promise<void> {
    const { records, families } = this.#parts;
    if (this.#model === 'RefreshToken' && families.consume(Provider.ctx, id)) return;
    if (await records.consume(this.#model, id)) return;
    // Of two at once the library has seen neither used: it revokes what the first one gets only where they come one by one.
    const used = await records.find(this.#model, id);
    if (used !== undefined && used.grantId !== '') await this.#endGrant(used.grantId);
    if (used !== undefined && this.#model === 'AuthorizationCode') this.#parts.codeReused(used.payload, Provider.ctx);
    throw new errors.InvalidGrant('it was used already');
  }

  /** Without its grant no token is good: neither those that are stored nor those of which nothing is. */
  async #endGrant(grantId: string): Promise<void> {
    const { records, grantEnded } = this.#parts;
    await grantEnded(grantId);
    await records.remove('Grant', grantId);
    await records.removeByGrant('RefreshToken', grantId);
  }

  async destroy(id: string): Promise<void> {
    const { records, accessTokens, grantEnded } = this.#parts;
    // Refused before it is forgotten: what fails here can be tried again.
    if (this.#model === 'Grant') await grantEnded(id);
    await accessTokens.revoke(Provider.ctx, this.#model, id);
    await records.remove(this.#model, id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#parts.records.removeByGrant(this.#model, grantId);
  }
}

/** Registered clients. What they are is decided by the registry; whoever registers a client cannot give it more. */
class ClientAdapter implements Adapter {
  readonly #clients: ClientRegistry;
  readonly #unknown: AdapterParts['unknownClient'];

  constructor({ clients, unknownClient }: AdapterParts) {
    this.#clients = clients;
    this.#unknown = unknownClient;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const metadata = await this.#clients.metadataOf(id);
    const { ctx } = Provider;
    if (metadata === undefined && ctx !== undefined) this.#unknown(id, ctx);
    return metadata;
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const how = Provider.ctx?.oidc.route === 'registration' ? 'new' : 'changed';
    const problem = await this.#clients.registered(id, payload, how);
    if (problem !== undefined) throw new errors.InvalidClientMetadata(problem);
  }

  async destroy(id: string): Promise<void> {
    await this.#clients.remove(id);
  }

  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}
