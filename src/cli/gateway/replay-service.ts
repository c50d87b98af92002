import { Worker } from 'node:worker_threads';
import type { ReplayRequest, ReplayResult, ReplayStatus } from '../../admin/services.ts';
import { withIssuer } from '../../config/issuer-routes.ts';
import { applyOverrides } from '../../config/overrides.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { LimitMemory } from '../../limit/limit-memory.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, ModeOverride } from '../../ports.ts';
import { problemsOf } from './configuration-problems.ts';
import type { Loaded } from './configuration-source.ts';
import type { FromReplay, ReplayOrders } from './replay-thread.ts';

export interface ReplayParts {
  readonly eventFile: string;
  readonly clock: Clock;
  readonly limits: LimitMemory;
  /** The configuration file as it stands, and a text as if it stood there. */
  readonly load: () => Loaded;
  readonly judge: (text: string) => Loaded;
  readonly modes: () => Promise<readonly ModeOverride[]>;
  readonly snapshot: (configuration: Configuration) => Promise<SnapshotData>;
  readonly flushEvents: () => Promise<void>;
}

/** Calls before the time asked for, of which limits are still used up. */
const WARM_UP_MS = 3_600_000;

/** Replays on a thread of their own, one at a time: the control plane goes on answering, and a replay can be ended. */
export class ReplayService {
  readonly #parts: ReplayParts;
  #running: { readonly worker: Worker; calls: number } | undefined;
  #preparing = false;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  status(): ReplayStatus {
    return { running: this.#preparing || this.#running !== undefined, calls: this.#running?.calls ?? 0 };
  }

  /** Ends a replay that runs; whether there was one. */
  async cancel(): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return false;
    await running.worker.terminate();
    return true;
  }

  async replay({ text, sinceMs, routeId, enforce }: ReplayRequest): Promise<ReplayResult> {
    if (this.#preparing || this.#running !== undefined) return { kind: 'busy' };
    this.#preparing = true;
    try {
      const loaded = text === undefined ? this.#parts.load() : this.#parts.judge(text);
      if (!loaded.ok) return { kind: 'invalid', problems: problemsOf(loaded.diagnostics) };
      const { configuration } = applyOverrides(loaded.configuration, await this.#parts.modes());
      const judged = enforce ? enforcing(configuration) : configuration;
      await this.#parts.flushEvents();
      const data = await this.#parts.snapshot(withIssuer(judged, ''));
      const { hashKeyLo, hashKeyHi } = this.#parts.limits;
      return await this.#run({
        eventFile: this.#parts.eventFile,
        data,
        limitKey: { hashKeyLo, hashKeyHi },
        fromMs: sinceMs - WARM_UP_MS,
        countFromMs: sinceMs,
        routeId,
      });
    } finally {
      this.#preparing = false;
    }
  }

  #run(orders: ReplayOrders): Promise<ReplayResult> {
    const name = import.meta.url.endsWith('.ts') ? './replay-thread.ts' : './replay-thread.js';
    const worker = new Worker(new URL(name, import.meta.url), { workerData: orders, name: 'replay' });
    const running = { worker, calls: 0 };
    this.#running = running;
    return new Promise<ReplayResult>((resolve, reject) => {
      worker.on('message', (message: FromReplay) => {
        if (message.type === 'progress') running.calls = message.calls;
        else resolve({ kind: 'done', comparison: message.comparison });
      });
      worker.once('error', reject);
      worker.once('exit', () => {
        this.#running = undefined;
        resolve({ kind: 'cancelled' });
      });
    });
  }
}

/** What a snapshot of another configuration is made of, without secrets: nobody is authenticated in a replay. */
export async function replayedData(running: SnapshotData, configuration: Configuration): Promise<SnapshotData> {
  return { ...running, configuration, decoys: { tokens: [], clients: [] } };
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
