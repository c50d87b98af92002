import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { type Answer, call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { CLIENT, HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../harness/pki.ts';

const NAME = 'URI:https://one.example/app';
const OLD = { from: '20200101000000Z', until: '20210101000000Z' };

function httpsCall(port: number, client: Issued | undefined, path = '/', agent?: https.Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.get(
      {
        port,
        host: '127.0.0.1',
        path,
        rejectUnauthorized: false,
        agent: agent ?? false,
        ...(client === undefined ? {} : { cert: client.pem, key: client.key }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    request.on('error', reject);
  });
}

function streamStatus(session: http2.ClientHttp2Session): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': '/' });
    let status = 0;
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('error', reject);
    stream.on('close', () => resolve(status));
    stream.resume();
  });
}

describe('client certificates at the gateway', { skip: NO_OPENSSL }, () => {
  if (!HAS_OPENSSL) return;
  const pki = new Pki();
  const root = pki.authority('root');
  const middle = pki.authority('middle', { by: root });
  const server = pki.issue('localhost', { extensions: ['subjectAltName=DNS:localhost,IP:127.0.0.1'] });
  const good = pki.client('good', root, NAME);
  const revoked = pki.client('revoked', root, NAME);
  const below = pki.client('below', middle, NAME);
  const caFile = join(pki.folder, 'clients.pem');
  const crlFile = join(pki.folder, 'lists.pem');
  const rootOnlyFile = join(pki.folder, 'root.pem');
  const middleList = pki.revocationList(middle);
  const oldList = pki.revocationList(root, [], OLD);
  const emptyList = pki.revocationList(root);
  const revokedList = pki.revocationList(root, [revoked]);
  const allRevokedList = pki.revocationList(root, [good]);
  const withChain: Issued = { ...below, pem: below.pem + middle.pem };
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;

  before(async () => {
    upstream = await echoUpstream();
    writeFileSync(caFile, root.pem + middle.pem);
    writeFileSync(rootOnlyFile, root.pem);
  });
  after(async () => {
    await upstream.close();
    pki.close();
  });

  const config = (more = ''): string => `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { certs: { type: mtls, identity: san-uri${more} } }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: { anyOf: [certs] } }
`;
  const start = (clientAuth: string, list: string, ca = caFile): Promise<TestGateway> => {
    writeFileSync(crlFile, list);
    return TestGateway.start({
      config: config(),
      tls: {
        cert: server.certFile,
        key: server.keyFile,
        more: `clientAuth: ${clientAuth}, clientCa: ${ca}, crl: ${crlFile}`,
      },
    });
  };
  const reload = async (gateway: TestGateway, list: string): Promise<void> => {
    writeFileSync(crlFile, list);
    assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  };

  test('a valid certificate passes, and each that is not is refused for its own reason', {
    timeout: 60_000,
  }, async () => {
    const gateway = await start('request', revokedList + middleList);
    try {
      const answer = await httpsCall(gateway.port, good, '/good');
      assert.equal(answer.status, 200, answer.text);
      const seen = JSON.parse(answer.text) as { headers: Record<string, string> };
      assert.equal(seen.headers['sallyport-subject'], 'https://one.example/app');
      assert.equal((await httpsCall(gateway.port, withChain, '/chain')).status, 200);
      const session = http2.connect(`https://127.0.0.1:${gateway.port}`, {
        rejectUnauthorized: false,
        cert: good.pem,
        key: good.key,
      });
      assert.equal(await streamStatus(session), 200);
      session.close();
      const rows: readonly (readonly [string, Issued | undefined, string])[] = [
        ['none', undefined, 'authn.missing'],
        ['revoked', revoked, 'authn.certificate_revoked'],
        ['expired', pki.client('a', root, NAME, OLD), 'authn.certificate_expired'],
        ['early', pki.client('b', root, NAME, { from: '20900101000000Z' }), 'authn.certificate_expired'],
        [
          'servers',
          pki.issue('c', {
            by: root,
            extensions: [
              ...CLIENT.filter((line) => !line.startsWith('extended')),
              'extendedKeyUsage=serverAuth',
              `subjectAltName=${NAME}`,
            ],
          }),
          'authn.certificate_purpose',
        ],
        ['stranger', pki.client('d', pki.authority('root'), NAME), 'authn.certificate_untrusted'],
        [
          'self',
          pki.issue('e', { extensions: [...CLIENT.slice(0, 4), `subjectAltName=${NAME}`] }),
          'authn.certificate_untrusted',
        ],
        ['host', pki.client('f', root, 'DNS:one.example'), 'authn.certificate_name'],
        ['two', pki.client('g', root, `${NAME},URI:https://two.example/`), 'authn.certificate_name'],
      ];
      for (const [path, client] of rows) {
        const refused = await httpsCall(gateway.port, client, `/${path}`);
        assert.equal(refused.status, 401, path);
        assert.ok(!refused.text.includes('certificate'), 'the answer does not say why');
      }
      const recorded = await gateway.recorded(rows.length, ({ outcome }) => outcome === 'denied');
      for (const [path, , reason] of rows) {
        const found = recorded.find((one) => one.path === `/${path}`);
        assert.equal(found?.reason, reason, path);
      }
    } finally {
      await gateway.stop();
    }
  });

  test('where a certificate is required, the handshake of everybody else fails', { timeout: 60_000 }, async () => {
    const gateway = await start('require', revokedList + middleList);
    try {
      assert.equal((await httpsCall(gateway.port, good)).status, 200);
      for (const client of [
        undefined,
        revoked,
        pki.client('a', root, NAME, OLD),
        pki.client('b', pki.authority('x'), NAME),
      ])
        await assert.rejects(httpsCall(gateway.port, client), client?.name ?? 'none');
    } finally {
      await gateway.stop();
    }
  });

  test('a certificate that is revoked ends at once on the connections it has opened', { timeout: 60_000 }, async () => {
    const gateway = await start('request', emptyList + middleList);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const sockets = new Set<unknown>();
    agent.on('free', (socket) => sockets.add(socket));
    const session = http2.connect(`https://127.0.0.1:${gateway.port}`, {
      rejectUnauthorized: false,
      cert: revoked.pem,
      key: revoked.key,
    });
    session.on('error', () => undefined);
    try {
      for (let i = 0; i < 2; i++) {
        assert.equal((await httpsCall(gateway.port, revoked, '/', agent)).status, 200);
        assert.equal(await streamStatus(session), 200);
      }
      await reload(gateway, revokedList + middleList);
      const answer = await httpsCall(gateway.port, revoked, '/', agent);
      assert.equal(answer.status, 401, 'over HTTP/1.1');
      assert.equal(answer.headers.connection, 'close');
      assert.ok(sockets.size <= 1, 'it was one connection');
      assert.notEqual(await streamStatus(session).catch(() => 0), 200, 'over HTTP/2');
      const valid = await httpsCall(gateway.port, good);
      assert.equal(valid.status, 200, 'others are not concerned');
      await reload(gateway, allRevokedList + middleList);
      assert.equal((await httpsCall(gateway.port, good)).status, 401);
    } finally {
      agent.destroy();
      session.destroy();
      await gateway.stop();
    }
  });

  test('a list that is out of date refuses everybody until it is replaced', { timeout: 60_000 }, async () => {
    const gateway = await start('request', oldList + middleList);
    try {
      assert.equal((await httpsCall(gateway.port, good)).status, 503);
      await reload(gateway, emptyList + middleList);
      assert.equal((await httpsCall(gateway.port, good)).status, 200);
    } finally {
      await gateway.stop();
    }
  });

  test('a list that cannot be read changes nothing, and the one before stays in force', {
    timeout: 60_000,
  }, async () => {
    const gateway = await start('request', revokedList + middleList);
    try {
      writeFileSync(crlFile, 'nothing');
      assert.notEqual((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
      assert.equal((await httpsCall(gateway.port, revoked)).status, 401);
      assert.equal((await httpsCall(gateway.port, good)).status, 200);
    } finally {
      await gateway.stop();
    }
  });

  test('a session is not resumed where certificates are shown', { timeout: 60_000 }, async () => {
    const gateway = await start('request', emptyList + middleList);
    try {
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const options = { port: gateway.port, rejectUnauthorized: false, cert: good.pem, key: good.key, maxVersion };
        const first = tls.connect(options);
        let ticket: Buffer | undefined;
        first.on('session', (session) => {
          ticket = session;
        });
        await once(first, 'secureConnect');
        first.end('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
        first.resume();
        await once(first, 'close');
        const second = tls.connect({ ...options, ...(ticket === undefined ? {} : { session: ticket }) });
        await once(second, 'secureConnect');
        assert.equal(second.isSessionReused(), false, maxVersion);
        second.destroy();
      }
    } finally {
      await gateway.stop();
    }
  });

  test('a forwarded certificate counts from a trusted proxy, and is stripped from everybody else', {
    timeout: 60_000,
  }, async () => {
    const authorities = join(pki.folder, 'forwarded.pem');
    writeFileSync(authorities, root.pem);
    for (const [header, format, value] of [
      ['client-cert', 'client-cert', `:${Buffer.from(good.der).toString('base64')}:`],
      [
        'x-forwarded-client-cert',
        'xfcc',
        `Hash=${createHash('sha256').update(good.der).digest('hex')};Cert="${encodeURIComponent(good.pem)}"`,
      ],
      ['x-ssl-client-cert', 'url-pem', encodeURIComponent(good.pem)],
    ] as const) {
      const forwarded = `, authorities: "\${file:${authorities}}", forwarded: { header: ${header}, format: ${format} }`;
      const plain = config(forwarded);
      const trusting = await TestGateway.start({ config: `trustedProxies: [127.0.0.0/8]\n${plain}` });
      try {
        const answer = await call(trusting.url, { headers: { [header]: value } });
        assert.equal(answer.status, 200, `${format}: ${answer.text}`);
        assert.equal(
          (JSON.parse(answer.text) as { headers: object }).headers[header as never],
          undefined,
          'not passed on',
        );
        assert.equal((await call(trusting.url)).status, 401);
        const doubled = await call(trusting.url, { headers: { [header]: [value, value] } });
        assert.equal(doubled.status, 400, `${format} twice`);
      } finally {
        await trusting.stop();
      }
      const open = plain.replace('authenticate: { anyOf: [certs] }', 'authenticate: none');
      for (const [text, status] of [
        [`trustedProxies: [10.9.8.7/32]\n${plain}`, 401],
        [`trustedProxies: [10.9.8.7/32]\n${open}`, 200],
      ] as const) {
        const wary = await TestGateway.start({ config: text });
        try {
          const answer = await call(wary.url, { headers: { [header]: value } });
          assert.equal(answer.status, status, format);
          if (status === 200)
            assert.equal(
              (JSON.parse(answer.text) as { headers: object }).headers[header as never],
              undefined,
              'stripped',
            );
        } finally {
          await wary.stop();
        }
      }
    }
  });
});
