import { readFileSync } from 'node:fs';
import { type Dispatcher, Pool } from 'undici';
import type { UpstreamConfig } from '../../core/configuration.ts';
import type { Clock } from '../../ports.ts';
import { Balancer, type Target } from './balancer.ts';

/** Between two pieces of a body; long, because event streams and slow queries are silent for a while. */
const BODY_SILENCE_MS = 300_000;
/** Idle connections are given up sooner than common servers do (Node 5 s, others 60 s and more). */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 30_000;

/** A target service and this thread's connections to it. */
export class Upstream {
  readonly config: UpstreamConfig;
  readonly balancer: Balancer<Pool>;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;

  constructor(config: UpstreamConfig, clock: Clock) {
    this.config = config;
    this.headersTimeoutMs = config.timeoutSeconds * 1000;
    this.bodyTimeoutMs = Math.max(BODY_SILENCE_MS, this.headersTimeoutMs);
    const ca = config.caFile === undefined ? undefined : readFileSync(config.caFile);
    this.balancer = new Balancer(
      config.targets.map((origin) => ({
        origin,
        engine: new Pool(origin, {
          connections: config.connectionsMax,
          // More than one call in flight on a connection would let one broken answer be taken for another's.
          pipelining: config.protocol === 'h2' ? 100 : 1,
          allowH2: config.protocol === 'h2',
          keepAliveTimeout: KEEP_ALIVE_MS,
          keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
          connectTimeout: config.connectTimeoutSeconds * 1000,
          strictContentLength: true,
          ...(ca === undefined ? {} : { connect: { ca } }),
        }),
      })),
      clock,
    );
  }

  /** The host an upstream is asked for where the client's own is not kept. */
  static hostOf(target: Target<Pool>): string {
    return target.origin.slice(target.origin.indexOf('//') + 2);
  }

  /** Lets calls in progress end, then closes every connection. */
  async close(): Promise<void> {
    await Promise.allSettled(this.balancer.targets.map((target) => target.engine.close()));
  }
}

export type UpstreamTarget = Target<Pool>;
export type { Dispatcher };
