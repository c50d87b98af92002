import { createHash } from 'node:crypto';
import type { Configuration } from '../../core/configuration.ts';
import type { Clock, Logger, SettingStore } from '../../ports.ts';

export interface ConfigurationChange {
  readonly atMs: number;
  /** Of the configuration as it was in force from then on, modes set by command included. */
  readonly fingerprint: string;
}

const SETTING = 'configuration-changes';
const CHANGES_MAX = 200;

/** When what is in force changed, over restarts too; the oldest are forgotten. */
export class ConfigurationChanges {
  readonly #settings: Pick<SettingStore, 'get' | 'set'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #changes: readonly ConfigurationChange[] = [];

  constructor(settings: Pick<SettingStore, 'get' | 'set'>, clock: Clock, logger: Logger) {
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Reads what was kept; what cannot be read is forgotten. */
  async restore(): Promise<void> {
    try {
      const kept: unknown = JSON.parse((await this.#settings.get(SETTING)) ?? '[]');
      this.#changes = Array.isArray(kept) ? kept.filter(isChange).slice(-CHANGES_MAX) : [];
    } catch {
      this.#changes = [];
    }
  }

  /** Takes down that this is in force, unless it was before. Never rejects: a change is in force whether it is noted or not. */
  async inForce(configuration: Configuration): Promise<void> {
    const fingerprint = createHash('sha256').update(JSON.stringify(configuration)).digest('hex').slice(0, 32);
    if (this.#changes.at(-1)?.fingerprint === fingerprint) return;
    this.#changes = [...this.#changes, { atMs: Math.floor(this.#clock.nowMs()), fingerprint }].slice(-CHANGES_MAX);
    try {
      await this.#settings.set(SETTING, JSON.stringify(this.#changes));
    } catch (error) {
      this.#logger.warn({ error: String(error) }, 'a change of the configuration could not be noted');
    }
  }

  between(fromMs: number, toMs: number): readonly ConfigurationChange[] {
    return this.#changes.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }
}

function isChange(value: unknown): value is ConfigurationChange {
  return (
    typeof value === 'object' &&
    value !== null &&
    'atMs' in value &&
    typeof value.atMs === 'number' &&
    'fingerprint' in value &&
    typeof value.fingerprint === 'string'
  );
}
