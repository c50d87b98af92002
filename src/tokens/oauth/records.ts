import { createHmac } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { OAuthRecord } from '../../core/issuer.ts';
import type { Sealer } from '../../crypto/sealing.ts';
import type { Clock, OAuthRecordStore } from '../../ports.ts';

export interface OAuthRecordsOptions {
  readonly store: OAuthRecordStore;
  readonly sealer: Sealer;
  /** Names are stored as digests under it: most of them are what a client presents. */
  readonly digestKey: Uint8Array;
  readonly clock: Clock;
}

/** A record as the authorization server reads it. */
export interface ReadRecord {
  readonly payload: AdapterPayload;
  readonly grantId: string;
  /** Unix seconds; 0: not consumed. */
  readonly consumedAtSeconds: number;
  readonly successor: Uint8Array;
  readonly graceUses: number;
}

const NOTHING = new Uint8Array(0);

/**
 * What the authorization server remembers, kept so that whoever reads the store learns nothing they could use: every name is a
 * digest (HMAC-SHA-256), every content is sealed, with its place as context, so that no record can be passed off as another.
 */
export class OAuthRecords {
  readonly #options: OAuthRecordsOptions;

  constructor(options: OAuthRecordsOptions) {
    this.#options = options;
  }

  async put(model: string, name: string, payload: AdapterPayload, expiresInSeconds: number | undefined): Promise<void> {
    await this.#options.store.put(this.#recordOf(model, name, payload, expiresInSeconds));
  }

  /** False, and nothing changed, where there is one already. */
  putNew(model: string, name: string, payload: AdapterPayload, expiresInSeconds: number | undefined): Promise<boolean> {
    const { store, clock } = this.#options;
    return store.putNew(this.#recordOf(model, name, payload, expiresInSeconds), clock.nowMs());
  }

  async find(model: string, name: string): Promise<ReadRecord | undefined> {
    return this.#read(await this.#options.store.find(model, this.#digest(name)));
  }

  async findBy(model: string, by: 'uid' | 'userCode', value: string): Promise<ReadRecord | undefined> {
    if (value === '') return undefined;
    return this.#read(await this.#options.store.findBy(model, by, this.#digest(value)));
  }

  consume(model: string, name: string): Promise<boolean> {
    return this.#options.store.consume(model, this.#digest(name), this.#nowSeconds());
  }

  /** Consumes one and puts its successor, both or nothing; false where it was consumed already. */
  replace(
    model: string,
    consumed: { readonly name: string; readonly successor: Uint8Array },
    name: string,
    payload: AdapterPayload,
    expiresInSeconds: number | undefined,
  ): Promise<boolean> {
    return this.#options.store.replace(
      {
        model,
        id: this.#digest(consumed.name),
        consumedAtSeconds: this.#nowSeconds(),
        successor: consumed.successor,
      },
      this.#recordOf(model, name, payload, expiresInSeconds),
    );
  }

  countGraceUse(model: string, name: string): Promise<number> {
    return this.#options.store.countGraceUse(model, this.#digest(name));
  }

  remove(model: string, name: string): Promise<void> {
    return this.#options.store.remove(model, this.#digest(name));
  }

  removeByGrant(model: string, grantId: string): Promise<void> {
    return this.#options.store.removeByGrant(model, this.#digest(grantId));
  }

  prune(): Promise<number> {
    return this.#options.store.prune(this.#options.clock.nowMs());
  }

  /** A name for something that must not be found by it: the session of a token, the family of a refresh token. */
  publicName(kind: string, name: string): string {
    return this.#digest(`${kind} ${name}`).slice(0, 22);
  }

  #digest(name: string): string {
    return createHmac('sha256', this.#options.digestKey).update(name).digest('base64url');
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.nowMs() / 1000);
  }

  #recordOf(model: string, name: string, payload: AdapterPayload, expiresInSeconds: number | undefined): OAuthRecord {
    const { sealer, clock } = this.#options;
    const id = this.#digest(name);
    const digestOf = (value: string | undefined): string => (value === undefined ? '' : this.#digest(value));
    return {
      model,
      id,
      payload: sealer.seal(Buffer.from(JSON.stringify(payload)), `${model} ${id}`),
      expiresAtMs: expiresInSeconds === undefined ? 0 : clock.nowMs() + expiresInSeconds * 1000,
      grant: digestOf(payload.grantId),
      uid: model === 'Session' ? digestOf(payload.uid) : '',
      userCode: digestOf(payload.userCode),
      consumedAtSeconds: 0,
      successor: NOTHING,
      graceUses: 0,
    };
  }

  #read(record: OAuthRecord | undefined): ReadRecord | undefined {
    if (record === undefined) return undefined;
    const plain = this.#options.sealer.open(record.payload, `${record.model} ${record.id}`);
    if (plain === undefined) return undefined;
    const payload = JSON.parse(Buffer.from(plain).toString('utf8')) as AdapterPayload;
    const { consumedAtSeconds, successor, graceUses } = record;
    return {
      payload: consumedAtSeconds === 0 ? payload : { ...payload, consumed: consumedAtSeconds },
      grantId: payload.grantId ?? '',
      consumedAtSeconds,
      successor,
      graceUses,
    };
  }
}
