import { Worker } from 'node:worker_threads';
import type { ListenConfig } from '../core/configuration.ts';
import type { CredentialIndexHandle } from '../crypto/credential-index.ts';
import type { ReplayMemory } from '../crypto/replay-memory.ts';
import type { RevocationHandle } from '../crypto/revocation-memory.ts';
import type { ObservedCall } from '../detect/parameters/observation.ts';
import { connectionCount, createConnectionMemory, forgetThread } from '../limit/connections.ts';
import type { LimitMemory } from '../limit/limit-memory.ts';
import type { SnapshotData } from '../pipeline/snapshot.ts';
import type { Logger, PublishedKeySet } from '../ports.ts';
import type { CallMetricsReport } from './call-metrics.ts';
import type { TlsMaterial } from './listener.ts';
import type { FromThread, ThreadBirth, ToThread } from './messages.ts';

/** What the data plane needs of the control plane, always in its newest state: a thread that is born again starts from it. */
export interface DataPlaneState {
  snapshot: SnapshotData;
  tls: TlsMaterial | undefined;
  credentials: CredentialIndexHandle;
  readonly limits: LimitMemory;
  revocations: RevocationHandle;
  readonly replay: ReplayMemory;
  readonly nonceSecret: Uint8Array;
  readonly keySets: Map<string, PublishedKeySet>;
  /** What was learned of parameters. */
  parameters: SharedArrayBuffer;
}

export interface ThreadPoolOptions {
  readonly threads: number;
  readonly listen: ListenConfig;
  readonly state: DataPlaneState;
  /** One ring per thread; a thread that is born again takes over the ring of the one that died. */
  readonly eventRings: readonly SharedArrayBuffer[];
  readonly logger: Logger;
  /** A thread met a token whose key is not there; resolves when newer keys, if any, are published. */
  readonly refreshKeys: (name: string) => Promise<void>;
  /** What a thread saw of accepted calls. */
  readonly observed: (calls: readonly ObservedCall[]) => void;
}

interface Thread {
  readonly index: number;
  worker: Worker;
  readonly waiting: Map<
    number,
    { resolve: (report: CallMetricsReport | undefined) => void; reject: (error: Error) => void }
  >;
  births: number;
}

type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never;

const REBIRTH_DELAY_MS = 200;
const BIRTHS_MAX = 50;

/** The data-plane threads, seen from the control plane. */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads: Thread[] = [];
  readonly #connections = createConnectionMemory();
  /** Threads that are being born in place of others. */
  readonly #rebirths = new Set<Promise<void>>();
  #port: number;
  #nextId = 1;
  #stopping = false;
  restarts = 0;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#port = options.listen.port;
  }

  get port(): number {
    return this.#port;
  }

  /** Threads that are up. */
  get alive(): number {
    return this.#threads.length;
  }

  get connections(): number {
    return connectionCount(this.#connections);
  }

  /** Share of the time since each thread began that it was busy, and how long that is: of two readings the time between them. */
  get busy(): readonly { readonly activeMs: number; readonly idleMs: number }[] {
    return this.#threads.map(({ worker }) => {
      const { active, idle } = worker.performance.eventLoopUtilization();
      return { activeMs: active, idleMs: idle };
    });
  }

  /** Starts every thread; resolves when all listen. Where the port is 0, the first thread chooses it for all. */
  async start(): Promise<void> {
    const { threads } = this.#options;
    let index = 0;
    if (this.#port === 0) await this.#bear(index++, 0);
    const births: Promise<void>[] = [];
    for (; index < threads; index++) births.push(this.#bear(index, 0));
    // Where one fails, the others are still waited for: what is born later than the pool is stopped would never end.
    const failed = (await Promise.allSettled(births)).find((birth) => birth.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #bear(index: number, births: number): Promise<void> {
    const { listen, state, eventRings, threads } = this.#options;
    const eventRing = eventRings[index];
    if (eventRing === undefined) throw new TypeError(`thread ${index} has no event ring`);
    const birth: ThreadBirth = {
      index,
      threads,
      listen: { ...listen, port: this.#port },
      tls: state.tls,
      snapshot: state.snapshot,
      credentials: state.credentials,
      limits: state.limits,
      revocations: state.revocations,
      replay: state.replay,
      nonceSecret: state.nonceSecret,
      keySets: new Map(state.keySets),
      eventRing,
      connections: this.#connections,
      parameters: state.parameters,
    };
    const worker = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url),
      {
        workerData: birth,
        name: `data-plane-${index}`,
        // What a call allocates dies with it; a nursery that holds many calls is collected seldom and almost for free.
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      },
    );
    const thread: Thread = { index, worker, waiting: new Map(), births };
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', (code) =>
        reject(new Error(`data-plane thread ${index} ended with ${code} before it listened`)),
      );
      worker.on('message', (message: FromThread) => {
        if (message.type === 'listening') {
          this.#port = message.port;
          resolve();
        } else if (message.type === 'refreshKeys') this.#refreshKeys(thread, message.name);
        else if (message.type === 'observed') this.#options.observed(message.calls);
        else this.#settle(thread, message);
      });
    });
    worker.removeAllListeners('error').removeAllListeners('exit');
    worker.on('error', (error) =>
      this.#options.logger.error({ thread: index, error: error.stack }, 'data-plane thread failed'),
    );
    worker.on('exit', (code) => this.#onExit(thread, code));
    this.#threads.push(thread);
    // What was published while this thread was being born did not reach it.
    const { snapshot, credentials, revocations, tls } = state;
    if (credentials !== birth.credentials)
      this.#ask(thread, { type: 'credentials', handle: credentials }).catch(() => undefined);
    if (revocations !== birth.revocations)
      this.#ask(thread, { type: 'revocations', handle: revocations }).catch(() => undefined);
    for (const [name, keys] of state.keySets)
      if (birth.keySets.get(name) !== keys) this.#ask(thread, { type: 'keySet', name, keys }).catch(() => undefined);
    if (state.parameters !== birth.parameters)
      this.#ask(thread, { type: 'parameters', table: state.parameters }).catch(() => undefined);
    if (snapshot !== birth.snapshot) this.#ask(thread, { type: 'snapshot', snapshot, tls }).catch(() => undefined);
  }

  #refreshKeys(thread: Thread, name: string): void {
    const done = (): void => {
      this.#ask(thread, { type: 'keysRefreshed', name }).catch(() => undefined);
    };
    this.#options.refreshKeys(name).then(done, done);
  }

  #settle(thread: Thread, message: Exclude<FromThread, { type: 'listening' | 'refreshKeys' | 'observed' }>): void {
    const waiter = thread.waiting.get(message.id);
    if (waiter === undefined) return;
    thread.waiting.delete(message.id);
    if (message.type === 'done') waiter.resolve(message.report);
    else waiter.reject(new Error(message.message));
  }

  /** A thread that dies is replaced; the others keep serving on the same port. */
  #onExit(thread: Thread, code: number): void {
    const at = this.#threads.indexOf(thread);
    if (at >= 0) this.#threads.splice(at, 1);
    forgetThread(this.#connections, thread.index);
    for (const waiter of thread.waiting.values()) waiter.resolve(undefined);
    thread.waiting.clear();
    if (this.#stopping) return;
    this.restarts++;
    this.#options.logger.error({ thread: thread.index, code }, 'data-plane thread ended, starting another');
    if (thread.births >= BIRTHS_MAX) {
      this.#options.logger.error({ thread: thread.index }, 'data-plane thread died too often and stays down');
      return;
    }
    setTimeout(() => {
      if (this.#stopping) return;
      const rebirth = this.#bear(thread.index, thread.births + 1)
        .catch((error: unknown) =>
          this.#options.logger.error(
            { thread: thread.index, error: String(error) },
            'data-plane thread could not start',
          ),
        )
        .finally(() => this.#rebirths.delete(rebirth));
      this.#rebirths.add(rebirth);
    }, REBIRTH_DELAY_MS).unref();
  }

  /** Resolves when every thread judges by the given snapshot. */
  async publishSnapshot(snapshot: SnapshotData, tls: TlsMaterial | undefined): Promise<void> {
    this.#options.state.snapshot = snapshot;
    this.#options.state.tls = tls;
    await this.#askAll({ type: 'snapshot', snapshot, tls });
  }

  /** Resolves when every thread reads the given table, and none the one before. */
  async publishCredentials(handle: CredentialIndexHandle): Promise<void> {
    this.#options.state.credentials = handle;
    await this.#askAll({ type: 'credentials', handle });
  }

  /** Resolves when every thread reads the given table of revoked tokens, and none the one before. */
  async publishRevocations(handle: RevocationHandle): Promise<void> {
    this.#options.state.revocations = handle;
    await this.#askAll({ type: 'revocations', handle });
  }

  /** Resolves when every thread verifies by the given keys. */
  async publishKeySet(name: string, keys: PublishedKeySet): Promise<void> {
    this.#options.state.keySets.set(name, keys);
    await this.#askAll({ type: 'keySet', name, keys });
  }

  /** Resolves when every thread judges by the given table of parameters. */
  async publishParameters(table: SharedArrayBuffer): Promise<void> {
    this.#options.state.parameters = table;
    await this.#askAll({ type: 'parameters', table });
  }

  /** Resolves when every thread has handed over what it saw of accepted calls. */
  async collectObservations(): Promise<void> {
    await this.#askAll({ type: 'observations' });
  }

  async metrics(): Promise<CallMetricsReport[]> {
    const reports = await this.#askAll({ type: 'metrics' });
    return reports.filter((report) => report !== undefined);
  }

  /** Takes no new connections, lets calls end, cuts what is left at the deadline, then ends the threads. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    // One that is born now would go on listening behind a gateway that is gone.
    await Promise.all(this.#rebirths);
    await this.#askAll({ type: 'drain', deadlineMs }).catch((error: unknown) =>
      this.#options.logger.error({ error: String(error) }, 'draining failed'),
    );
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #askAll(message: WithoutId<ToThread>): Promise<(CallMetricsReport | undefined)[]> {
    return Promise.all(this.#threads.map((thread) => this.#ask(thread, message)));
  }

  #ask(thread: Thread, message: WithoutId<ToThread>): Promise<CallMetricsReport | undefined> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      thread.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ ...message, id } as ToThread);
    });
  }
}
