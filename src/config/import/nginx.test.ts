import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../../test/harness/free-port.ts';
import { call, echoUpstream } from '../../../test/harness/gateway.ts';
import { Judge } from '../../../test/harness/judge.ts';
import { errorsOf, imported, isClosed, routeOf } from './import-fixture.test.ts';

const SHOP = `worker_processes 1;
events { worker_connections 64; }
http {
  limit_req_zone $binary_remote_addr zone=one:1m rate=10r/s;
  set_real_ip_from 10.0.0.0/8;
  upstream shop { server 127.0.0.1:3000; server 127.0.0.1:3001; }
  server {
    listen 127.0.0.1:8099;
    server_name shop.example .shop.test;
    include locations.conf;
    location / { proxy_pass http://shop; limit_req zone=one burst=20 nodelay; client_max_body_size 2m; }
    location = /status { proxy_pass http://shop; auth_basic off; }
    location /admin/ {
      deny 10.1.0.0/16; allow 10.0.0.0/8; deny all;
      proxy_pass http://shop; proxy_set_header Host $host; proxy_set_header X-Token "a-secret";
      limit_except GET POST { deny all; }
    }
    location /private/ { return 404; }
  }
  server {
    listen 127.0.0.1:8099;
    server_name other.example;
    location /a/ { proxy_pass http://127.0.0.1:9000/b/; proxy_read_timeout 5s; }
    location ~ ^/users/[0-9]+$ { auth_request /check; proxy_pass http://127.0.0.1:9000; }
  }
}
`;
const FILES = {
  'locations.conf': '# more\nlocation /more/ { proxy_pass "http://127.0.0.1:9001"; if ($arg_x) { return 403; } }\n',
};

test('locations become routes with addresses, limits, methods and sizes', () => {
  const { configuration } = imported(SHOP, 'nginx.conf', FILES);
  const shop = { ...configuration, routes: configuration.routes.filter(({ match }) => match.host === 'shop.example') };
  const everything = routeOf(shop, '/*');
  assert.deepEqual(everything.limits, [
    { kind: 'rate', per: ['address'], permits: 10, windowSeconds: 1, burst: 21, cost: 1 },
  ]);
  assert.equal(everything.bodyBytesMax, 2 ** 21);
  assert.deepEqual(everything.authenticate, { kind: 'anyOf', authenticators: ['keys'] });
  assert.deepEqual(routeOf(shop, '/status').authenticate, { kind: 'none', because: 'nginx says auth_basic off' });
  const admin = routeOf(shop, '/admin/*');
  assert.deepEqual(admin.match.methods, ['GET', 'POST']);
  assert.deepEqual(admin.authorize.access[0]?.conditions.addresses, ['10.0.0.0/8']);
  assert.deepEqual(admin.authorize.access[0]?.deny[0]?.conditions.addresses, ['10.1.0.0/16']);
  assert.deepEqual(configuration.trustedProxies, ['10.0.0.0/8']);
  assert.ok(configuration.routes.some(({ match }) => match.host === '*.shop.test'));
});

test('what nginx refuses, or judges by something else, is closed', () => {
  const result = imported(SHOP, 'nginx.conf', FILES);
  for (const path of ['/private/*', '/more/*', '/users/{segment2}'])
    assert.ok(result.configuration.routes.filter(({ match }) => match.path === path).every(isClosed), path);
  assert.deepEqual(errorsOf(result), ['2 if at location /more/', '24 auth_request at location ~ ^/users/[0-9]+$']);
  assert.ok(!`${result.yaml}${JSON.stringify(result.notes)}`.includes('a-secret'));
});

test('a file that is included and cannot be read closes what it could have protected', () => {
  const result = imported('server { include auth.conf; location / { proxy_pass http://127.0.0.1:1; } }', 'a.conf');
  assert.ok(isClosed(routeOf(result.configuration, '/*')));
});

test('a pattern closes no location that nginx prefers to it', () => {
  const text =
    'server { location = /a { proxy_pass http://127.0.0.1:1; } location /b/ { proxy_pass http://127.0.0.1:1; } location ~* [.]php$ { deny all; proxy_pass http://127.0.0.1:1; } }';
  const { configuration } = imported(text, 'a.conf');
  assert.ok(!isClosed(routeOf(configuration, '/a')));
  assert.ok(isClosed(routeOf(configuration, '/b/*')));
});

test('a server that only sends callers on to TLS hides nothing of the one behind it', () => {
  const text = `server { listen 80; server_name a.example; location / { return 301 https://$host$request_uri; } }
server { listen 443 ssl; server_name a.example; ssl_certificate /a.crt; ssl_certificate_key /a.key; location / { proxy_pass http://127.0.0.1:1; } }
server { server_name b.example; return 403; location / { proxy_pass http://127.0.0.1:1; } }
`;
  const { configuration, yaml } = imported(text, 'a.conf');
  const [a, b] = ['a.example', 'b.example'].map((host) =>
    configuration.routes.find(({ match }) => match.host === host),
  );
  assert.ok(a !== undefined && !isClosed(a));
  assert.ok(b !== undefined && isClosed(b));
  assert.match(yaml, /# with TLS: tls: \{ cert: \/a\.crt, key: \/a\.key \}/);
});

test('each directive that is left out is named with its line, and never with what it says', () => {
  const text = `worker_processes 1;
stream { server { listen 53; } }
http {
  sendfile on;
  include more.conf;
  add_header X-Frame-Options "a-secret" always;
  server { listen 80; server_name a.example; return 301 https://$host$request_uri; }
  server {
    listen 443;
    server_name a.example;
    location / { proxy_pass http://127.0.0.1:1; proxy_set_header X-Token "a-secret"; auth_request /x; }
    location @down { proxy_pass http://127.0.0.1:2; }
  }
}
`;
  const { notes } = imported(text, 'a.conf', { 'more.conf': 'gzip on;\ngzip_types text/css;\n' });
  assert.deepEqual(
    notes.map(({ severity, file, line, subject }) => `${severity} ${file ?? ''}:${line} ${subject}`),
    [
      'note :1 payload',
      'note a.conf:1 worker_processes',
      'warning a.conf:2 stream',
      'note a.conf:4 sendfile',
      'warning a.conf:6 add_header X-Frame-Options',
      'note a.conf:7 return',
      'note a.conf:7 listen 80',
      'note a.conf:9 listen 443',
      'warning a.conf:11 proxy_set_header X-Token at location /',
      'error a.conf:11 auth_request at location /',
      'warning a.conf:12 location @down',
      'note more.conf:1 gzip',
      'note more.conf:2 gzip_types',
    ],
  );
  assert.ok(!JSON.stringify(notes).includes('a-secret'));
});

test('the host of the only server is no condition here, and the report says so', () => {
  const { notes, configuration } = imported(
    'server { server_name a.example; location / { proxy_pass http://127.0.0.1:1; } }',
    'a.conf',
  );
  assert.equal(configuration.routes[0]?.match.host, '*');
  assert.equal(notes.find(({ subject }) => subject === 'server_name a.example')?.line, 1);
});

/** Debian keeps it outside the path of plain users. */
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find((path) => existsSync(path));

/** Locations by regular expression, of which nobody passes the first six. */
const PATTERNS = (upstream: string): string => `
    location ~ /\\.ht { deny all; }
    location ~ \\.(php|cgi)$ { return 403; }
    location ~ ^/internal { deny all; proxy_pass ${upstream}; }
    location ~ ^/exact\\.txt$ { deny all; proxy_pass ${upstream}; }
    location ~ ^.*/backup/.*$ { return 404; }
    location ~ secret { deny all; proxy_pass ${upstream}; }
    location = /kept/secret { auth_basic off; proxy_pass ${upstream}; }
    location ^~ /always/ { auth_basic off; proxy_pass ${upstream}; }
    location / { auth_basic off; proxy_pass ${upstream}; }
`;
const ASKED =
  `/ /a /.htaccess /a/.htpasswd /a/x.ht /index.php /a/b.cgi /index.phps /phpx /a.php/b /internal /internals/x
  /a/internal /exact.txt /exactxtxt /a/exact.txt /exact.txt/a /backup/ /a/backup/b /backup /a/secret/b /secrets /Secret
  /kept/secret /kept/secrets /always/secret /always/.ht /a.php%0A /a.php%0Ab /INDEX.PHP /a%2Ephp /%73ecret`.split(
    /\s+/,
  );

test('what patterns refuse anywhere in a path is refused here, and nothing else: as real nginx does it', async () => {
  assert.ok(NGINX !== undefined, 'nginx is installed for the tests');
  const upstream = await echoUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  const port = await freePort();
  const server = `server { listen 127.0.0.1:${port}; ${PATTERNS(upstream.url)} }`;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid; daemon off; master_process off; error_log stderr crit; events {} http { access_log off; ${paths.join(' ')} ${server} }`,
  );
  const nginx = spawn(NGINX, ['-e', 'stderr', '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  try {
    await listening(port, nginx);
    const result = imported(server, 'nginx.conf');
    assert.deepEqual(errorsOf(result), []);
    const judge = new Judge({ configuration: result.yaml.replace('mode: observe', 'mode: enforce'), nowMs: 0 });
    const differing: string[] = [];
    let refused = 0;
    for (const target of ASKED) {
      const passes = (await call(`http://127.0.0.1:${port}${target}`)).status === 200;
      const decision = await judge.judge({ target });
      if (passes !== (decision.effect === 'permit'))
        differing.push(`${target}: nginx ${passes ? 'passes' : 'refuses'} it`);
      if (!passes) refused++;
    }
    assert.deepEqual(differing, []);
    assert.ok(refused > 10 && refused < ASKED.length - 10);
  } finally {
    nginx.kill();
    if (nginx.exitCode === null) await once(nginx, 'exit');
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what a prefix takes within its segment does not fall to a route that asks for less', async () => {
  const text = `server {
    location /admin { deny all; proxy_pass http://127.0.0.1:1; }
    location /admins { auth_basic off; proxy_pass http://127.0.0.1:1; }
    location /inner/ad { deny all; proxy_pass http://127.0.0.1:1; }
    location /inner { auth_basic off; proxy_pass http://127.0.0.1:1; }
    location / { auth_basic off; proxy_pass http://127.0.0.1:1; }
  }`;
  const result = imported(text, 'nginx.conf');
  assert.deepEqual(errorsOf(result), ['2 /admin/*', '4 /inner/ad/*']);
  const judge = new Judge({ configuration: result.yaml.replace('mode: observe', 'mode: enforce'), nowMs: 0 });
  for (const [target, permitted] of [
    ['/admin', false],
    ['/admin/a', false],
    ['/adminx', false],
    ['/adminx/a', false],
    ['/%61dminx', false],
    ['/admin.php', false],
    ['/inner/ad', false],
    ['/inner/adx', false],
    ['/inner/adx/y', false],
    // A longer prefix of the source, and what only looks alike.
    ['/admins', true],
    ['/admins/a', true],
    ['/inner/a', true],
    ['/Adminx', true],
    ['/a/adminx', true],
    ['/adm', true],
    ['/', true],
  ] as const)
    assert.equal((await judge.judge({ target })).effect === 'permit', permitted, target);
});

test('a route that would need more rules than it takes is closed, and says so', () => {
  const asked = (count: number) => {
    const patterns = Array.from({ length: count }, (_, index) => `location ~ \\.x${index}$ { deny all; }`).join(' ');
    const result = imported(`server { ${patterns} location / { proxy_pass http://127.0.0.1:3000; } }`, 'nginx.conf');
    return { errors: errorsOf(result).length, closed: isClosed(routeOf(result.configuration, '/*')) };
  };
  assert.deepEqual(asked(32), { errors: 0, closed: false });
  assert.deepEqual(asked(33), { errors: 1, closed: true });
});

/** Resolves when a program listens on a port of this machine. */
async function listening(port: number, program: ChildProcess): Promise<void> {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const heard = await once(socket, 'connect').catch(() => undefined);
    socket.destroy();
    if (heard !== undefined) return;
    assert.equal(program.exitCode, null, 'it listens, or runs still');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a pattern without a beginning that asks for something is no path from the root: what asks for less is closed', () => {
  const text =
    'server { location / { auth_basic off; proxy_pass http://127.0.0.1:1; } location ~ /users/[0-9]+$ { allow 10.0.0.0/8; deny all; proxy_pass http://127.0.0.1:1; } }';
  const result = imported(text, 'a.conf');
  assert.ok(isClosed(routeOf(result.configuration, '/*')));
  assert.ok(!result.configuration.routes.some(({ match }) => match.path.startsWith('/users')));
  assert.deepEqual(errorsOf(result), ['1 location ~ /users/[0-9]+$']);
});

test('the file these tests read is one that nginx accepts, where nginx is installed', () => {
  if (NGINX === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  try {
    writeFileSync(
      join(folder, 'nginx.conf'),
      `pid ${folder}/pid;\n${SHOP.replace('  limit_req_zone', `  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; access_log off;\n  limit_req_zone`)}`,
    );
    writeFileSync(join(folder, 'locations.conf'), FILES['locations.conf']);
    const run = spawnSync(NGINX, ['-t', '-e', 'stderr', '-c', join(folder, 'nginx.conf')], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
