import { basename, join } from 'node:path';
import type { AdminServices, HealthItem } from '../../admin/services.ts';
import { withoutSecrets } from '../../config/masked-text.ts';
import { ConfigurationWriter, readConfigurationFile } from './configuration-file.ts';
import { problemsOf } from './configuration-problems.ts';
import { explainRequest } from './explain-request.ts';
import type { Gateway } from './gateway.ts';
import { GatewayHealthFigures } from './gateway-health.ts';
import { gatewayMetrics } from './metrics.ts';
import { clearMode, setMode, shownModes } from './modes-by-command.ts';
import { ReplayService } from './replay-service.ts';
import { routeViews, unmatchedView } from './route-views.ts';
import { signingOut } from './signed-out.ts';
import { assertionKeys } from './state.ts';

/** A probe of the store writes to the disk; health is asked often. */
const PROBE_INTERVAL_MS = 5_000;

/** The running gateway as the admin API sees it. */
export function gatewayServices(gateway: Gateway): AdminServices {
  const { state, options, clock } = gateway;
  let probe = { atMs: 0, ok: true, detail: '' };
  const storeHealth = (): HealthItem => {
    if (clock.nowMs() - probe.atMs >= PROBE_INTERVAL_MS) {
      probe = { atMs: clock.nowMs(), ...state.store.writable() };
      if (!probe.ok)
        options.logger.error(
          { problem: probe.detail },
          'the store cannot be written: keys and modes cannot be changed',
        );
    }
    return {
      name: 'store',
      ok: probe.ok,
      detail: probe.ok ? 'writable' : `not writable: ${probe.detail}`,
      essential: false,
    };
  };
  const replays = new ReplayService({
    eventFile: join(gateway.folder, 'events.db'),
    clock,
    limits: state.limits,
    load: () => options.source.load(),
    judge: (text) => options.source.judge(text),
    modes: () => state.settings.listModes(),
    inForce: () => gateway.overriddenConfiguration,
    running: () => gateway.snapshot,
    flushEvents: () => gateway.writer.flush(),
  });
  const configurationWriter = new ConfigurationWriter({
    source: options.source,
    isInForce: () => gateway.refused.length === 0,
    reload: async () => {
      const diagnostics = await gateway.reload('admin API');
      return { ok: gateway.refused.length === 0, diagnostics };
    },
  });
  return {
    clock,
    logger: options.logger,
    keys: keysOf(gateway),
    keyCare: gateway.keyCare.care,
    sweepKeys: async () => {
      const result = await gateway.keyCare.sweep();
      await state.findings.flush();
      return result;
    },
    consumers: state.consumers,
    revocations: state.revocations,
    findings: {
      find: async (id) => {
        await observed(gateway);
        return state.findingStore.find(id);
      },
      list: async (filter) => {
        await observed(gateway);
        return state.findingStore.list(filter);
      },
      decide: (id, decision) => state.findings.decide(id, decision),
    },
    decoys: decoysOf(gateway),
    owners: ownersOf(gateway),
    parameters: gateway.parameters,
    exceptions: exceptionsOf(gateway),
    accounts: signingOut(state, clock, () => gateway.configuration.issuer?.identifier),
    issuerUrl: () => gateway.configuration.issuer?.identifier,
    usage: {
      ...state.usage,
      // What waits is written first, so that a call that was just answered is in the answer.
      ofKey: async (keyId) => {
        await observed(gateway);
        await gateway.usage.counter.flush();
        return state.usage.ofKey(keyId);
      },
    },
    issuer: () => gateway.issuer.server?.server,
    resetIssuer: () => Promise.resolve(undefined),
    events: gateway.events,
    overview: overviewOf(gateway),
    onEvents: (listener) => gateway.onEvents(listener),
    flushEvents: () => gateway.writer.flush(),
    configuration: () => ({
      current: gateway.configuration,
      version: gateway.snapshot.version,
      file: options.source.file,
      refused: problemsOf(gateway.refused),
    }),
    shownConfiguration: () => withoutSecrets(gateway.configuration),
    configurationFile: () => readConfigurationFile(options.source),
    formerConfiguration: (fingerprint) => configurationWriter.former(fingerprint),
    replaceConfiguration: (text, ifFingerprint) => configurationWriter.replace(text, ifFingerprint),
    replays,
    validateConfiguration: (text) => {
      const judged = options.source.judge(text);
      return { ok: judged.ok, problems: problemsOf(judged.ok ? judged.warnings : judged.diagnostics) };
    },
    reloadConfiguration: async () => {
      const problems = await gateway.reload('admin API');
      return { ok: gateway.refused.length === 0, problems: problemsOf(problems) };
    },
    routes: () => routeViews(gateway.configuration, gateway.baseConfiguration),
    unmatched: () => unmatchedView(gateway.configuration),
    modes: () => shownModes(gateway.baseConfiguration, state),
    setMode: async (override) => {
      const result = await setMode(gateway.baseConfiguration, state, { ...override, setAtMs: clock.nowMs() });
      if (result.ok) await gateway.republish();
      return result;
    },
    clearMode: async (scope, target) => {
      const left = await clearMode(gateway.baseConfiguration, state, { scope, target });
      if (left !== undefined) await gateway.republish();
      return left;
    },
    explainRequest: (text, address) =>
      explainRequest(
        text,
        address,
        gateway.snapshot,
        state,
        clock,
        (name) => gateway.keySets.get(name),
        gateway.learnedTable,
      ),
    health: () => [
      {
        name: 'data-plane',
        ok: gateway.threads.alive > 0,
        detail: `${gateway.threads.alive} of ${options.workers} threads serve, ${gateway.threads.restarts} restarts`,
        essential: true,
      },
      storeHealth(),
      eventHealth(gateway),
      ...issuerHealth(gateway),
      configurationHealth(gateway),
    ],
    metrics: () => gatewayMetrics(gateway),
    assertionKeys: () => assertionKeys(state),
  };
}

/** Every call up to now has been looked at, and what it showed is stored. */
async function observed({ writer, leakedKeys, state }: Gateway): Promise<void> {
  await writer.flush();
  await leakedKeys.settled();
  await state.findings.flush();
}

/** Every thread judges by a change before it is answered. */
function ownersOf(gateway: Gateway): AdminServices['owners'] {
  const { acceptedOwners } = gateway.state;
  const published = async (changed: boolean): Promise<boolean> => {
    if (changed) await gateway.republish();
    return changed;
  };
  return {
    list: () => acceptedOwners.list(),
    put: async (row) => published(await acceptedOwners.put(row)),
    remove: async (lookup, object) => published(await acceptedOwners.remove(lookup, object)),
  };
}

/** What is told of an exception is of every call that was answered. */
function exceptionsOf({ exceptions, writer }: Gateway): AdminServices['exceptions'] {
  return {
    list: async () => {
      await writer.flush();
      return exceptions.list();
    },
    add: (wanted) => exceptions.add(wanted),
    remove: (id) => exceptions.remove(id),
    isConfigured: (id) => exceptions.isConfigured(id),
  };
}

/** Tokens and clients are known again by every thread. */
function decoysOf(gateway: Gateway): AdminServices['decoys'] {
  const { decoys } = gateway.state;
  return {
    list: () => decoys.list(),
    plant: async (wanted) => {
      const planted = await decoys.plant(wanted);
      if (planted.ok && planted.decoy.kind !== 'key') await gateway.republish();
      return planted;
    },
    remove: async (id) => {
      const removed = await decoys.remove(id);
      if (removed) await gateway.republish();
      return removed;
    },
  };
}

/** Consumers are known to every method, not to keys alone. */
function keysOf(gateway: Gateway): AdminServices['keys'] {
  const { keys } = gateway.state;
  return {
    ...keys,
    setConsumer: async (consumer) => {
      const result = await keys.setConsumer(consumer);
      if (result.ok) await gateway.republish();
      return result;
    },
  };
}

/** One for each issuer whose keys are fetched. Without them its tokens are answered 503; everybody else is served. */
function issuerHealth(gateway: Gateway): ReturnType<AdminServices['health']> {
  const nowMs = gateway.clock.nowMs();
  return gateway.issuers.status().map(({ authenticator, issuer, keys, fetchedAtMs, usableUntilMs, error }) => ({
    name: `issuer ${authenticator}`,
    ok: error === undefined && keys > 0,
    detail:
      nowMs > usableUntilMs
        ? `no usable keys of ${issuer}${error === undefined ? '' : `: ${error}`}`
        : `${keys} keys, ${Math.round((nowMs - fetchedAtMs) / 1000)} s old${error === undefined ? '' : `, the last try failed: ${error}`}`,
    essential: false,
  }));
}

/** Where the file does not load: which line of which file, since that is what has to be mended. */
function configurationHealth({ refused, snapshot }: Gateway): HealthItem {
  const [first, ...more] = refused.filter(({ severity }) => severity === 'error');
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  const detail =
    first === undefined
      ? `version ${snapshot.version}`
      : `the file ${basename(first.file)} does not load, line ${first.line}: ${first.message}${others}; the version before it is in force`;
  return { name: 'configuration', ok: first === undefined, detail, essential: false };
}

function eventHealth(gateway: Gateway): HealthItem {
  const { stalled, droppedEvents, backlogBytes } = gateway.writer.stats();
  const detail = stalled
    ? `events cannot be stored; ${backlogBytes} bytes wait in memory`
    : `${droppedEvents} dropped since the start`;
  return { name: 'events', ok: !stalled, detail, essential: false };
}

/** What the first page of the console shows. */
function overviewOf(gateway: Gateway): NonNullable<AdminServices['overview']> {
  const figures = new GatewayHealthFigures(gateway);
  return {
    summary: (fromMs, toMs, buckets) => gateway.calls.counts.summary(fromMs, toMs, buckets, gateway.clock.nowMs()),
    configurationChanges: (fromMs, toMs) => gateway.changes.between(fromMs, toMs),
    openFindings: () => gateway.state.findingStore.countOpen(),
    health: () => figures.figures(),
  };
}
