import type { Configuration, RouteConfig } from '../../core/configuration.ts';
import { DECOY_CONSUMER } from '../../decoy/decoys.ts';
import type { Clock, Logger } from '../../ports.ts';
import { findingId } from '../../respond/findings.ts';
import type { KeyCare } from '../../tokens/key-care.ts';
import { type SweepResult, sweepKeys } from '../../tokens/key-sweep.ts';
import type { GatewayState } from './state.ts';

/** What looking after keys needs, over the stores of a data folder. */
export function keyCareOf(
  state: Pick<GatewayState, 'store' | 'keys' | 'usage' | 'findingStore' | 'findings'>,
  clock: Clock,
  configuration: () => Configuration,
  flush: () => Promise<void>,
): KeyCare {
  return {
    keys: state.keys,
    store: state.store.keys,
    usage: state.usage,
    findings: state.findingStore,
    observe: (observation) => state.findings.observe(observation),
    isTold: async (observation) => (await state.findingStore.find(findingId(observation))) !== undefined,
    flush,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    clock,
    settings: () => configuration().apiKeys,
    routes: () => new Map(configuration().routes.map(({ id, authorize }) => [id, scopesNamed(authorize)])),
    isIgnored: ({ consumer }) => consumer === DECOY_CONSUMER,
  };
}

/** What a route asks for, and every text of its expressions, which may ask for scopes too: `"orders:export" in principal.scopes`. */
function scopesNamed({ scopes, access }: RouteConfig['authorize']): readonly string[] {
  const expressions = access.flatMap(({ conditions, deny }) =>
    [conditions, ...deny.map((rule) => rule.conditions)].flatMap(({ when, owner }) => [when ?? '', owner ?? '']),
  );
  const texts = expressions.flatMap((text) => [...text.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)]);
  return [...scopes, ...texts.map(([, double, single]) => double ?? single ?? '')];
}

const FIRST_SWEEP_MS = 60_000;
const SWEEP_MS = 3_600_000;

/** Sweeps the keys every hour; one sweep at a time. */
export class KeyCareService {
  readonly care: KeyCare;
  readonly #logger: Logger;
  #timers: NodeJS.Timeout[] = [];
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(care: KeyCare, logger: Logger) {
    this.care = care;
    this.#logger = logger;
  }

  start(): void {
    const sweep = (): void => {
      this.sweep().then(
        ({ disabled, warned }) => {
          if (disabled > 0 || warned > 0) this.#logger.info({ disabled, warned }, 'keys were swept');
        },
        (error: unknown) => this.#logger.error({ error: String(error) }, 'keys could not be swept; in an hour again'),
      );
    };
    this.#timers = [setTimeout(sweep, FIRST_SWEEP_MS), setInterval(sweep, SWEEP_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  sweep(): Promise<SweepResult> {
    const next = this.#sweeping.then(() => sweepKeys(this.care));
    this.#sweeping = next.catch(() => undefined);
    return next;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#sweeping;
  }
}
