import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { ATTACK_CLASSES } from '../../src/detect/attack-class.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { samplesOf } from '../../training/corpus.ts';
import { benignRequests, DATA, dataIsThere } from '../../training/datasets.ts';
import { naturalSnippet } from '../../training/generators/benign.ts';
import { mutate } from '../../training/generators/mutations.ts';
import { Random } from '../../training/random.ts';
import { recordedCall } from '../../training/recorded-call.ts';
import { installMissing } from '../install.ts';
import { treeUsage } from '../measure/process-tree.ts';
import { type Running, start, stopAll } from '../measure/processes.ts';
import { waitUntilReady } from '../measure/readiness.ts';
import { CallJudge } from './judged-calls.ts';

/**
 * Ours and nginx with ModSecurity and the Core Rule Set on the same bytes, paranoia levels 1 and 2.
 * scripts/node bench/detect/crs.ts [--short]. Needs libnginx-mod-http-modsecurity and modsecurity-crs.
 */
const MODULE = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
installMissing(console.error);
if (!dataIsThere() || !existsSync(MODULE)) {
  console.log(`Needs the corpora in ${DATA} and Debian's libnginx-mod-http-modsecurity and modsecurity-crs.`);
  process.exit(2);
}
const short = process.argv.includes('--short');
const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-crs-'));
const random = new Random(31);

interface Call {
  readonly raw: Buffer;
  readonly kind: string;
  /** Where an attack stands, and how it is written there. */
  readonly place?: string;
  readonly encoding?: string;
}

const HEAD =
  'Host: api.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nConnection: close\r\n';

/** A value at each of the places a call has. */
function callOf(text: string, place: 'query' | 'form' | 'json'): Buffer {
  if (place === 'query') return Buffer.from(`GET /api/items?q=${encodeURIComponent(text)} HTTP/1.1\r\n${HEAD}\r\n`);
  const body = place === 'json' ? JSON.stringify({ q: text }) : `q=${encodeURIComponent(text)}`;
  const type = place === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  return Buffer.from(
    `POST /api/items HTTP/1.1\r\n${HEAD}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const PLACES = ['query', 'form', 'json'] as const;
/** Every fourth attack is written in another way, percent-encoded once more or in letters of full width, by turns. */
const ENCODINGS = ['plain', 'plain', 'plain', 'percent', 'plain', 'plain', 'plain', 'full-width'] as const;
const calls: Call[] = [];
const perKind = new Map<string, number>();
for (const sample of random.shuffle(samplesOf('test', 400, 4711))) {
  const leaf = sample.leaves[0];
  if (
    sample.class === 'benign' ||
    sample.source === 'crs' ||
    sample.leaves.length !== 1 ||
    leaf === undefined ||
    leaf.isKey
  )
    continue;
  const had = perKind.get(sample.class) ?? 0;
  if (had >= (short ? 60 : 400) || !leaf.text.isWellFormed()) continue;
  perKind.set(sample.class, had + 1);
  const place = PLACES[had % 3] ?? 'query';
  const encoding = ENCODINGS[Math.floor(had / 3) % ENCODINGS.length] ?? 'plain';
  const text = encoding === 'plain' ? leaf.text : mutate(leaf.text, encoding, random);
  if (text.isWellFormed()) calls.push({ raw: callOf(text, place), kind: sample.class, place, encoding });
}
for (const { raw } of random.shuffle(benignRequests('validation')).slice(0, short ? 300 : 2500))
  calls.push({ raw: closing(raw), kind: 'benign' });

/** What people and programs write, apart from the recorded requests: no part of the balanced accuracy. */
for (let i = 0; i < (short ? 300 : 1500); i++) {
  const text = naturalSnippet('test', random);
  if (text.isWellFormed()) calls.push({ raw: callOf(text, PLACES[i % 3] ?? 'query'), kind: 'natural' });
}

/** The recorded bytes, but for the connection, which ends after the answer. */
function closing(raw: Buffer): Buffer {
  const split = raw.indexOf('\r\n\r\n');
  const head = raw
    .subarray(0, split)
    .toString('latin1')
    .replace(/\r\nConnection:[^\r]*/gi, '');
  const body = raw.subarray(split + 4);
  const length = /\r\ncontent-length:/i.test(head) || body.length === 0 ? '' : `\r\nContent-Length: ${body.length}`;
  const fixed = head.replace(/(\r\nContent-Length: *)\d+/i, `$1${body.length}`);
  return Buffer.concat([Buffer.from(`${fixed}${length}\r\nConnection: close\r\n\r\n`, 'latin1'), body]);
}

function send(port: number, raw: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => void socket.write(raw));
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(answer.slice(9, 12)) || 0));
  });
}

async function modsecurity(level: number, name: string): Promise<{ port: number; process: Running }> {
  const port = await freePort();
  const home = mkdtempSync(path.join(folder, `${name}-`));
  copyFileSync('/etc/nginx/unicode.mapping', path.join(home, 'unicode.mapping'));
  writeFileSync(
    path.join(home, 'rules.conf'),
    `SecRuleEngine On\nSecRequestBodyAccess On\nSecRequestBodyLimit 13107200\nSecRequestBodyNoFilesLimit 1310720\nSecResponseBodyAccess Off\nSecAuditEngine Off
SecTmpDir ${home}\nSecDataDir ${home}\nSecUnicodeMapFile unicode.mapping 20127
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
Include /etc/modsecurity/crs/crs-setup.conf
SecAction "id:900000,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level=${level}"
SecAction "id:900200,phase:1,nolog,pass,t:none,setvar:'tx.allowed_methods=GET HEAD POST OPTIONS PUT PATCH DELETE'"
SecAction "id:900220,phase:1,nolog,pass,t:none,setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| |text/xml| |application/xml| |application/soap+xml| |application/json| |application/octet-stream| |text/plain| |application/x-protobuf| |application/x-ndjson| |application/reports+json| |application/csp-report|'"
Include /usr/share/modsecurity-crs/rules/*.conf\n`,
  );
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join(' ');
  const upstream = await freePort();
  const on = level === 0 ? '' : `modsecurity on; modsecurity_rules_file ${home}/rules.conf;`;
  writeFileSync(
    path.join(home, 'nginx.conf'),
    `load_module ${MODULE};\nworker_processes 1;\ndaemon off;\npid ${home}/nginx.pid;\nerror_log stderr crit;\nevents { worker_connections 1024; }
http { access_log off; client_max_body_size 16m; large_client_header_buffers 8 64k; ${temp}
 server { listen 127.0.0.1:${upstream}; location / { return 200 "ok"; } }
 server { listen 127.0.0.1:${port}; ${on} location / { proxy_pass http://127.0.0.1:${upstream}; } } }\n`,
  );
  const running = start('nginx', ['-e', 'stderr', '-p', home, '-c', path.join(home, 'nginx.conf')], { cpu: undefined });
  // A GET of a bare address is refused by the rules; it is up all the same.
  await waitUntilReady(name, running, port, '/', level === 0 ? 200 : 403).catch(async () =>
    waitUntilReady(name, running, port, '/', 200),
  );
  return { port, process: running };
}

function report(name: string, flagged: readonly boolean[], cpuMicros: number): number {
  let found = 0;
  let attacks = 0;
  let alarms = 0;
  let benign = 0;
  let natural = 0;
  let naturalAlarms = 0;
  const byKind = new Map<string, [number, number]>();
  calls.forEach(({ kind }, i) => {
    const hit = flagged[i] === true;
    if (kind === 'benign') {
      benign++;
      if (hit) alarms++;
      return;
    }
    if (kind === 'natural') {
      natural++;
      if (hit) naturalAlarms++;
      return;
    }
    attacks++;
    if (hit) found++;
    const entry = byKind.get(kind) ?? [0, 0];
    byKind.set(kind, [entry[0] + (hit ? 1 : 0), entry[1] + 1]);
  });
  const tpr = found / attacks;
  const tnr = 1 - alarms / benign;
  const macro = [...byKind.values()].reduce((sum, [hits, of]) => sum + hits / of, 0) / byKind.size;
  console.log(
    `${name.padEnd(22)} TPR ${(100 * tpr).toFixed(1)} % TNR ${(100 * tnr).toFixed(2)} % balanced accuracy micro ${(50 * (tpr + tnr)).toFixed(1)} % macro ${(50 * (macro + tnr)).toFixed(1)} %  texts refused ${((100 * naturalAlarms) / natural).toFixed(1)} %  CPU ${cpuMicros.toFixed(0)} µs a call`,
  );
  console.log(
    `  ${ATTACK_CLASSES.filter((kind) => byKind.has(kind))
      .map((kind) => `${kind} ${((100 * (byKind.get(kind)?.[0] ?? 0)) / (byKind.get(kind)?.[1] ?? 1)).toFixed(0)}`)
      .join(' ')}`,
  );
  for (const label of ['place', 'encoding'] as const) console.log(`  by ${label}: ${recallBy(label, flagged, tnr)}`);
  return 50 * (tpr + tnr);
}

/** Recall of attacks by where they stand or how they are written, and the balanced accuracy of the mean over these. */
function recallBy(label: 'place' | 'encoding', flagged: readonly boolean[], tnr: number): string {
  const found = new Map<string, [number, number]>();
  calls.forEach((call, i) => {
    const name = call[label];
    if (name === undefined) return;
    const [hits, of] = found.get(name) ?? [0, 0];
    found.set(name, [hits + (flagged[i] === true ? 1 : 0), of + 1]);
  });
  const shares = [...found].map(([name, [hits, of]]) => ({ name, share: hits / of }));
  const macro = shares.reduce((sum, { share }) => sum + share, 0) / shares.length;
  return `${shares.map(({ name, share }) => `${name} ${(100 * share).toFixed(1)} %`).join(', ')}; balanced accuracy macro ${(50 * (macro + tnr)).toFixed(1)} %`;
}

async function drive(name: string, level: number): Promise<{ flagged: boolean[]; cpu: number }> {
  const { port, process: running } = await modsecurity(level, name);
  if (level > 0) {
    for (const place of PLACES) {
      const status = await send(port, callOf("1' union select password from users-- ", place));
      if (status !== 403) throw new Error(`${name} does not evaluate ${place}: ${status}`);
    }
    if ((await send(port, callOf('hello', 'json'))) !== 200) throw new Error(`${name} refuses everything`);
  }
  const before = treeUsage(running.pid).cpuMicros;
  const flagged: boolean[] = [];
  for (let i = 0; i < calls.length; i += 16) {
    flagged.push(
      ...(await Promise.all(calls.slice(i, i + 16).map(async ({ raw }) => (await send(port, raw)) === 403))),
    );
  }
  const cpu = (treeUsage(running.pid).cpuMicros - before) / calls.length;
  await running.stop();
  return { flagged, cpu };
}

try {
  console.log(
    `${calls.length} calls, ${calls.filter(({ kind }) => kind === 'benign').length} of them benign requests, ${calls.filter(({ kind }) => kind === 'natural').length} harmless texts`,
  );
  const plain = await drive('nginx', 0);
  const judge = new CallJudge();
  // From the octets: reading them is part of the cost.
  const ours = (): boolean[] =>
    calls.map(({ raw }) => {
      const recorded = recordedCall(raw);
      return recorded !== undefined && judge.refuses(recorded, 'default');
    });
  ours();
  const began = process.cpuUsage();
  const flagged = ours();
  const used = process.cpuUsage(began);
  const own = report('ours', flagged, (used.user + used.system) / calls.length);
  for (const level of [1, 2]) {
    const { flagged: refused, cpu } = await drive(`crs-${level}`, level);
    const theirs = report(`CRS paranoia ${level}`, refused, cpu - plain.cpu);
    console.log(`  ours is ${(own - theirs).toFixed(1)} points above`);
  }
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
