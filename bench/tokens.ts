/**
 * What tokens cost a whole call: `scripts/node bench/tokens.ts [--short]`, about three minutes. One gateway of one
 * data-plane thread takes calls with an API key, with a JWT it has seen, without a credential, and floods of tokens that
 * are not to be let in. Prints CPU time per call of the whole process, medians over interleaved rounds, and ratios:
 * a cached JWT to an API key, each flood to a plain 401 for requests of the same size from the same generator (one that
 * has to build each request sends less at once, and every wake-up of a processor then serves fewer calls); and how often the issuer's keys were fetched during a flood of
 * unknown key ids. A canary proves first that every kind of call gets the answer it should.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { freePort } from '../test/harness/free-port.ts';
import { wrk } from './load/wrk.ts';
import { treeUsage } from './measure/process-tree.ts';
import { runToEnd, start, stopAll } from './measure/processes.ts';
import { get, waitUntilReady } from './measure/readiness.ts';
import { median } from './micro/authentication.ts';
import { startUpstream } from './systems/nginx.ts';
import { MEASURED_PATH } from './systems/system.ts';

const short = process.argv.includes('--short');
const ROUNDS = short ? 3 : 5;
const SECONDS = short ? 2 : 4;
const AUDIENCE = 'https://api.example.com';
const COOLDOWN_SECONDS = 5;
/** Distinct tokens of a flood: none is met twice before the last was met once. */
const FLOOD_TOKENS = 20_000;
const several = os.availableParallelism() > 1;
const systemCpu = several ? 0 : undefined;
const loadCpu = several ? 1 : undefined;
const command = fileURLToPath(new URL('../sallyport', import.meta.url));

interface Kind {
  readonly name: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly script: string | undefined;
  readonly status: number;
  readonly cpuMicros: number[];
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-tokens-'));
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
let fetches = 0;
const issuer = http.createServer((_, response) => {
  fetches++;
  response.setHeader('content-type', 'application/jwk-set+json');
  response.end(keySet);
});
issuer.listen(0, '127.0.0.1');

try {
  const upstream = await startUpstream(folder, loadCpu);
  const issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const { port, adminPort, file } = await configure(upstream.port, issuerUrl);
  const told = await runToEnd(
    command,
    ['keys', 'create', '--config', file, '--consumer', 'bench', '--scope', 'data:read', '--json'],
    undefined,
  );
  const { key } = JSON.parse(told) as { key: string };
  const gateway = start(command, ['up', '--config', file, '--workers', '1'], { cpu: systemCpu });
  await waitUntilReady('sallyport', gateway, adminPort, '/readyz', 200);
  const kinds = await kindsOf(key, issuerUrl);
  for (const kind of kinds) await prove(port, kind);
  for (let round = 0; round <= ROUNDS; round++)
    for (const kind of kinds) {
      const before = { cpu: treeUsage(gateway.pid).cpuMicros, fetches };
      const { requests } = await wrk(`http://127.0.0.1:${port}${kind.path}`, {
        seconds: round === 0 ? 1 : SECONDS,
        headers: kind.headers,
        cpu: loadCpu,
        refusals: kind.status !== 200,
        ...(kind.script === undefined ? {} : { script: kind.script }),
      });
      if (round > 0) kind.cpuMicros.push((treeUsage(gateway.pid).cpuMicros - before.cpu) / requests);
      if (kind.name.startsWith('unknown') && round > 0)
        console.log(
          `${requests} unknown key ids in ${SECONDS} s: ${fetches - before.fetches} fetches, cool-down ${COOLDOWN_SECONDS} s`,
        );
    }
  report(kinds);
} finally {
  issuer.closeAllConnections();
  issuer.close();
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

function report(kinds: readonly Kind[]): void {
  const cost = (name: string): number => median(kinds.find((kind) => kind.name === name)?.cpuMicros ?? []);
  for (const { name, cpuMicros, status } of kinds)
    console.log(`${name.padEnd(28)} ${status} ${median(cpuMicros).toFixed(1).padStart(7)} µs a call`);
  console.log(`${'cached JWT : API key'.padEnd(40)}${(cost('JWT, cached') / cost('API key')).toFixed(2)}`);
  for (const name of ['unknown key ids', 'wrong signatures', 'the same, many addresses', 'malformed tokens'])
    console.log(`${`${name} : plain 401`.padEnd(40)}${(cost(name) / cost('no credential, same size')).toFixed(2)}`);
}

async function kindsOf(key: string, issuerUrl: string): Promise<Kind[]> {
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ client_id: 'bench', scope: 'data:read' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })
    .setIssuer(issuerUrl)
    .setAudience(AUDIENCE)
    .setSubject('bench')
    .setIssuedAt(now)
    .setExpirationTime(now + 3600)
    .setJti('a-token-of-the-bench')
    .sign(privateKey);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const withKid = (n: number): string => {
    const kid = createHash('sha256').update(`kid ${n}`).digest('base64url');
    const head = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url');
    return `${head}.${payload}.${signature}`;
  };
  const forged = (): string => {
    const bytes = randomBytes(64);
    // Below the order of the curve, so that it is the signature that is found wrong and not its form.
    bytes[0] = 0x10;
    bytes[32] = 0x10;
    return `${header}.${payload}.${bytes.toString('base64url')}`;
  };
  const flood = (
    name: string,
    make: (n: number) => string,
    more: { readonly field?: string; readonly addresses?: boolean } = {},
  ): string => {
    const list = join(folder, `${name}.txt`);
    writeFileSync(list, `${Array.from({ length: FLOOD_TOKENS }, (_, n) => make(n)).join('\n')}\n`);
    const script = join(folder, `${name}.lua`);
    writeFileSync(script, luaScript(list, more.field ?? 'authorization', more.addresses ?? false));
    return script;
  };
  const jwt = '/tokens/data';
  const kind = (name: string, path: string, status: number, headers: readonly string[], script?: string): Kind => ({
    name,
    path,
    status,
    headers,
    script,
    cpuMicros: [],
  });
  return [
    kind('API key', MEASURED_PATH, 200, [`x-api-key: ${key}`]),
    kind('JWT, cached', jwt, 200, [`authorization: Bearer ${token}`]),
    kind('no credential', jwt, 401, []),
    kind('no credential, same size', jwt, 401, [], flood('plain', withKid, { field: 'x-no-credential' })),
    kind('unknown key ids', jwt, 401, [], flood('unknown', withKid)),
    kind('wrong signatures', jwt, 401, [], flood('forged', forged)),
    kind('the same, many addresses', jwt, 401, [], flood('spread', forged, { addresses: true })),
    kind(
      'malformed tokens',
      jwt,
      401,
      [],
      flood('malformed', (n) => `${header}.${payload}.${n}=`),
    ),
  ];
}

/** One call of each kind, before anything is measured. */
async function prove(port: number, { name, path, headers, script, status }: Kind): Promise<void> {
  if (script !== undefined) return;
  const fields = Object.fromEntries(headers.map((header) => header.split(': ') as [string, string]));
  const answer = await get(port, path, fields);
  if (answer.status !== status) throw new Error(`${name} got ${answer.status} instead of ${status}: ${answer.body}`);
}

async function configure(
  upstreamPort: number,
  issuerUrl: string,
): Promise<{ port: number; adminPort: number; file: string }> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const home = join(folder, 'gateway');
  mkdirSync(home);
  const file = join(home, 'sallyport.yaml');
  writeFileSync(
    file,
    `version: 1
mode: enforce
listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
trustedProxies: [127.0.0.1]
store: { url: "file:${home}/data" }
upstreams:
  static: { url: "http://127.0.0.1:${upstreamPort}" }
authenticators:
  keys: { type: api-key, header: x-api-key }
  tokens: { type: jwt, issuer: "${issuerUrl}", audience: "${AUDIENCE}", algorithms: [ES256], jwks: { url: "${issuerUrl}/jwks" }, allowPrivateAddresses: true, cooldownSeconds: ${COOLDOWN_SECONDS} }
routes:
  - id: keys
    match: { path: "${MEASURED_PATH.slice(0, MEASURED_PATH.lastIndexOf('/'))}/{id}", methods: [GET] }
    upstream: static
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [data:read] }
    limits: [{ per: consumer, rate: 1000000/1s, burst: 100000 }]
  - id: tokens
    match: { path: "/tokens/{id}", methods: [GET] }
    upstream: static
    authenticate: { anyOf: [tokens] }
    authorize: { scopes: [data:read] }
    limits: [{ per: consumer, rate: 1000000/1s, burst: 100000 }]
unmatched: deny
`,
  );
  return { port, adminPort, file };
}

/** Each line of the list comes in `field`; with addresses, every request says another one, as a trusted proxy would. */
function luaScript(list: string, field: string, addresses: boolean): string {
  return `local requests = {}
function init(args)
  for token in io.lines("${list}") do
    requests[#requests + 1] = wrk.format("GET", nil, { ["${field}"] = "Bearer " .. token${addresses ? ', ["x-forwarded-for"] = "2001:db8:" .. string.format("%x", #requests) .. "::1"' : ''} })
  end
end
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
}
