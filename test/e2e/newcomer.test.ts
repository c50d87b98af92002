import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../harness/free-port.ts';
import { call } from '../harness/gateway.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const MINUTE_MS = 60_000;
const GIVE_UP_MS = 4 * MINUTE_MS;

/** How many want each processor: a minute is promised to who has the machine to himself. Never below one. */
const crowd = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

test('a newcomer gets from a clean clone to the first 401 and 200 in under a minute', {
  timeout: GIVE_UP_MS + MINUTE_MS,
  skip: !existsSync(join(ROOT, '.git')) && 'not a git checkout',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-newcomer-'));
  const clone = join(folder, 'sallyport');
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: clone, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const steps: [string, number][] = [];
  const crowdBefore = crowd();
  const startedAt = performance.now();
  const step = (name: string) => steps.push([name, Math.round(performance.now() - startedAt)]);
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  step('git clone');
  try {
    run('npm', 'ci', '--no-audit', '--no-fund');
    step('npm ci');
    const [port, adminPort] = [await freePort(), await freePort()];
    const gateway = spawn('npm', ['start', '--', '--port', String(port), '--admin-port', String(adminPort)], {
      cwd: clone,
      detached: true,
    });
    try {
      let printed = '';
      gateway.stdout.on('data', (part: Buffer) => {
        printed += part;
      });
      const url = `http://127.0.0.1:${port}`;
      for (;;) {
        const ready = await call(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
        if (ready?.status === 200) break;
        assert.ok(performance.now() - startedAt < GIVE_UP_MS && gateway.exitCode === null, `not ready: ${printed}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      step('npm start answers');
      assert.equal((await call(`${url}/orders`)).status, 200, 'observe mode blocks nothing');
      const key = run('./sallyport', 'keys', 'create', '--consumer', 'acme', '--scope', 'orders:read').trim();
      const enforced = run('./sallyport', 'enforce', '/orders/*');
      assert.match(enforced, /would have denied 1 of 1 calls in the last hour/);
      const refused = await call(`${url}/orders`);
      assert.equal(refused.status, 401);
      step('first 401');
      assert.equal((await call(`${url}/orders`, { headers: { 'x-api-key': key } })).status, 200);
      step('first 200 with a key');
      const explained = run('./sallyport', 'explain', String(refused.headers['sallyport-request-id']));
      assert.match(explained, /authn\.missing/);
      step('explained');
      for (const words of ['gateway', 'admin', 'admin token', 'sample'])
        assert.ok(printed.includes(words), `npm start says: ${words}`);
    } finally {
      if (gateway.pid !== undefined) process.kill(-gateway.pid, 'SIGTERM');
      if (gateway.exitCode === null) await once(gateway, 'exit');
    }
    const tookMs = steps.at(-1)?.[1] ?? 0;
    const wanted = Math.max(crowdBefore, crowd());
    const told = steps.map(([name, ms]) => `${name}: ${(ms / 1000).toFixed(1)} s`).join(', ');
    console.log(`${told}; each processor was wanted by ${wanted.toFixed(1)}`);
    assert.ok(tookMs < MINUTE_MS * wanted, `it took ${tookMs} ms where each processor was wanted by ${wanted}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
