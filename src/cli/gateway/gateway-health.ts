import type { GatewayHealth } from '../../admin/services.ts';
import { programVersion } from '../program-version.ts';
import type { Gateway } from './gateway.ts';

/** Shares of shorter times say little. */
const BUSY_WINDOW_MS = 1_000;

interface Reading {
  readonly atMs: number;
  readonly threads: Gateway['threads']['busy'];
  readonly control: { readonly active: number; readonly idle: number };
}

/** From 0 to 1. */
interface Busy {
  readonly threads: readonly number[];
  readonly control: number;
}

/** Figures of the gateway itself, for the console. */
export class GatewayHealthFigures {
  readonly #gateway: Gateway;
  readonly #version = programVersion();
  #reading: Reading;
  #busy: Busy;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#reading = this.#read();
    this.#busy = { threads: [], control: 0 };
  }

  figures(): GatewayHealth {
    const { writer, calls, clock, issuers, threads, options, configuration } = this.#gateway;
    const { droppedEvents, backlogBytes, lastAppendMs, stalled } = writer.stats();
    const nowMs = clock.nowMs();
    const busy = this.#measured();
    return {
      failOpen: calls.undecided,
      eventsLost: droppedEvents,
      events: { stalled, backlogBytes, lastWriteMs: lastAppendMs === 0 ? null : lastAppendMs },
      issuers: issuers.status().map(({ authenticator, issuer, keys, fetchedAtMs, usableUntilMs, error }) => ({
        name: authenticator,
        issuer,
        keys,
        ok: error === undefined && keys > 0 && nowMs <= usableUntilMs,
        ageMs: keys === 0 ? null : Math.max(0, nowMs - fetchedAtMs),
      })),
      saturation: {
        threads: busy.threads,
        controlPlane: busy.control,
        connections: threads.connections,
        connectionsMax: configuration.listen.limits.connectionsMax,
      },
      threads: { alive: threads.alive, configured: options.workers, restarts: threads.restarts },
      uptimeMs: Math.round(process.uptime() * 1000),
      version: this.#version,
    };
  }

  /** Who asks more often gets what the one before got. */
  #measured(): Busy {
    const before = this.#reading;
    const now = this.#read();
    if (now.atMs - before.atMs < BUSY_WINDOW_MS && this.#busy.threads.length > 0) return this.#busy;
    this.#busy = {
      threads: now.threads.map(({ activeMs, idleMs }, index) => {
        const earlier = before.threads[index];
        // A thread that was born meanwhile has counted less than the one before it.
        const isSame = earlier !== undefined && earlier.activeMs <= activeMs && earlier.idleMs <= idleMs;
        return isSame ? shareOf(activeMs - earlier.activeMs, idleMs - earlier.idleMs) : shareOf(activeMs, idleMs);
      }),
      control: shareOf(now.control.active - before.control.active, now.control.idle - before.control.idle),
    };
    this.#reading = now;
    return this.#busy;
  }

  #read(): Reading {
    return {
      atMs: this.#gateway.clock.monotonicMicros() / 1000,
      threads: this.#gateway.threads.busy,
      control: performance.eventLoopUtilization(),
    };
  }
}

function shareOf(active: number, idle: number): number {
  return active + idle <= 0 ? 0 : Math.round((active / (active + idle)) * 1000) / 1000;
}
