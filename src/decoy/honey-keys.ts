import type { Decoy, Observation } from '../core/finding.ts';

/** A call that was refused although its credential was proved. */
export interface RefusedCall {
  readonly credentialId: string;
  readonly address: string;
  readonly timeMs: number;
  readonly requestId: string;
}

/**
 * Keys that were planted and given to nobody. They are keys of the real form that are disabled, so that whoever tries one is
 * answered like anybody with a wrong key; but only its finder can know the secret, so that a try is certain.
 */
export class HoneyKeys {
  readonly #byId = new Map<string, Decoy>();

  constructor(decoys: readonly Decoy[]) {
    for (const decoy of decoys) this.add(decoy);
  }

  add(decoy: Decoy): void {
    this.#byId.set(decoy.id, decoy);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** What the call means, where it was made with a planted key. */
  judge({ credentialId, address, timeMs, requestId }: RefusedCall): Observation | undefined {
    const decoy = this.#byId.get(credentialId);
    if (decoy === undefined) return undefined;
    return {
      detector: 'decoy.key_used',
      actor: address,
      subject: decoy.id,
      severity: 'critical',
      certainty: 1,
      title: `the key that was planted in ${decoy.place} was used from ${address}`,
      timeMs,
      requestId,
    };
  }
}
