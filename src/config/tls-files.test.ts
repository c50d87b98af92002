import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { NO_OPENSSL, Pki } from '../../test/harness/pki.ts';
import { GOOD, load, problemsOf } from './loading-fixture.test.ts';
import { CERTIFICATE, KEY } from './tls-fixture.test.ts';

const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const TEXT = GOOD.replace(
  'mode: enforce',
  'mode: enforce\nlisten: { tls: { cert: tls/gateway.crt, key: /etc/gateway.key } }',
);

function files(contents: Readonly<Record<string, string>>): { readFile: (path: string) => string } {
  return {
    readFile(path) {
      const content = contents[path];
      if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return content;
    },
  };
}

test('a certificate with its key is accepted, and both files are named as sources', () => {
  const result = load(TEXT, files({ '/srv/gateway/tls/gateway.crt': CERTIFICATE, '/etc/gateway.key': KEY }));
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.configuration.listen.tls, {
    certFile: '/srv/gateway/tls/gateway.crt',
    keyFile: '/etc/gateway.key',
    clientAuth: 'none',
    clientCaFile: undefined,
    crlFile: undefined,
  });
  assert.deepEqual(result.sources, ['/srv/gateway/sallyport.yaml', '/srv/gateway/tls/gateway.crt', '/etc/gateway.key']);
});

test('a certificate with the key of another is refused at the key', () => {
  const ports = files({ '/srv/gateway/tls/gateway.crt': CERTIFICATE, '/etc/gateway.key': OTHER_KEY });
  assert.deepEqual(problemsOf(TEXT, ports), ['SP025 3:46 listen.tls.key']);
});

test('files that are missing or hold something else are refused, each at its place', () => {
  assert.deepEqual(problemsOf(TEXT, files({})), ['SP024 3:24 listen.tls.cert', 'SP024 3:46 listen.tls.key']);
  const swapped = files({ '/srv/gateway/tls/gateway.crt': KEY, '/etc/gateway.key': CERTIFICATE });
  assert.deepEqual(problemsOf(TEXT, swapped), ['SP024 3:24 listen.tls.cert', 'SP024 3:46 listen.tls.key']);
  const result = load(TEXT, swapped);
  assert.ok(!JSON.stringify(result).includes(KEY.split('\n')[1] ?? KEY));
});

test('the certificate authority of an upstream is read too', () => {
  const text = GOOD.replace('"http://127.0.0.1:3000"', '"https://127.0.0.1:3000", ca: ca.pem');
  const result = load(text, files({ '/srv/gateway/ca.pem': CERTIFICATE }));
  assert.ok(result.ok);
  assert.equal(result.configuration.upstreams['orders']?.caFile, '/srv/gateway/ca.pem');
  assert.deepEqual(problemsOf(text, files({ '/srv/gateway/ca.pem': 'no certificate' })), [
    'SP024 4:48 upstreams.orders.ca',
  ]);
});

const OTHER_AUTHORITY = '/srv/gateway/clients.pem';

function withClients(more: string): string {
  return TEXT.replace('gateway.key }', `gateway.key, ${more} }`);
}

function clientFiles(contents: Readonly<Record<string, string>>): { readFile: (path: string) => string } {
  return files({ '/srv/gateway/tls/gateway.crt': CERTIFICATE, '/etc/gateway.key': KEY, ...contents });
}

test('authorities and revocation lists of client certificates are read, and watched like the certificate', {
  skip: NO_OPENSSL,
}, () => {
  const pki = new Pki();
  try {
    const root = pki.authority('root');
    const list = pki.revocationList(root);
    const text = withClients('clientAuth: request, clientCa: clients.pem, crl: lists.pem');
    const ports = clientFiles({ [OTHER_AUTHORITY]: root.pem, '/srv/gateway/lists.pem': list });
    const result = load(text, ports);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.configuration.listen.tls, {
      certFile: '/srv/gateway/tls/gateway.crt',
      keyFile: '/etc/gateway.key',
      clientAuth: 'request',
      clientCaFile: OTHER_AUTHORITY,
      crlFile: '/srv/gateway/lists.pem',
    });
    assert.deepEqual(result.sources.slice(3), [OTHER_AUTHORITY, '/srv/gateway/lists.pem']);

    const two = clientFiles({ [OTHER_AUTHORITY]: root.pem + pki.authority('b').pem, '/srv/gateway/lists.pem': list });
    assert.deepEqual(
      problemsOf(text, two).map((problem) => problem.split(' ')[0]),
      ['SP027'],
    );
    const leaf = pki.client('leaf', root, 'DNS:a.example');
    for (const [authorities, lists, place] of [
      [leaf.pem, list, 'listen.tls.clientCa'],
      [root.pem + root.key, list, 'listen.tls.clientCa'],
      [root.pem, root.pem, 'listen.tls.crl'],
      [root.pem, '', 'listen.tls.crl'],
    ] as const)
      assert.deepEqual(
        problemsOf(text, clientFiles({ [OTHER_AUTHORITY]: authorities, '/srv/gateway/lists.pem': lists })).map(
          (problem) => problem.replace(/ [0-9:]+ /, ' '),
        ),
        [`SP024 ${place}`],
      );
  } finally {
    pki.close();
  }
});

test('settings of client certificates that miss one another are refused', () => {
  const ports = clientFiles({ [OTHER_AUTHORITY]: CERTIFICATE, '/srv/gateway/lists.pem': 'none' });
  for (const [more, place] of [
    ['clientCa: clients.pem', 'clientCa'],
    ['clientAuth: require', 'clientAuth'],
    ['clientAuth: request, crl: lists.pem', 'crl'],
  ] as const)
    assert.deepEqual(
      problemsOf(withClients(more), ports).map((problem) => problem.replace(/ [0-9:]+ /, ' ')),
      [`SP026 listen.tls.${place}`],
    );
  assert.deepEqual(problemsOf(withClients('clientAuth: request'), ports), [], 'certificates can bind tokens alone');
});
