import { readFileSync } from 'node:fs';
import type { UpstreamConfig } from '../../core/configuration.ts';
import type { Clock } from '../../ports.ts';
import { Balancer, type Target } from './balancer.ts';
import type { UpstreamEngine } from './engine.ts';
import { H1Engine } from './h1-engine.ts';
import { H2Engine } from './h2-engine.ts';

/** Between two pieces of an answer; long, because event streams and slow queries are silent for a while. */
const BODY_SILENCE_MS = 300_000;

export type UpstreamTarget = Target<UpstreamEngine>;

/** A target service and this thread's connections to it. */
export class Upstream {
  readonly config: UpstreamConfig;
  readonly balancer: Balancer<UpstreamEngine>;
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;

  /** Throws where the authority's file cannot be read. */
  constructor(config: UpstreamConfig, clock: Clock) {
    this.config = config;
    this.headTimeoutMs = config.timeoutSeconds * 1000;
    this.bodyTimeoutMs = Math.max(BODY_SILENCE_MS, this.headTimeoutMs);
    const ca = config.caFile === undefined ? undefined : readFileSync(config.caFile);
    const { connectionsMax } = config;
    const connectTimeoutMs = config.connectTimeoutSeconds * 1000;
    const Engine = config.protocol === 'h2' ? H2Engine : H1Engine;
    this.balancer = new Balancer(
      config.targets.map((origin) => ({
        origin,
        engine: new Engine({ origin, connectionsMax, connectTimeoutMs, ca }),
      })),
      clock,
    );
  }

  /** The host an upstream is asked for where the client's own is not kept. */
  static hostOf(target: UpstreamTarget): string {
    return target.origin.slice(target.origin.indexOf('//') + 2);
  }

  /** Lets calls in progress end, then closes every connection. */
  close(): void {
    for (const { engine } of this.balancer.targets) engine.close();
  }
}
