import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/harness/free-port.ts';
import { runToEnd, start } from '../measure/processes.ts';
import { waitUntilReady } from '../measure/readiness.ts';
import type { System } from './system.ts';
import { LIMITED_PATH, MEASURED_PATH } from './system.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = path.join(root, 'sallyport');

export const sallyport: System = {
  name: 'sallyport',
  title: 'Sallyport',
  checks: ['key', 'scope', 'limit', 'event'],
  unavailable: () => undefined,
  version: () => (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version,
  async start(around) {
    const [port, adminPort] = [await freePort(), await freePort()];
    const home = path.join(around.folder, 'sallyport');
    mkdirSync(home);
    const file = path.join(home, 'sallyport.yaml');
    writeFileSync(file, configuration(home, port, adminPort, around.upstreamPort));
    const key = await createKey(file, ['--scope', 'data:read']);
    const keyWithoutScope = await createKey(file, ['--scope', 'other:read']);
    const process = start(command, ['up', '--config', file, '--workers', '1'], { cpu: around.cpu });
    await waitUntilReady('sallyport', process, adminPort, '/readyz', 200);
    return {
      port,
      process,
      key,
      keyWithoutScope,
      async provesEvent(headers) {
        const requestId = headers['sallyport-request-id'];
        if (typeof requestId !== 'string') return false;
        // Events reach the store in batches: the first look may come too early.
        for (let tries = 0; tries < 10; tries++) {
          const told: string = await runToEnd(
            command,
            ['explain', requestId, '--config', file, '--json'],
            undefined,
          ).catch(() => '');
          if (told.includes(requestId)) return true;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return false;
      },
    };
  },
};

/** Key, scope, exact rate limit per consumer, and an event for every call: nothing of the gateway is switched off. */
function configuration(home: string, port: number, adminPort: number, upstreamPort: number): string {
  return `version: 1
mode: enforce
listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
store: { url: "file:${home}/data" }
upstreams:
  static: { url: "http://127.0.0.1:${upstreamPort}" }
authenticators:
  keys: { type: api-key, header: x-api-key }
routes:
  - id: measured
    match: { path: "${path.posix.dirname(MEASURED_PATH)}/{id}", methods: [GET] }
    upstream: static
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [data:read] }
    limits: [{ per: consumer, rate: 1000000/1s, burst: 100000 }]
  - id: limited
    match: { path: "${path.posix.dirname(LIMITED_PATH)}/{id}", methods: [GET] }
    upstream: static
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [data:read] }
    limits: [{ per: consumer, rate: 1/1m, burst: 1 }]
unmatched: deny
`;
}

async function createKey(file: string, options: readonly string[]): Promise<string> {
  const told = await runToEnd(
    command,
    ['keys', 'create', '--config', file, '--consumer', 'bench', ...options, '--json'],
    undefined,
  );
  const key = (JSON.parse(told) as { key?: unknown }).key;
  if (typeof key !== 'string')
    throw new Error(`keys create printed no key: ${Object.keys(JSON.parse(told)).join(', ')}`);
  return key;
}
