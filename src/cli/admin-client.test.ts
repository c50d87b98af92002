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

  const challengeOf = (request: http.IncomingMessage): string => String(request.headers['sallyport-challenge']);

  test('is not sent the admin token, whatever it answers', async () => {
    const answers: readonly (() => typeof answer)[] = [
      () => (_, response) => response.end('{"status":"ok"}'),
      () => (request, response) => response.setHeader(PROOF_FIELD, challengeOf(request)).end('{}'),
      // Another gateway with the same token, on another port, was asked.
      () => (request, response) =>
        response.setHeader(PROOF_FIELD, presenceProof(TOKEN, port + 1, challengeOf(request)) ?? '').end('{}'),
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
        response.setHeader(PROOF_FIELD, presenceProof(TOKEN, port, challengeOf(request)) ?? '').end('{}');
      else response.end('{"keys":[]}');
    };
    await listKeys();
    assert.ok(seen.at(-1)?.includes(`Bearer ${TOKEN}`));
  });
});
