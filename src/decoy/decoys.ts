import type { Decoy } from '../core/finding.ts';
import { newClientId, newClientSecret } from '../crypto/client-credential.ts';
import type { Clock, DecoyStore, Random } from '../ports.ts';
import type { HoneyCredentials } from './honey-credentials.ts';
import { forgeHoneyToken, type TokenShape } from './honey-tokens.ts';

/** Consumer of every planted key. It is disabled, and with it all of them. */
export const DECOY_CONSUMER = 'sallyport-decoys';

/** What is needed of the life of keys. */
export interface DecoyKeys {
  setConsumer(consumer: {
    readonly name: string;
    readonly groups: readonly string[];
    readonly tier: string;
    readonly disabled: boolean;
  }): Promise<{ readonly ok: boolean }>;
  create(wanted: {
    readonly consumer: string;
    readonly name: string;
  }): Promise<
    | { readonly ok: true; readonly key: string; readonly record: { readonly keyId: string } }
    | { readonly ok: false; readonly message: string }
  >;
  revoke(keyId: string, reason: string): Promise<{ readonly ok: boolean }>;
}

export interface DecoysOptions {
  readonly store: DecoyStore;
  readonly keys: DecoyKeys;
  readonly honey: HoneyCredentials;
  readonly clock: Clock;
  readonly random: Random;
  /** What tokens of an issuer look like, of the first one that is verified where none is named; undefined without any. */
  readonly tokenShape: (issuer: string | undefined) => TokenShape | undefined;
}

/** What is to be planted. `place`: where it will lie, in words. */
export interface WantedDecoy {
  readonly place: string;
  readonly kind: Decoy['kind'];
  /** Of a token: whose it pretends to be. */
  readonly issuer?: string | undefined;
}

/** The credential is in this answer and nowhere else: `key`, `token`, or `clientId` and `clientSecret`. */
export type PlantResult =
  | { readonly ok: true; readonly credential: Readonly<Record<string, string>>; readonly decoy: Decoy }
  | { readonly ok: false; readonly message: string };

const PLACE_CHARACTERS_MAX = 100;
const ISSUER_CHARACTERS_MAX = 1_024;
/** Every thread knows all of them. */
const DECOYS_MAX = 1_000;

type Made =
  | { readonly ok: true; readonly id: string; readonly credential: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string };

/** Plants credentials and takes them up again. */
export class Decoys {
  readonly #options: DecoysOptions;

  constructor(options: DecoysOptions) {
    this.#options = options;
  }

  /** Makes a credential to be planted. Of tokens and clients only what they are known again by is kept. */
  async plant({ place, kind, issuer }: WantedDecoy): Promise<PlantResult> {
    const { store, honey, clock } = this.#options;
    if (place.trim() === '' || place.length > PLACE_CHARACTERS_MAX)
      return { ok: false, message: `say in 1 to ${PLACE_CHARACTERS_MAX} characters where it is planted` };
    if (honey.size >= DECOYS_MAX) return { ok: false, message: `there are ${DECOYS_MAX} already: take some up` };
    const made = await this.#make(kind, place, issuer);
    if (!made.ok) return made;
    const decoy: Decoy = { id: made.id, kind, place, createdAtMs: clock.nowMs() };
    await store.put(decoy);
    honey.add(decoy);
    return { ok: true, credential: made.credential, decoy };
  }

  async #make(kind: Decoy['kind'], place: string, issuer: string | undefined): Promise<Made> {
    switch (kind) {
      case 'key':
        return this.#makeKey(place);
      case 'token':
        return this.#makeToken(issuer);
      case 'client': {
        const { random } = this.#options;
        const bytes = (count: number): Uint8Array => random.bytes(count);
        const clientId = newClientId(bytes);
        const clientSecret = newClientSecret(bytes);
        return { ok: true, id: clientId, credential: { clientId, clientSecret } };
      }
    }
  }

  async #makeKey(place: string): Promise<Made> {
    const { keys } = this.#options;
    // Disabled before there is a key: at no moment does one work.
    const registered = await keys.setConsumer({ name: DECOY_CONSUMER, groups: [], tier: '', disabled: true });
    if (!registered.ok) return { ok: false, message: 'the consumer of decoys could not be disabled' };
    const made = await keys.create({ consumer: DECOY_CONSUMER, name: place });
    return made.ok ? { ok: true, id: made.record.keyId, credential: { key: made.key } } : made;
  }

  async #makeToken(issuer: string | undefined): Promise<Made> {
    if (issuer !== undefined && (issuer === '' || issuer.length > ISSUER_CHARACTERS_MAX))
      return { ok: false, message: 'that is no issuer' };
    const shape = this.#options.tokenShape(issuer);
    if (shape === undefined)
      return { ok: false, message: 'no issuer of tokens is configured: say whose it is to look like' };
    const { token, kid } = await forgeHoneyToken(shape, this.#options.clock.nowMs());
    return { ok: true, id: kid, credential: { token } };
  }

  /** Its use is no finding any more; a key stays refused. False where there is none. */
  async remove(id: string): Promise<boolean> {
    const { store, keys, honey } = this.#options;
    const kind = honey.find(id)?.kind;
    const removed = await store.remove(id);
    if (!removed) return false;
    honey.remove(id);
    if (kind === 'key') await keys.revoke(id, 'decoy taken up');
    return true;
  }

  list(): Promise<Decoy[]> {
    return this.#options.store.list();
  }
}
