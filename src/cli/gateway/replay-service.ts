import { Worker } from 'node:worker_threads';
import type { ReplayRequest, ReplayResult, ReplayStatus } from '../../admin/services.ts';
import { withIssuer } from '../../config/issuer-routes.ts';
import { applyOverride, applyOverrides } from '../../config/overrides.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { LimitMemory } from '../../limit/limit-memory.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, ModeOverride } from '../../ports.ts';
import { problemsOf } from './configuration-problems.ts';
import type { Loaded } from './configuration-source.ts';
import { readClientTrustTexts, readCountriesFile } from './named-files.ts';
import type { FromReplay, ReplayOrders } from './replay-thread.ts';

export interface ReplayParts {
  readonly eventFile: string;
  readonly clock: Clock;
  readonly limits: LimitMemory;
  /** The configuration file as it stands, and a text as if it stood there. */
  readonly load: () => Loaded;
  readonly judge: (text: string) => Loaded;
  readonly modes: () => Promise<readonly ModeOverride[]>;
  /** What is in force, with the modes set by command, before what the gateway adds of its own. */
  readonly inForce: () => Configuration;
  /** What judges calls now. */
  readonly running: () => SnapshotData | Promise<SnapshotData>;
  readonly flushEvents: () => Promise<void>;
  readonly callsMax?: number;
}

/** Calls of one replay; with more it says that it stopped. */
const CALLS_MAX = 5_000_000;
/** Calls before the time asked for, of which limits are still used up. */
const WARM_UP_MS = 3_600_000;

interface Running {
  /** Undefined while the configuration is read. */
  worker: Worker | undefined;
  cancelled: boolean;
  calls: number;
}

/** Replays on a thread of their own, one at a time: the control plane goes on answering, and a replay can be ended. */
export class ReplayService {
  readonly #parts: ReplayParts;
  #running: Running | undefined;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  status(): ReplayStatus {
    return { running: this.#running !== undefined, calls: this.#running?.calls ?? 0 };
  }

  /** Ends a replay that runs; whether there was one. */
  async cancel(): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return false;
    running.cancelled = true;
    await running.worker?.terminate();
    return true;
  }

  async replay(request: ReplayRequest): Promise<ReplayResult> {
    if (this.#running !== undefined) return { kind: 'busy' };
    const running: Running = { worker: undefined, cancelled: false, calls: 0 };
    this.#running = running;
    try {
      return await this.#replay(request, running);
    } finally {
      this.#running = undefined;
    }
  }

  async #replay(request: ReplayRequest, running: Running): Promise<ReplayResult> {
    const { sinceMs, routeId, enforce, mode } = request;
    const asked = await this.#configurationOf(request);
    if (asked.kind !== 'configuration') return asked;
    const { configuration } = asked;
    const judged = enforce ? enforcing(configuration) : configuration;
    await this.#parts.flushEvents();
    const snapshot = await this.#parts.running();
    const dataOf = (one: Configuration): SnapshotData => replayedData(snapshot, withIssuer(one, ''));
    const { hashKeyLo, hashKeyHi } = this.#parts.limits;
    if (running.cancelled) return { kind: 'cancelled' };
    return await run(running, {
      eventFile: this.#parts.eventFile,
      data: dataOf(judged),
      inForce: dataOf(this.#parts.inForce()),
      limitKey: { hashKeyLo, hashKeyHi },
      fromMs: sinceMs - WARM_UP_MS,
      countFromMs: sinceMs,
      routeId,
      // A mode for a path concerns the calls of that path.
      path: mode?.scope === 'path' ? mode.target : undefined,
      callsMax: this.#parts.callsMax ?? CALLS_MAX,
    });
  }

  /** What calls are judged by: for a mode what is in force, whatever became of the file since it was loaded. */
  async #configurationOf({ text, mode }: ReplayRequest): Promise<AskedConfiguration> {
    if (mode !== undefined) {
      const laid = applyOverride(this.#parts.inForce(), mode);
      return laid.ok
        ? { kind: 'configuration', configuration: laid.configuration }
        : { kind: 'noTarget', message: laid.message };
    }
    const loaded = text === undefined ? this.#parts.load() : this.#parts.judge(text);
    if (!loaded.ok) return { kind: 'invalid', problems: problemsOf(loaded.diagnostics) };
    const { configuration } = applyOverrides(loaded.configuration, await this.#parts.modes());
    return { kind: 'configuration', configuration };
  }
}

type AskedConfiguration =
  | { readonly kind: 'configuration'; readonly configuration: Configuration }
  | Extract<ReplayResult, { kind: 'invalid' | 'noTarget' }>;

function run(running: Running, orders: ReplayOrders): Promise<ReplayResult> {
  const name = import.meta.url.endsWith('.ts') ? './replay-thread.ts' : './replay-thread.js';
  const worker = new Worker(new URL(name, import.meta.url), { workerData: orders, name: 'replay' });
  running.worker = worker;
  return new Promise<ReplayResult>((resolve, reject) => {
    let result: ReplayResult | undefined;
    worker.on('message', (message: FromReplay) => {
      if (message.type === 'progress') running.calls = message.calls;
      else result = { kind: 'done', comparison: message.comparison };
    });
    worker.once('error', reject);
    // Answered only when its thread is gone, so that the next one can begin.
    worker.once('exit', () => {
      if (result === undefined && !running.cancelled)
        reject(new Error('the thread of the replay ended without an answer'));
      else resolve(result ?? { kind: 'cancelled' });
    });
  });
}

/** What a snapshot of another configuration is made of, with the files that one names. Nobody is authenticated in a replay. */
export function replayedData(running: SnapshotData, configuration: Configuration): SnapshotData {
  return {
    ...running,
    configuration,
    clientTrust: readClientTrustTexts(configuration),
    countries: readCountriesFile(configuration),
    decoys: { tokens: [], clients: [] },
  };
}

/** Every stage of every route enforces. */
function enforcing(configuration: Configuration): Configuration {
  return {
    ...configuration,
    mode: 'enforce',
    stages: {},
    unmatched: { kind: 'deny' },
    routes: configuration.routes.map((route) => ({ ...route, mode: 'enforce', stages: {} })),
  };
}
