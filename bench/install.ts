import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exists, packageVersion, toolVersion } from './systems/tools.ts';

const DEBIAN_PACKAGES = ['nginx', 'haproxy', 'wrk', 'libnginx-mod-http-modsecurity', 'modsecurity-crs', 'util-linux'];
const peers = fileURLToPath(new URL('peers', import.meta.url));

/** Installs what is measured against, where it is missing and may be installed: Debian packages as root, npm packages always. */
export function installMissing(say: (text: string) => void): void {
  const missing = DEBIAN_PACKAGES.filter((name) => packageVersion(name) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && toolVersion('apt-get', ['--version']) !== undefined) {
    say(`Installing ${missing.join(', ')}`);
    run('apt-get', ['update'], say);
    run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], say);
  }
  if (!exists(`${peers}/node_modules/fastify/package.json`)) {
    say('Installing bench/peers');
    run('npm', ['ci', '--prefix', peers], say);
  }
}

/** A failed installation is told and not fatal: the systems it was for are left out, with the reason. */
function run(command: string, args: readonly string[], say: (text: string) => void): void {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status !== 0) say(`${command} ${args.join(' ')} failed: ${result.stderr || result.error?.message}`);
}
