import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../edge/clock.ts';
import { fileSource } from './configuration-source.ts';
import { EmbeddedIssuer } from './embedded-issuer.ts';
import { openState } from './state.ts';

const TEXT = `version: 1
upstreams: { api: { url: "http://127.0.0.1:9" } }
authenticators:
  tokens: { type: jwt, issuer: "https://api.example.test/oauth", audience: "https://api.example.test", algorithms: [ES256] }
routes:
  - { id: read, match: { path: "/*" }, upstream: api, authenticate: { anyOf: [tokens] } }
issuer: { url: "https://api.example.test" }
`;

test('a configuration that could not be taken up changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const file = join(folder, 'sallyport.yaml');
  const loaded = (text: string) => {
    writeFileSync(file, text);
    const result = fileSource(file, { port: undefined, adminPort: undefined, mode: undefined }, {}).load();
    assert.ok(result.ok, JSON.stringify(result));
    return result.configuration;
  };
  const first = loaded(TEXT);
  const logger = pino({ level: 'silent' });
  const state = await openState(folder, first, logger);
  let broken = false;
  const data = await state.snapshot(1, first);
  const issuer = new EmbeddedIssuer({
    folder,
    state,
    clock: systemClock(),
    logger,
    data: () => data,
    keySet: () => undefined,
    refreshKeys: async () => undefined,
    publishKeySet: async () => {
      if (broken) throw new Error('a thread does not answer');
    },
    sealingKey: undefined,
    keyUsed: () => undefined,
  });
  try {
    await issuer.adopt(first);
    const before = issuer.server?.server.provider;
    broken = true;
    const second = loaded(TEXT.replace('issuer: {', 'issuer: { registration: open, path: /login,'));
    await assert.rejects(issuer.adopt(second), /does not answer/);
    assert.equal(issuer.server?.server.provider, before);
    assert.equal(issuer.server?.server.config.registration, 'off');
    assert.equal(issuer.server?.server.config.path, '/oauth');
    broken = false;
    await issuer.adopt(second);
    assert.equal(issuer.server?.server.config.path, '/login');
  } finally {
    await issuer.close();
    state.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
