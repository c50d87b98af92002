import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Console } from './console.ts';

const PAGE = `<!doctype html><title>console</title>${'<p>text</p>'.repeat(100)}`;
const SCRIPT = `console.log(1);${'void 0;'.repeat(100)}`;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-console-'));
mkdirSync(join(folder, 'site/assets'), { recursive: true });
writeFileSync(join(folder, 'secret.js'), 'secret');
writeFileSync(join(folder, 'site/index.html'), PAGE);
writeFileSync(join(folder, 'site/assets/index-Ab3_x-9Z.js'), SCRIPT);
writeFileSync(join(folder, 'site/favicon.svg'), '<svg/>');
writeFileSync(join(folder, 'site/notes.txt'), 'not for anybody');
symlinkSync(join(folder, 'secret.js'), join(folder, 'site/assets/link-Ab3_x-9Z.js'));
mkdirSync(join(folder, 'elsewhere'));
writeFileSync(join(folder, 'elsewhere/secret.js'), 'secret');
symlinkSync(join(folder, 'elsewhere'), join(folder, 'site/linked'));
after(() => rmSync(folder, { recursive: true }));

const console_ = Console.read(join(folder, 'site'));

test('every page of the console is index.html, and hashed files may be kept for ever', async () => {
  for (const path of ['/', '/calls', '/calls/abc.def', '/findings/x/y', '/policies', '/index.html']) {
    const answer = await console_.answer('GET', path, {});
    assert.equal(answer?.body.toString(), PAGE, path);
    assert.equal(answer?.headers['cache-control'], 'no-cache');
  }
  const script = await console_.answer('GET', '/assets/index-Ab3_x-9Z.js', {});
  assert.equal(script?.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(script?.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal((await console_.answer('GET', '/favicon.svg', {}))?.headers['cache-control'], 'no-cache');
});

test('no path leads out of the folder, to a link, to a file of another kind or to the API', async () => {
  for (const path of [
    '/../secret.js',
    '/assets/../../secret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/link-Ab3_x-9Z.js',
    '/linked/secret.js',
    '/assets',
    '/assets/',
    '//etc/passwd/x',
    '/notes.txt',
    '/api/v1/calls',
    '/metrics',
    '/constructor',
    'calls',
  ]) {
    assert.equal(await console_.answer('GET', path, {}), undefined, path);
  }
  assert.equal(await console_.answer('POST', '/', {}), undefined);
});

test('files come compressed as the browser accepts it, and not at all where it has them', async () => {
  const ask = (field: string, known?: string) =>
    console_.answer('GET', '/assets/index-Ab3_x-9Z.js', {
      'accept-encoding': field,
      ...(known === undefined ? {} : { 'if-none-match': known }),
    });
  const brotli = await ask('gzip, deflate, br');
  assert.equal(brotli?.headers['content-encoding'], 'br');
  assert.equal(brotliDecompressSync(brotli.body).toString(), SCRIPT);
  const gzip = await ask('gzip;q=1.0, br;q=0');
  assert.equal(gzip?.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(gzip.body).toString(), SCRIPT);
  const plain = await ask('identity');
  assert.equal(plain?.headers['content-encoding'], undefined);
  assert.equal(plain?.body.toString(), SCRIPT);
  const etag = String(brotli.headers['etag']);
  assert.notEqual(etag, plain.headers['etag']);
  assert.equal((await ask('br', `"x", ${etag}`))?.status, 304);
  assert.equal((await ask('gzip', etag))?.status, 200);
});

test('without a build every page says how to make one', async () => {
  for (const missing of [undefined, join(folder, 'nothing')]) {
    const answer = await Console.read(missing).answer('GET', '/calls', {});
    assert.match(String(answer?.body), /npm run build:console/);
  }
});

test('the page may load nothing from elsewhere, run nothing inline, and stand in no frame', async () => {
  const { headers } = (await console_.answer('GET', '/', {})) ?? assert.fail();
  const policy = String(headers['content-security-policy']);
  for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", 'require-trusted-types-for'])
    assert.ok(policy.includes(part), part);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});
