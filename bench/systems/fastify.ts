import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/harness/free-port.ts';
import { start } from '../measure/processes.ts';
import { waitUntilReady } from '../measure/readiness.ts';
import type { System } from './system.ts';
import { MEASURED_PATH } from './system.ts';
import { exists } from './tools.ts';

const peers = fileURLToPath(new URL('../peers', import.meta.url));

/** What a team would put together on the same runtime from well-kept parts. */
export const fastifyStack: System = {
  name: 'fastify',
  title: 'Fastify + http-proxy + rate-limit',
  checks: ['key', 'limit'],
  unavailable: () =>
    exists(`${peers}/node_modules/fastify/package.json`) ? undefined : 'bench/peers is not installed',
  version: () =>
    ['fastify', '@fastify/http-proxy', '@fastify/rate-limit'].map((name) => `${name} ${versionOf(name)}`).join(', '),
  async start(around) {
    const port = await freePort();
    const digest = createHash('sha256').update(around.key).digest('hex');
    const process = start(
      globalThis.process.execPath,
      [`${peers}/fastify-gateway.js`, String(port), `http://127.0.0.1:${around.upstreamPort}`, digest],
      { cpu: around.cpu, env: { NODE_ENV: 'production' } },
    );
    await waitUntilReady('fastify', process, port, MEASURED_PATH, 401);
    return { port, process, key: around.key };
  },
};

function versionOf(name: string): string {
  const text = readFileSync(`${peers}/node_modules/${name}/package.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
