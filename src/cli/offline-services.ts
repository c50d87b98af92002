import { join } from 'node:path';
import pino from 'pino';
import type { AdminServices } from '../admin/services.ts';
import { withoutSecrets } from '../config/masked-text.ts';
import type { Configuration } from '../core/configuration.ts';
import { systemClock } from '../edge/clock.ts';
import { fingerprintOf } from '../pipeline/fingerprint.ts';
import { openSqliteEventStore } from '../store/sqlite/event-store.ts';
import { sweepKeys } from '../tokens/key-sweep.ts';
import { readConfigurationFile } from './gateway/configuration-file.ts';
import { fileSource } from './gateway/configuration-source.ts';
import { explainRequest } from './gateway/explain-request.ts';
import { keyCareOf } from './gateway/key-care.ts';
import { clearMode, setMode, shownModes, withOverrides } from './gateway/modes-by-command.ts';
import { ParameterLearning } from './gateway/parameter-learning.ts';
import { PayloadExceptions } from './gateway/payload-exceptions.ts';
import { ReplayService } from './gateway/replay-service.ts';
import { routeViews, unmatchedView } from './gateway/route-views.ts';
import { signingOut } from './gateway/signed-out.ts';
import { assertionKeys, openState } from './gateway/state.ts';

const NO_FLAGS = { port: undefined, adminPort: undefined, mode: undefined } as const;

/** The admin services over a store that no gateway uses: changes are stored and take effect at the next start. */
export async function openOfflineServices(
  folder: string,
  { configuration, file }: { readonly configuration: Configuration; readonly file: string | undefined },
): Promise<AdminServices & { close(): void }> {
  const logger = pino({ level: 'silent' });
  const state = await openState(folder, configuration, logger);
  const events = openSqliteEventStore(join(folder, 'events.db'));
  const clock = systemClock();
  const parameters = new ParameterLearning({
    store: state.store.parameters,
    clock,
    logger,
    hash: fingerprintOf(state.limits),
    publish: () => Promise.resolve(),
    collect: () => Promise.resolve(),
  });
  let current = await withOverrides(configuration, state, logger);
  const exceptions = new PayloadExceptions({
    store: state.store.payloadExceptions,
    clock,
    logger,
    configuration: () => current,
    publish: () => exceptions.adopt(current),
  });
  const keyCare = keyCareOf(
    state,
    clock,
    () => current,
    () => state.findings.flush(),
  );
  const source = file === undefined ? undefined : fileSource(file, NO_FLAGS, process.env);
  const asItIs = { ok: true, configuration, warnings: [], sources: [] } as const;
  const replays = new ReplayService({
    eventFile: join(folder, 'events.db'),
    clock,
    limits: state.limits,
    load: () => source?.load() ?? asItIs,
    judge: (text) => source?.judge(text) ?? asItIs,
    modes: () => state.settings.listModes(),
    inForce: () => current,
    running: () => state.snapshot(0, configuration),
    flushEvents: () => Promise.resolve(),
  });
  return {
    clock,
    logger,
    keys: state.keys,
    keyCare,
    sweepKeys: async () => {
      const result = await sweepKeys(keyCare);
      await state.findings.flush();
      return result;
    },
    consumers: state.consumers,
    revocations: state.revocations,
    usage: state.usage,
    findings: { ...state.findingStore, decide: (id, decision) => state.findings.decide(id, decision) },
    decoys: state.decoys,
    owners: state.acceptedOwners,
    parameters,
    exceptions,
    issuer: () => undefined,
    resetIssuer: async () => {
      const keys = await state.store.signingKeys.list();
      await state.store.signingKeys.change(
        [],
        keys.map(({ kid }) => kid),
      );
      return keys.length;
    },
    accounts: signingOut(state, clock, () => current.issuer?.identifier),
    issuerUrl: () => current.issuer?.identifier,
    events,
    overview: undefined,
    onEvents: () => () => undefined,
    flushEvents: () => Promise.resolve(),
    configuration: () => ({ current, version: 0, file, refused: [] }),
    shownConfiguration: () => withoutSecrets(current),
    configurationFile: () => readConfigurationFile({ file }),
    formerConfiguration: () => undefined,
    replaceConfiguration: () => Promise.resolve({ kind: 'noFile' }),
    replays,
    validateConfiguration: () => ({ ok: true, problems: [] }),
    reloadConfiguration: () => Promise.resolve({ ok: true, problems: [] }),
    routes: () => routeViews(current, configuration),
    unmatched: () => unmatchedView(current),
    modes: () => shownModes(configuration, state),
    setMode: async (override) => {
      const result = await setMode(configuration, state, { ...override, setAtMs: clock.nowMs() });
      current = await withOverrides(configuration, state, logger);
      return result;
    },
    clearMode: async (scope, target) => {
      const left = await clearMode(configuration, state, { scope, target });
      current = await withOverrides(configuration, state, logger);
      return left;
    },
    explainRequest: async (text, address) => {
      const [snapshot, table] = [await state.snapshot(0, current), await parameters.table()];
      return explainRequest(text, address, snapshot, state, clock, () => undefined, table);
    },
    health: () => [{ name: 'data-plane', ok: false, detail: 'no gateway runs on this data folder', essential: true }],
    metrics: () => Promise.resolve(''),
    assertionKeys: () => assertionKeys(state),
    close: () => {
      events.close();
      state.close();
    },
  };
}
