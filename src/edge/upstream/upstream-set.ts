import type { UpstreamConfig } from '../../core/configuration.ts';
import type { Clock } from '../../ports.ts';
import { Upstream } from './upstream.ts';

/** Calls judged under the old configuration may still be about to send. */
const RETIRE_AFTER_MS = 10_000;

/** This thread's upstreams by name; those whose configuration stays the same keep their connections over a reload. */
export class UpstreamSet {
  current: ReadonlyMap<string, Upstream> = new Map();
  readonly #clock: Clock;
  readonly #fingerprints = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws where an upstream cannot be set up (an unreadable CA file); then nothing has changed. */
  apply(configs: Readonly<Record<string, UpstreamConfig>>): void {
    const next = new Map<string, Upstream>();
    for (const [name, config] of Object.entries(configs)) {
      const known = this.current.get(name);
      const same = known !== undefined && this.#fingerprints.get(name) === JSON.stringify(config);
      next.set(name, same ? known : new Upstream(config, this.#clock));
    }
    const previous = this.current;
    this.current = next;
    this.#fingerprints.clear();
    for (const [name, config] of Object.entries(configs)) this.#fingerprints.set(name, JSON.stringify(config));
    const kept = new Set(next.values());
    for (const upstream of previous.values()) {
      if (kept.has(upstream)) continue;
      setTimeout(() => void upstream.close(), RETIRE_AFTER_MS).unref();
    }
  }
}
