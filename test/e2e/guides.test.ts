import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOrdersApi } from '../../examples/orders/server.ts';
import { freePort } from '../harness/free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Guide {
  readonly configuration: string;
  readonly preparation: string;
  readonly background: string;
  readonly steps: readonly { readonly command: string; readonly expected: string }[];
}

/** The fenced blocks of a page, by what stands behind the fence. */
function guideOf(text: string): Guide {
  const blocks = new Map<string, string>();
  for (const [, name = '', body = ''] of text.matchAll(/^```([a-z ]+)\n([\s\S]*?)^```$/gm))
    if (name !== 'yaml' || !blocks.has('yaml')) blocks.set(name, (blocks.get(name) ?? '') + body);
  const steps = (blocks.get('console') ?? '')
    .split(/^\$ /m)
    .slice(1)
    .map((one) => {
      const [command = '', ...output] = one.trimEnd().split('\n');
      return { command, expected: output.join('\n') };
    });
  return {
    configuration: blocks.get('yaml') ?? '',
    preparation: blocks.get('sh') ?? '',
    background: blocks.get('sh background') ?? '',
    steps,
  };
}

const pages = globSync('docs/guides/*.md', { cwd: ROOT })
  .map((name) => ({ name, guide: guideOf(readFileSync(join(ROOT, name), 'utf8')) }))
  .filter(({ guide }) => guide.steps.length > 0);

test('every method has a page that can be tried', () => {
  assert.ok(pages.length >= 9, `${pages.length} pages`);
});

for (const { name, guide } of pages)
  test(`${name}: the commands do what the page says`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'));
    for (const entry of ['scripts', 'examples', 'sallyport', 'src', 'node_modules'])
      symlinkSync(join(ROOT, entry), join(folder, entry));
    const [port, adminPort, issuerPort] = [await freePort(), await freePort(), await freePort()];
    const api = await startOrdersApi({ port: 0, host: '127.0.0.1' });
    const placed = (text: string): string =>
      text
        .replaceAll('http://127.0.0.1:3000', api.url)
        .replaceAll('port: 8080', `port: ${port}`)
        .replaceAll('port: 8081', `port: ${adminPort}`)
        .replaceAll(':8080', `:${port}`)
        .replaceAll('9000', String(issuerPort));
    const shell = async (command: string): Promise<string> =>
      (await run('bash', ['-c', `set -o pipefail; ${command}`], { cwd: folder })).stdout.trimEnd();
    const started: ReturnType<typeof spawn>[] = [];
    const start = (command: string): ReturnType<typeof spawn> => {
      const child = spawn('bash', ['-c', `exec ${command}`], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.resume();
      started.push(child);
      return child;
    };
    try {
      await shell('mkdir -p demo');
      await shell(placed(guide.preparation));
      if (guide.background !== '') start(placed(guide.background).trim());
      writeFileSync(join(folder, 'guide.yaml'), placed(guide.configuration));
      const gateway = start('./sallyport up --config guide.yaml --workers 1');
      let problems = '';
      gateway.stderr?.on('data', (part: Buffer) => {
        problems += part.toString();
      });
      for (const giveUpAt = Date.now() + 20_000; ; ) {
        const ready = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
        if (ready?.status === 200) break;
        assert.ok(gateway.exitCode === null && Date.now() < giveUpAt, `the gateway did not start:\n${problems}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      for (const { command, expected } of guide.steps)
        assert.equal(await shell(placed(command)), expected, `$ ${command}`);
    } finally {
      for (const child of started) {
        const ended = once(child, 'exit');
        if (child.exitCode === null && child.kill()) await ended;
      }
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
