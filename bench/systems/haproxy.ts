import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import { start } from '../measure/processes.ts';
import { waitUntilReady } from '../measure/readiness.ts';
import type { StartedSystem, Surroundings, System } from './system.ts';
import { LIMITED_PATH, MEASURED_PATH } from './system.ts';
import { toolVersion } from './tools.ts';

export const haproxyPlain: System = {
  name: 'haproxy',
  title: 'HAProxy',
  checks: [],
  unavailable,
  version,
  start: (around) => startHaproxy('haproxy', around, '', undefined),
};

/** Key by a map file, rate by a stick table. */
export const haproxyGuarded: System = {
  name: 'haproxy-guarded',
  title: 'HAProxy + map + stick table',
  checks: ['key', 'limit'],
  unavailable,
  version,
  start: (around) => {
    const map = path.join(around.folder, 'haproxy-keys.map');
    writeFileSync(map, `${around.key} acme\n`);
    const rules = `
  http-request set-var(txn.consumer) req.hdr(x-api-key),map_str(${map})
  http-request deny deny_status 401 unless { var(txn.consumer) -m found }
  http-request set-header Sallyport-Consumer %[var(txn.consumer)]
  http-request del-header x-api-key
  acl tight path_beg ${path.posix.dirname(LIMITED_PATH)}/
  http-request track-sc0 var(txn.consumer) table tight if tight
  http-request track-sc0 var(txn.consumer) table wide unless tight
  http-request deny deny_status 429 if tight { sc_http_req_rate(0,tight) gt 1 }
  http-request deny deny_status 429 if !tight { sc_http_req_rate(0,wide) gt 1000000 }`;
    return startHaproxy('haproxy-guarded', around, rules, around.key);
  },
};

async function startHaproxy(
  name: string,
  around: Surroundings,
  rules: string,
  key: string | undefined,
): Promise<StartedSystem> {
  const port = await freePort();
  const home = path.join(around.folder, name);
  mkdirSync(home);
  const file = path.join(home, 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  option http-keep-alive
  http-reuse always
backend wide
  stick-table type string len 64 size 100k expire 10s store http_req_rate(1s)
backend tight
  stick-table type string len 64 size 100k expire 60s store http_req_rate(60s)
frontend gate
  bind 127.0.0.1:${port} backlog 4096${rules}
  default_backend static
backend static
  server upstream 127.0.0.1:${around.upstreamPort} pool-max-conn 64
`,
  );
  const process = start('haproxy', ['-db', '-f', file], { cpu: around.cpu });
  await waitUntilReady(name, process, port, MEASURED_PATH, key === undefined ? 200 : 401);
  return { port, process, key };
}

function unavailable(): string | undefined {
  return toolVersion('haproxy', ['-v']) === undefined ? 'haproxy is not installed' : undefined;
}

function version(): string {
  return /version (\S+)/.exec(toolVersion('haproxy', ['-v']) ?? '')?.[1] ?? '?';
}
