import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PROOF_FIELD, presenceProof } from '../admin/presence-proof.ts';
import { COMMANDS } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { writePresence } from './gateway/presence.ts';
import { RecordedIo } from './io-fixture.test.ts';

const TOKEN = `spadm_${'x'.repeat(43)}`;

describe('who holds the port of a gateway that is gone', () => {
  let folder: string;
  let server: http.Server;
  let port: number;
  let seen: string[];
  let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'admin-client-'));
    seen = [];
    server = http.createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    writeFileSync(join(folder, 'admin-token'), `${TOKEN}\n`);
    // The process id is that of somebody who lives.
    writePresence(folder, { pid: process.pid, adminUrl: `http://127.0.0.1:${port}`, dataUrl: 'http://127.0.0.1:1' });
  });

  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function listKeys(): Promise<{ code: number; err: string }> {
    const io = new RecordedIo({ cwd: folder });
    return { code: await dispatch(['keys', 'list', '--data', folder], io.io, COMMANDS, '0'), err: io.err };
  }

  const proofAt = (address: string, at: number, challenge: string): string =>
    presenceProof(TOKEN, { address, port: at }, challenge) ?? '';
  const challengeOf = (request: http.IncomingMessage): string => String(request.headers['sallyport-challenge']);

  test('is not sent the admin token, whatever it answers', async () => {
    const answers: readonly (() => typeof answer)[] = [
      () => (_, response) => response.end('{"status":"ok"}'),
      () => (request, response) => response.setHeader(PROOF_FIELD, challengeOf(request)).end('{}'),
      // Another gateway with the same token was asked: on another port, or at another address.
      () => (request, response) =>
        response.setHeader(PROOF_FIELD, proofAt('127.0.0.1', port + 1, challengeOf(request))).end('{}'),
      () => (request, response) =>
        response.setHeader(PROOF_FIELD, proofAt('127.0.0.2', port, challengeOf(request))).end('{}'),
      () => (request, response) =>
        response.setHeader(PROOF_FIELD, proofAt('::1', port, challengeOf(request))).end('{}'),
      () => (_, response) => response.writeHead(307, { location: '/livez' }).end(),
      () => (_, response) => response.end('[]'),
    ];
    for (const make of answers) {
      answer = make();
      const { code } = await listKeys();
      assert.equal(code, 3);
    }
    assert.ok(seen.length >= answers.length);
    assert.ok(!seen.some((headers) => headers.includes(TOKEN) || headers.includes('authorization')));
  });

  test('is sent it where it proves that it has it', async () => {
    answer = (request, response) => {
      if (request.url === '/livez')
        response.setHeader(PROOF_FIELD, proofAt('127.0.0.1', port, challengeOf(request))).end('{}');
      else response.end('{"keys":[]}');
    };
    await listKeys();
    assert.ok(seen.at(-1)?.includes(`Bearer ${TOKEN}`));
  });

  test('is asked at this machine alone, however a gateway says that it listens on every address', async () => {
    answer = (request, response) => {
      const { localAddress = '', localPort = 0 } = request.socket;
      if (request.url === '/livez')
        response.setHeader(PROOF_FIELD, proofAt(localAddress, localPort, challengeOf(request))).end('{}');
      else response.end('{"keys":[]}');
    };
    for (const host of ['0.0.0.0', 'localhost', '127.0.0.1']) {
      writePresence(folder, { pid: process.pid, adminUrl: `http://${host}:${port}`, dataUrl: 'http://127.0.0.1:1' });
      await listKeys();
      assert.ok(seen.pop()?.includes(`Bearer ${TOKEN}`), host);
    }
    seen.length = 0;
    for (const adminUrl of [
      `http://192.0.2.1:${port}`,
      `http://gateway.example:${port}`,
      `http://127.0.0.1:${port}@gateway.example/`,
      `http://127.0.0.1.gateway.example:${port}`,
      `http://[2001:db8::1]:${port}`,
      `http://x:y@127.0.0.1:${port}`,
      `https://127.0.0.1:${port}`,
      'nowhere',
    ]) {
      writePresence(folder, { pid: process.pid, adminUrl, dataUrl: 'http://127.0.0.1:1' });
      const { code, err } = await listKeys();
      assert.equal(code, 3, adminUrl);
      assert.match(err, /not this machine alone\n.*--admin/, adminUrl);
    }
    assert.deepEqual(seen, []);
  });
});
