import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AdminServer } from '../../admin/server.ts';
import type { AdminServices } from '../../admin/services.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { Mode } from '../../core/decision.ts';
import { NOTHING_LEARNED } from '../../detect/parameters/learned-table.ts';
import { systemClock } from '../../edge/clock.ts';
import { WITHDRAWN } from '../../edge/key-sets.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { type DataPlaneState, ThreadPool } from '../../edge/thread-pool.ts';
import { createEventRing, EventRingReader } from '../../pipeline/event-ring.ts';
import { fingerprintOf } from '../../pipeline/fingerprint.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { PublishedKeySet } from '../../ports.ts';
import { EventWriter } from '../../store/event-writer.ts';
import { openSqliteEventStore, type SqliteEventStore } from '../../store/sqlite/event-store.ts';
import { AccessDecisions } from './access-decisions.ts';
import { CallJournal } from './call-journal.ts';
import { CallObserver } from './call-observer.ts';
import { ConfigurationChanges } from './configuration-changes.ts';
import { dataFolder, type Loaded } from './configuration-source.ts';
import { consoleAccounts } from './console-accounts.ts';
import { EmbeddedIssuer } from './embedded-issuer.ts';
import { ConfigurationRefused, type GatewayOptions } from './gateway-options.ts';
import { IssuerService } from './issuer-service.ts';
import { KeyCareService, keyCareOf } from './key-care.ts';
import { LeakedKeys } from './leaked-keys.ts';
import { withOverrides } from './modes-by-command.ts';
import { ParameterLearning } from './parameter-learning.ts';
import { PayloadExceptions } from './payload-exceptions.ts';
import { FolderInUse, presenceIn, removePresence, writePresence } from './presence.ts';
import { yieldToDataPlane } from './priority.ts';
import { QuotaJournal } from './quota-journal.ts';
import { hooksOf } from './secret-scanning.ts';
import { gatewayServices } from './services.ts';
import { type GatewayState, openState } from './state.ts';
import { readTls } from './tls-files.ts';
import { urlHost } from './url-host.ts';
import { UsageJournal } from './usage-journal.ts';
import { FileWatch } from './watch.ts';

/** The same place from the sources and from what is built of them. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../../dist/console', import.meta.url));
const HOUSEKEEPING_MS = 3_600_000;
const FINDINGS_MS = 500;

const REBOUND = ['host', 'port'] as const;

/** The control plane: it owns the configuration, the stores and the threads, and is the only writer of all three. */
export class Gateway {
  readonly options: GatewayOptions;
  readonly state: GatewayState;
  readonly events: SqliteEventStore;
  readonly writer: EventWriter;
  readonly usage: UsageJournal;
  readonly calls: CallJournal;
  /** When what is in force changed. */
  readonly changes: ConfigurationChanges;
  /** What parameters hold, as accepted calls show it. */
  readonly parameters: ParameterLearning;
  /** What attacks are let through, and how often. */
  readonly exceptions: PayloadExceptions;
  readonly threads: ThreadPool;
  readonly issuers: IssuerService;
  /** The authorization server, where there is one. */
  readonly issuer: EmbeddedIssuer;
  readonly leakedKeys: LeakedKeys;
  readonly folder: string;
  readonly clock = systemClock();
  readonly #plane: DataPlaneState;
  readonly keyCare: KeyCareService;
  /** For applications that ask what callers may do. */
  readonly decisions: AccessDecisions;
  readonly #quotas: QuotaJournal;
  readonly #eventListeners = new Set<(encoded: Uint8Array) => void>();
  #admin: AdminServer | undefined;
  #services: AdminServices | undefined;
  #watch: FileWatch | undefined;
  #housekeeping: NodeJS.Timeout | undefined;
  #finding: NodeJS.Timeout | undefined;
  #base: Configuration;
  /** With the modes set by command, and without what the gateway adds of its own. */
  #overridden: Configuration;
  /** Every file the configuration came from. */
  #sources: readonly string[];
  #reloading: Promise<unknown> = Promise.resolve();
  /** Diagnostics of the last reload that was refused; empty after one that was not. */
  refused: readonly Diagnostic[] = [];
  /** Of the configuration in force. */
  warnings: readonly Diagnostic[];
  reloads = 0;

  private constructor(
    options: GatewayOptions,
    loaded: Extract<Loaded, { ok: true }>,
    folder: string,
    state: GatewayState,
    snapshot: SnapshotData,
  ) {
    this.options = options;
    this.#base = loaded.configuration;
    this.#overridden = snapshot.configuration;
    this.warnings = loaded.warnings;
    this.#sources = loaded.sources;
    this.folder = folder;
    this.state = state;
    const { configuration } = snapshot;
    this.events = openSqliteEventStore(join(folder, 'events.db'), {
      // Above what pruning keeps to, so that the bound of the file is met only when pruning cannot keep up.
      fileBytesMax: Math.ceil(configuration.events.bytesMax * 1.25),
    });
    const rings = Array.from({ length: options.workers }, () => createEventRing());
    this.usage = new UsageJournal(state.usage, this.clock, options.logger);
    this.leakedKeys = new LeakedKeys({
      keys: state.keys,
      policy: () => this.configuration.apiKeys.onLeak,
      observe: (observation) => state.findings.observe(observation),
      clock: this.clock,
      logger: options.logger,
    });
    this.exceptions = new PayloadExceptions({
      store: state.store.payloadExceptions,
      clock: this.clock,
      logger: options.logger,
      configuration: () => this.configuration,
      publish: () => this.republish(),
    });
    this.calls = new CallJournal({
      store: state.store.callCounts,
      events: this.events,
      clock: this.clock,
      logger: options.logger,
    });
    this.changes = new ConfigurationChanges(state.settings, this.clock, options.logger);
    const observer = new CallObserver({
      exceptions: this.exceptions,
      usage: this.usage.counter,
      honey: state.honey,
      findings: state.findings,
      leakedKeys: this.leakedKeys,
      calls: this.calls,
      configuration: () => this.configuration,
    });
    this.writer = new EventWriter({
      observe: (encoded) => {
        observer.observe(encoded);
        for (const listener of this.#eventListeners) listener(encoded);
      },
      rings: rings.map((ring) => new EventRingReader(ring)),
      store: this.events,
      clock: this.clock,
      logger: options.logger,
      retention: () => {
        const { retainDays, bytesMax } = this.configuration.events;
        return { retainMs: retainDays * 86_400_000, bytesMax };
      },
    });
    this.#plane = {
      snapshot,
      tls: readTls(configuration),
      credentials: state.index.handle(),
      limits: state.limits,
      revocations: state.revocationIndex.handle(),
      replay: state.replay,
      nonceSecret: state.nonceSecret,
      keySets: new Map(),
      parameters: NOTHING_LEARNED,
    };
    this.threads = new ThreadPool({
      threads: options.workers,
      listen: configuration.listen,
      state: this.#plane,
      eventRings: rings,
      logger: options.logger,
      refreshKeys: (name) => this.issuers.refresh(name),
      observed: (calls) => this.parameters.observed(calls),
    });
    this.parameters = new ParameterLearning({
      store: state.store.parameters,
      clock: this.clock,
      logger: options.logger,
      hash: fingerprintOf(state.limits),
      publish: (table) => this.threads.publishParameters(table),
      collect: () => this.threads.collectObservations(),
    });
    this.issuers = new IssuerService({
      fetch: createFetch(),
      clock: this.clock,
      settings: state.settings,
      logger: options.logger,
      publish: (name, keys) => this.threads.publishKeySet(name, keys),
      observe: (observation) => state.findings.observe(observation),
      withdraw: (name) => {
        this.threads.publishKeySet(name, WITHDRAWN).then(
          () => this.#plane.keySets.delete(name),
          () => this.#plane.keySets.delete(name),
        );
      },
    });
    this.issuer = new EmbeddedIssuer({
      folder,
      state,
      clock: this.clock,
      logger: options.logger,
      data: () => this.snapshot,
      keySet: (name) => this.keySets.get(name),
      refreshKeys: (name) => this.issuers.refresh(name),
      publishKeySet: (name, keys) => this.threads.publishKeySet(name, keys),
      sealingKey: process.env['SALLYPORT_SEALING_KEY'],
      keyUsed: (use) => this.usage.counter.count(use),
    });
    this.decisions = new AccessDecisions(state, this.clock, () => this.snapshot);
    this.#quotas = new QuotaJournal(
      state.limits,
      state.settings,
      this.clock,
      options.logger,
      () =>
        state.keys.hasQuotas() ||
        this.configuration.routes.some(({ limits }) => limits.some(({ kind }) => kind === 'quota')),
    );
    this.keyCare = new KeyCareService(
      keyCareOf(
        state,
        this.clock,
        () => this.configuration,
        async () => {
          await this.writer.flush();
          // Without the newest counts a key that is used would pass for one that is not.
          if (!(await this.usage.counter.flushAll())) throw new Error('the use of keys cannot be stored');
          await state.findings.flush();
        },
      ),
      options.logger,
    );
    // A table that grew is a new one: every thread reads it before the old one is given up.
    state.onIndexGrown = async (handle) => this.threads.publishCredentials(handle);
    state.onKeysEnded = async (keyIds) => this.issuer.server?.server.endCredentials('api-key', keyIds);
    state.onRevocationsGrown = async (handle) => this.threads.publishRevocations(handle);
  }

  /** Loads everything, starts the threads and the admin port; resolves when calls are served. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const loaded = options.source.load();
    if (!loaded.ok) throw new ConfigurationRefused(loaded.diagnostics);
    for (const warning of loaded.warnings)
      options.logger.info({ code: warning.code, path: warning.path }, warning.message);
    const folder = options.dataFolder ?? dataFolder(loaded.configuration, options.source.file, undefined);
    const running = presenceIn(folder);
    if (running !== undefined && running.pid !== process.pid) throw new FolderInUse(folder, running.pid);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const state = await openState(folder, loaded.configuration, options.logger);
    const configuration = await withOverrides(loaded.configuration, state, options.logger);
    const gateway = new Gateway(options, loaded, folder, state, await state.snapshot(1, configuration));
    try {
      await gateway.#begin();
    } catch (error) {
      // Whatever did start would keep the process alive.
      await gateway.stop().catch(() => undefined);
      throw error;
    }
    return gateway;
  }

  async #begin(): Promise<void> {
    await this.#quotas.restore();
    const configuration = await this.issuer.adopt(this.configuration);
    await this.issuers.adopt(configuration);
    await this.exceptions.adopt(configuration);
    this.#plane.snapshot = await this.state.snapshot(this.snapshot.version, configuration);
    this.#plane.parameters = await this.parameters.table();
    await this.calls.restore();
    await this.changes.restore();
    await this.changes.inForce(configuration);
    await this.threads.start();
    yieldToDataPlane();
    this.calls.start();
    this.writer.start();
    this.usage.start();
    this.parameters.start();
    this.exceptions.start();
    this.keyCare.start();
    this.#finding = setInterval(
      () => void this.state.findings.flush().then(() => this.state.alerts.deliver()),
      FINDINGS_MS,
    ).unref();
    this.#quotas.start();
    this.#housekeeping = setInterval(
      () =>
        void this.state.revocations
          .prune()
          .catch((error: unknown) =>
            this.options.logger.error({ error: String(error) }, 'expired revocations could not be forgotten'),
          ),
      HOUSEKEEPING_MS,
    ).unref();
    const { host, port } = this.configuration.admin;
    this.#services = gatewayServices(this);
    this.#admin = await AdminServer.start({
      host,
      port,
      token: this.state.adminToken.token,
      services: this.#services,
      hooks: hooksOf(this),
      decisions: this.decisions,
      accounts: consoleAccounts(this.state),
      consoleFolder: CONSOLE_FOLDER,
      logger: this.options.logger,
    });
    writePresence(this.folder, {
      pid: process.pid,
      adminUrl: this.adminUrl,
      dataUrl: this.dataUrl,
      configurationFile: this.options.source.file,
    });
    this.#watchFiles();
  }

  /** Gives a listener every run of encoded events as it leaves its ring, until what is returned is called. */
  onEvents(listener: (encoded: Uint8Array) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** The configuration in force, commands included. */
  get configuration(): Configuration {
    return this.#plane.snapshot.configuration;
  }

  /** Keys of issuers as they are in force, by authenticator. */
  get keySets(): ReadonlyMap<string, PublishedKeySet> {
    return this.#plane.keySets;
  }

  /** What was learned of parameters, as the threads judge by it. */
  get learnedTable(): SharedArrayBuffer {
    return this.#plane.parameters;
  }

  get snapshot(): SnapshotData {
    return this.#plane.snapshot;
  }

  /** The configuration with the modes set by command, before what the gateway adds of its own. */
  get overriddenConfiguration(): Configuration {
    return this.#overridden;
  }

  /** The configuration as loaded, before commands changed modes. */
  get baseConfiguration(): Configuration {
    return this.#base;
  }

  get mode(): Mode {
    return this.configuration.mode;
  }

  get dataUrl(): string {
    const { host, tls } = this.configuration.listen;
    return `${tls === undefined ? 'http' : 'https'}://${urlHost(host)}:${this.threads.port}`;
  }

  get adminUrl(): string {
    return `http://${urlHost(this.configuration.admin.host)}:${this.#admin?.port ?? this.configuration.admin.port}`;
  }

  get newAdminToken(): string | undefined {
    return this.state.adminToken.created ? this.state.adminToken.token : undefined;
  }

  get adminTokenFile(): string {
    return join(this.folder, 'admin-token');
  }

  /** Loads the configuration anew; an invalid one changes nothing and says why. Reloads run one after the other. */
  reload(cause: string): Promise<readonly Diagnostic[]> {
    const next = this.#reloading.then(() => this.#reload(cause));
    this.#reloading = next.catch(() => undefined);
    return next;
  }

  async #reload(cause: string): Promise<readonly Diagnostic[]> {
    const { logger, source } = this.options;
    const loaded = source.load();
    if (!loaded.ok) {
      this.refused = loaded.diagnostics;
      for (const problem of loaded.diagnostics)
        logger.error(
          { cause, code: problem.code, line: problem.line, path: problem.path },
          `configuration not reloaded: ${problem.message}`,
        );
      return loaded.diagnostics;
    }
    await this.#publish(loaded.configuration);
    this.#sources = loaded.sources;
    this.#watchFiles();
    this.refused = [];
    this.warnings = loaded.warnings;
    this.reloads++;
    logger.info({ cause, version: this.snapshot.version }, 'configuration reloaded');
    return loaded.warnings;
  }

  /** Puts a changed set of commands into force on every thread. */
  republish(): Promise<void> {
    const next = this.#reloading.then(() => this.#publish(this.#base));
    this.#reloading = next.catch(() => undefined);
    return next;
  }

  async #publish(base: Configuration): Promise<void> {
    const overridden = await withOverrides(base, this.state, this.options.logger);
    const configuration = await this.issuer.adopt(overridden);
    const running = this.configuration.listen;
    for (const name of REBOUND)
      if (configuration.listen[name] !== running[name])
        this.options.logger.warn({ setting: `listen.${name}` }, 'a changed address takes effect at the next start');
    if (configuration.listen.tls?.clientAuth !== running.tls?.clientAuth)
      this.options.logger.warn(
        { setting: 'listen.tls.clientAuth' },
        'whether clients are asked for certificates takes effect at the next start',
      );
    await this.state.registerConsumers(configuration);
    await this.exceptions.adopt(configuration);
    const snapshot = await this.state.snapshot(this.snapshot.version + 1, configuration);
    const tls = readTls(configuration);
    await this.issuers.adopt(configuration);
    await this.threads.publishSnapshot(snapshot, tls);
    this.issuers.release(configuration);
    await this.issuer.release(configuration);
    this.#base = base;
    this.#overridden = overridden;
    await this.changes.inForce(configuration);
  }

  #watchFiles(): void {
    this.#watch?.close();
    this.#watch = new FileWatch(this.#sources, () => {
      this.reload('a file changed').catch((error: unknown) =>
        this.options.logger.error({ error: String(error) }, 'reloading failed, the running configuration stays'),
      );
    });
  }

  /** Drains the data plane within its deadline, then writes down everything that waits. */
  async stop(): Promise<void> {
    this.#watch?.close();
    this.issuers.close();
    clearInterval(this.#housekeeping);
    clearInterval(this.#finding);
    await this.keyCare.stop();
    await this.threads.stop(this.configuration.listen.limits.drainSeconds * 1000);
    await this.#services?.replays.cancel();
    await this.#admin?.close();
    await this.decisions.close();
    await this.issuer.close();
    await this.#quotas.stop();
    await this.writer.close();
    await this.usage.stop();
    await this.calls.stop();
    await this.parameters.stop();
    await this.exceptions.stop();
    await this.leakedKeys.settled();
    await this.state.findings.flush();
    this.events.close();
    this.state.close();
    removePresence(this.folder);
  }
}
