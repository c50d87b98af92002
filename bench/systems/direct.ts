import type { Running } from '../measure/processes.ts';
import type { System } from './system.ts';

/** No proxy at all: what the load generator and the upstream cost by themselves. */
export function direct(upstream: { port: number; process: Running }): System {
  return {
    name: 'direct',
    title: 'direct (no proxy)',
    checks: [],
    unavailable: () => undefined,
    version: () => 'the upstream itself',
    start: () => Promise.resolve({ port: upstream.port, process: upstream.process, key: undefined }),
  };
}
