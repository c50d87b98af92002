import type { LeakPolicy } from '../../core/configuration.ts';
import type { Observation } from '../../core/finding.ts';
import type { Clock, Logger } from '../../ports.ts';
import type { ApiKeyService } from '../../tokens/api-keys.ts';

export interface LeakedKeysOptions {
  readonly keys: Pick<ApiKeyService, 'revoke' | 'endBy'>;
  readonly policy: () => LeakPolicy;
  readonly observe: (observation: Observation) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keys whose end is remembered, so that a flood of sightings is one change. */
const REMEMBERED_MAX = 10_000;

/**
 * Does what is configured with a key of ours that was seen where it must not be, once, and tells of it in the finding. A key
 * that is seen again is not given a longer time.
 */
export class LeakedKeys {
  readonly #options: LeakedKeysOptions;
  /** What was done, by policy and key. */
  readonly #done = new Map<string, Promise<string>>();
  #settling: Promise<unknown> = Promise.resolve();

  constructor(options: LeakedKeysOptions) {
    this.#options = options;
  }

  /** A key was seen; the finding follows when it is known what became of the key. Never throws. */
  seen(keyId: string, observation: Observation): void {
    const { observe, policy } = this.#options;
    const current = policy();
    if (current === 'alert') {
      observe(observation);
      return;
    }
    const place = `${JSON.stringify(current)} ${keyId}`;
    let done = this.#done.get(place);
    if (done === undefined) {
      if (this.#done.size >= REMEMBERED_MAX) this.#done.clear();
      done = this.#end(place, keyId, current);
      this.#done.set(place, done);
    }
    const told = done.then((outcome) => observe({ ...observation, title: `${observation.title}; ${outcome}` }));
    this.#settling = Promise.all([this.#settling, told]).then(() => undefined);
  }

  /** Resolves when everything that was seen is told of. */
  settled(): Promise<unknown> {
    return this.#settling;
  }

  async #end(place: string, keyId: string, policy: Exclude<LeakPolicy, 'alert'>): Promise<string> {
    const { keys, clock, logger } = this.#options;
    try {
      const result =
        policy === 'revoke'
          ? await keys.revoke(keyId, 'leaked')
          : await keys.endBy(keyId, clock.nowMs() + policy.revokeAfterSeconds * 1_000);
      if (result.ok) {
        const { status, expiresAtMs } = result.record;
        const outcome = status === 'revoked' ? 'it is revoked' : `it ends at ${new Date(expiresAtMs).toISOString()}`;
        logger.warn({ keyId }, `a key leaked: ${outcome}`);
        return outcome;
      }
      logger.error({ keyId, problem: result.message }, 'a leaked key could not be ended');
    } catch (error) {
      logger.error({ keyId, error: String(error) }, 'a leaked key could not be ended');
    }
    // Seen again, it is tried again.
    this.#done.delete(place);
    return 'it could not be ended: see the log';
  }
}
