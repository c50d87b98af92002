import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import type { Running } from '../measure/processes.ts';
import { start } from '../measure/processes.ts';
import { waitUntilReady } from '../measure/readiness.ts';
import type { StartedSystem, Surroundings, System } from './system.ts';
import { LIMITED_PATH, MEASURED_PATH, UPSTREAM_BODY } from './system.ts';
import { exists, packageVersion, toolVersion } from './tools.ts';

const MODSECURITY_MODULE = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
const CRS_RULES = '/usr/share/modsecurity-crs/rules';
const CRS_SETUP = '/etc/modsecurity/crs/crs-setup.conf';
const UNICODE_MAP = '/etc/nginx/unicode.mapping';

/** The upstream of every system: a fixed answer without a file, on the load generator's CPU. */
export async function startUpstream(
  folder: string,
  cpu: number | undefined,
): Promise<{ port: number; process: Running }> {
  const port = await freePort();
  const process = await startNginx('upstream', folder, port, cpu, {
    http: '',
    server: `location / { default_type application/json; return 200 '${UPSTREAM_BODY}'; }`,
  });
  return { port, process };
}

/** The baseline of all ratios: a reverse proxy that checks nothing. */
export const nginxPlain: System = {
  name: 'nginx',
  title: 'nginx',
  checks: [],
  unavailable,
  version,
  start: (around) => startGate('nginx', around, { http: '', guard: '', limited: '', key: undefined }),
};

/** Key by `map`, rate by `limit_req`: what nginx can do of the same job with what it ships. */
export const nginxGuarded: System = {
  name: 'nginx-guarded',
  title: 'nginx + map + limit_req',
  checks: ['key', 'limit'],
  unavailable,
  version,
  start: (around) => startGate('nginx-guarded', around, guarded(around)),
};

/** The same with ModSecurity and the Core Rule Set at paranoia level 1, as Debian ships them. */
export const nginxModsecurity: System = {
  name: 'nginx-modsecurity',
  title: 'nginx + map + limit_req + ModSecurity CRS',
  checks: ['key', 'limit', 'payload'],
  unavailable: () =>
    unavailable() ??
    (exists(MODSECURITY_MODULE) && exists(`${CRS_RULES}/REQUEST-942-APPLICATION-ATTACK-SQLI.conf`)
      ? undefined
      : 'libnginx-mod-http-modsecurity and modsecurity-crs are not installed'),
  version: () =>
    `${version()}, libmodsecurity ${packageVersion('libmodsecurity3') ?? '?'}, CRS ${packageVersion('modsecurity-crs') ?? '?'}`,
  start: (around) => {
    const parts = guarded(around);
    const rules = writeModsecurityRules(around.folder);
    return startGate('nginx-modsecurity', around, {
      ...parts,
      main: `load_module ${MODSECURITY_MODULE};`,
      http: `${parts.http}\n  modsecurity on;\n  modsecurity_rules_file ${rules};`,
    });
  },
};

interface GateParts {
  readonly main?: string;
  readonly http: string;
  /** Directives of every guarded location. */
  readonly guard: string;
  /** Rate limit of the location the canary uses up; the measured one has a limit that is never reached. */
  readonly limited: string;
  readonly key: string | undefined;
}

function guarded(around: Surroundings): GateParts {
  return {
    http: `
  map $http_x_api_key $consumer { default ""; "${around.key}" "acme"; }
  limit_req_zone $consumer zone=wide:10m rate=1000000r/s;
  limit_req_zone $consumer zone=tight:10m rate=1r/m;
  limit_req_status 429;`,
    guard: `
      if ($consumer = "") { return 401; }
      proxy_set_header Sallyport-Consumer $consumer;
      proxy_set_header X-Api-Key "";`,
    limited: 'limit_req zone=tight;',
    key: around.key,
  };
}

async function startGate(name: string, around: Surroundings, parts: GateParts): Promise<StartedSystem> {
  const port = await freePort();
  const wide = parts.limited === '' ? '' : 'limit_req zone=wide burst=100000 nodelay;';
  const location = (limit: string): string => `
      ${parts.guard}
      ${limit}
      proxy_pass http://static;
      proxy_http_version 1.1;
      proxy_set_header Connection "";`;
  const process = await startNginx(name, around.folder, port, around.cpu, {
    main: parts.main ?? '',
    http: `${parts.http}
  upstream static { server 127.0.0.1:${around.upstreamPort}; keepalive 64; keepalive_requests 1000000000; }`,
    server: `
    location ${path.posix.dirname(LIMITED_PATH)}/ {${location(parts.limited)}
    }
    location / {${location(wide)}
    }`,
    readyStatus: parts.key === undefined ? 200 : 401,
  });
  return { port, process, key: parts.key };
}

async function startNginx(
  name: string,
  folder: string,
  port: number,
  cpu: number | undefined,
  parts: { main?: string; http: string; server: string; readyStatus?: number },
): Promise<Running> {
  const home = path.join(folder, name);
  mkdirSync(home);
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join(' ');
  const file = path.join(home, 'nginx.conf');
  writeFileSync(
    file,
    `${parts.main ?? ''}
worker_processes 1;
daemon off;
pid ${home}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  ${temp}
  ${parts.http}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${parts.server}
  }
}
`,
  );
  const process = start('nginx', ['-e', 'stderr', '-p', home, '-c', file], { cpu });
  await waitUntilReady(name, process, port, MEASURED_PATH, parts.readyStatus ?? 200);
  return process;
}

/** The recommended engine settings, switched from detecting to refusing; no audit log, since no peer writes one. */
function writeModsecurityRules(folder: string): string {
  const rules = path.join(folder, 'modsecurity.conf');
  copyFileSync(UNICODE_MAP, path.join(folder, 'unicode.mapping'));
  writeFileSync(
    rules,
    `SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit 512
SecResponseBodyAccess Off
SecAuditEngine Off
SecTmpDir ${folder}
SecDataDir ${folder}
SecArgumentSeparator &
SecCookieFormat 0
SecUnicodeMapFile unicode.mapping 20127
SecStatusEngine Off
Include ${CRS_SETUP}
Include ${CRS_RULES}/*.conf
`,
  );
  return rules;
}

function unavailable(): string | undefined {
  return toolVersion('nginx', ['-v']) === undefined ? 'nginx is not installed' : undefined;
}

function version(): string {
  return toolVersion('nginx', ['-v'])?.replace('nginx version: ', '') ?? '?';
}
