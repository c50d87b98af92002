import { join } from 'node:path';
import pino from 'pino';
import type { AdminServices, ConfigurationProblem } from '../admin/services.ts';
import { applyOverride, applyOverrides } from '../config/overrides.ts';
import { systemClock } from '../edge/clock.ts';
import { openSqliteEventStore, type SqliteEventStore } from '../store/sqlite/event-store.ts';
import type { CommandConfiguration } from './gateway/configuration-of.ts';
import type { Loaded } from './gateway/configuration-source.ts';
import { explainRequest } from './gateway/explain-request.ts';
import { routeViews } from './gateway/route-views.ts';
import { problemsOf } from './gateway/services.ts';
import { assertionKeys, openState } from './gateway/state.ts';

/**
 * The admin services over a store that no gateway uses: changes are stored and take effect at the next start. Does not
 * check that no gateway runs.
 */
export async function openOfflineServices(
  folder: string,
  { configuration, file, source }: CommandConfiguration,
): Promise<AdminServices & { close(): void }> {
  const logger = pino({ level: 'silent' });
  const state = await openState(folder, configuration, logger);
  let events: SqliteEventStore;
  try {
    events = openSqliteEventStore(join(folder, 'events.db'));
  } catch (error) {
    state.close();
    throw error;
  }
  const clock = systemClock();
  const overridden = async () => applyOverrides(configuration, await state.settings.listModes()).configuration;
  let current = await overridden();
  return {
    clock,
    logger,
    keys: state.keys,
    consumers: state.consumers,
    events,
    flushEvents: () => Promise.resolve(),
    configuration: () => ({ current, version: 0, file }),
    validateConfiguration: (text) => judgement(source.judge(text)),
    // There is nothing to put it into force in: the next start reads the file by itself.
    reloadConfiguration: () => Promise.resolve(judgement(source.load())),
    routes: () => routeViews(current, configuration),
    modes: () => state.settings.listModes(),
    setMode: async (override) => {
      const applied = applyOverride(current, override);
      if (!applied.ok) return applied;
      await state.settings.setMode({ ...override, setAtMs: clock.nowMs() });
      current = await overridden();
      return { ok: true };
    },
    clearMode: async (scope, target) => {
      const removed = await state.settings.removeMode(scope, target);
      current = await overridden();
      return removed;
    },
    explainRequest: (text, address) => explainRequest(text, address, state.snapshot(0, current), state, clock),
    health: () => [{ name: 'data-plane', ok: false, detail: 'no gateway runs on this data folder', essential: true }],
    metrics: () => Promise.resolve(''),
    assertionKeys: () => assertionKeys(state),
    close: () => {
      events.close();
      state.close();
    },
  };
}

function judgement(loaded: Loaded): { ok: boolean; problems: readonly ConfigurationProblem[] } {
  return { ok: loaded.ok, problems: problemsOf(loaded.ok ? loaded.warnings : loaded.diagnostics) };
}
