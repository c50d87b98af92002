import type { Decoy } from '../core/finding.ts';
import type { Clock, DecoyStore } from '../ports.ts';
import type { HoneyKeys } from './honey-keys.ts';

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
  readonly honeyKeys: HoneyKeys;
  readonly clock: Clock;
}

const PLACE_CHARACTERS_MAX = 100;

/** Plants credentials and takes them up again. */
export class Decoys {
  readonly #options: DecoysOptions;

  constructor(options: DecoysOptions) {
    this.#options = options;
  }

  /** Makes a key to be planted; it is in this answer and nowhere else. `place`: where it will lie, in words. */
  async plant(
    place: string,
  ): Promise<
    | { readonly ok: true; readonly key: string; readonly decoy: Decoy }
    | { readonly ok: false; readonly message: string }
  > {
    if (place.trim() === '' || place.length > PLACE_CHARACTERS_MAX)
      return { ok: false, message: `say in 1 to ${PLACE_CHARACTERS_MAX} characters where it is planted` };
    const { store, keys, honeyKeys, clock } = this.#options;
    // Disabled before there is a key: at no moment does one work.
    const registered = await keys.setConsumer({ name: DECOY_CONSUMER, groups: [], tier: '', disabled: true });
    if (!registered.ok) return { ok: false, message: 'the consumer of decoys could not be disabled' };
    const made = await keys.create({ consumer: DECOY_CONSUMER, name: place });
    if (!made.ok) return made;
    const decoy: Decoy = { id: made.record.keyId, kind: 'key', place, createdAtMs: clock.nowMs() };
    await store.put(decoy);
    honeyKeys.add(decoy);
    return { ok: true, key: made.key, decoy };
  }

  /** Its use is no finding any more; the key stays refused. False where there is none. */
  async remove(id: string): Promise<boolean> {
    const { store, keys, honeyKeys } = this.#options;
    const removed = await store.remove(id);
    if (!removed) return false;
    honeyKeys.remove(id);
    await keys.revoke(id, 'decoy taken up');
    return true;
  }

  list(): Promise<Decoy[]> {
    return this.#options.store.list();
  }
}
