import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { OutboundRequest } from '../ports.ts';
import { createFetch } from './outbound-fetch.ts';

let server: http.Server;
let port = 0;
const fetch = createFetch();

before(async () => {
  server = http.createServer((request, response) => {
    switch (request.url) {
      case '/slow':
        response.write('{');
        return;
      case '/silent':
        return;
      case '/redirect':
        response.writeHead(302, { location: '/ok' }).end();
        return;
      case '/long':
        response.end('x'.repeat(2_000));
        return;
      default: {
        let body = '';
        request.on('data', (part) => {
          body += String(part);
        });
        request.on('end', () =>
          response.writeHead(200, { 'x-method': request.method ?? '', 'Cache-Control': 'max-age=1' }).end(body || 'ok'),
        );
      }
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

function request(path: string, change: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: 'GET',
    url: `http://127.0.0.1:${port}${path}`,
    headers: {},
    body: undefined,
    timeoutMs: 300,
    bytesMax: 1_000,
    allowPrivateAddresses: true,
    ...change,
  };
}

describe('requests of the gateway’s own', () => {
  test('answer status, lower-case fields and body', async () => {
    const answer = await fetch(request('/ok'));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['cache-control'], 'max-age=1');
    assert.equal(Buffer.from(answer.body).toString(), 'ok');
    const posted = await fetch(request('/ok', { method: 'POST', body: 'a=b' }));
    assert.equal(posted.headers['x-method'], 'POST');
    assert.equal(Buffer.from(posted.body).toString(), 'a=b');
  });

  test('answer redirects as they are', async () => {
    const answer = await fetch(request('/redirect'));
    assert.equal(answer.status, 302);
    assert.equal(answer.headers['location'], '/ok');
  });

  test('end at the deadline, whether nothing came or only a part', async () => {
    await assert.rejects(fetch(request('/silent')), /did not answer in time/);
    await assert.rejects(fetch(request('/slow')), /did not answer in time/);
  });

  test('end where the answer is too long', async () => {
    await assert.rejects(fetch(request('/long')), /too long/);
  });

  test('do not say what a library says of the failure', async () => {
    const unused = http.createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const { port: nobody } = unused.address() as AddressInfo;
    unused.close();
    await once(unused, 'close');
    await assert.rejects(
      fetch(request('/', { url: `http://127.0.0.1:${nobody}/` })),
      /^Error: it could not be reached \(ECONNREFUSED\)$/,
    );
  });

  for (const host of [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '127.1',
  ])
    test(`do not reach ${host} where only public addresses are allowed`, async () => {
      await assert.rejects(
        fetch(request('/ok', { url: `http://${host}:${port}/ok`, allowPrivateAddresses: false })),
        /not public/,
      );
    });
});
