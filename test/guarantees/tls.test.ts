import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { echoUpstream, TestGateway } from '../harness/gateway.ts';

function certificate(folder: string, name: string, files = name): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-keyout',
      join(folder, `${files}.key`),
      '-out',
      join(folder, `${files}.pem`),
    ],
    { stdio: 'ignore' },
  );
}

function commonName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function h2Call(port: number, headers: http2.OutgoingHttpHeaders, body?: string) {
  return new Promise<{
    status: number;
    text: string;
    trailers: http2.IncomingHttpHeaders;
    headers: http2.IncomingHttpHeaders;
  }>((resolve, reject) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    session.on('error', reject);
    const stream = session.request(headers, { endStream: body === undefined });
    let text = '';
    let answer: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on('response', (received) => {
      answer = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (piece: Buffer) => {
      text += piece;
    });
    stream.on('error', reject);
    stream.on('end', () => {
      session.close();
      resolve({ status: Number(answer[':status']), text, trailers, headers: answer });
    });
    if (body !== undefined) stream.end(body);
  });
}

test('TLS speaks HTTP/1.1 and HTTP/2, and a renewed certificate greets new connections', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  const upstream = await echoUpstream();
  certificate(folder, 'first', 'server');
  const config = `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: { anyOf: [keys] } }
`;
  const gateway = await TestGateway.start({
    config,
    tls: { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') },
    workers: 2,
  });
  try {
    const { key } = await gateway.createKey('acme');
    const h1 = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      https
        .get(
          {
            port: gateway.port,
            host: '127.0.0.1',
            path: '/one',
            rejectUnauthorized: false,
            headers: { 'x-api-key': key },
          },
          (response) => {
            let text = '';
            response.on('data', (piece) => {
              text += piece;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          },
        )
        .on('error', reject);
    });
    assert.equal(h1.status, 200);
    assert.equal((JSON.parse(h1.text) as { headers: Record<string, string> }).headers['x-forwarded-proto'], 'https');

    const denied = await h2Call(gateway.port, { ':path': '/two' });
    assert.equal(denied.status, 401);
    assert.ok(denied.headers['sallyport-request-id']);
    const h2 = await h2Call(
      gateway.port,
      { ':path': '/two?x=1', ':method': 'POST', 'x-api-key': key, cookie: ['a=1', 'b=2'] },
      'body',
    );
    assert.equal(h2.status, 200);
    const seen = JSON.parse(h2.text) as { method: string; url: string; body: string; headers: Record<string, string> };
    assert.deepEqual(
      [seen.method, seen.url, seen.body, seen.headers['cookie']],
      ['POST', '/two?x=1', 'body', 'a=1; b=2'],
    );

    assert.equal(await commonName(gateway.port), 'first');
    certificate(folder, 'second', 'server');
    for (const giveUpAt = Date.now() + 10_000; (await commonName(gateway.port)) !== 'second'; ) {
      assert.ok(Date.now() < giveUpAt, 'the old certificate is still shown');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('gRPC passes through: HTTP/2 on both sides, streamed, with trailers', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-grpc-'));
  certificate(folder, 'upstream');
  certificate(folder, 'front', 'server');
  const upstream = http2.createSecureServer({
    cert: readFileSync(join(folder, 'upstream.pem')),
    key: readFileSync(join(folder, 'upstream.key')),
  });
  upstream.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': String(headers['te']) }));
    stream.pipe(stream);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const config = `mode: enforce
upstreams: { rpc: { url: "https://127.0.0.1:${port}", protocol: h2, ca: ${join(folder, 'upstream.pem')} } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: rpc, match: { path: "/shop.Orders/*" }, upstream: rpc, authenticate: none }
`;
  const gateway = await TestGateway.start({
    config,
    tls: { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') },
  });
  try {
    const answer = await h2Call(
      gateway.port,
      { ':path': '/shop.Orders/Get', ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' },
      '\0\0\0\0\x02hi',
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '\0\0\0\0\x02hi');
    assert.equal(answer.trailers['grpc-status'], '0');
    assert.equal(answer.trailers['grpc-message'], 'trailers');
  } finally {
    await gateway.stop();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
