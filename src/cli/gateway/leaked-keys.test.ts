import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeakPolicy } from '../../core/configuration.ts';
import type { Observation } from '../../core/finding.ts';
import { LeakedKeys, type LeakedKeysOptions } from './leaked-keys.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const observation: Observation = {
  detector: 'leak.key_in_response',
  actor: 'route r',
  subject: 'abcdefghijkl',
  severity: 'high',
  certainty: 1,
  title: 'seen',
  timeMs: NOW_MS,
  requestId: 'r1',
};

function leaked(policy: LeakPolicy, keys: Partial<LeakedKeysOptions['keys']>) {
  const titles: string[] = [];
  const quiet = () => undefined;
  const service = new LeakedKeys({
    keys: keys as LeakedKeysOptions['keys'],
    policy: () => policy,
    observe: ({ title }) => titles.push(title),
    clock: { nowMs: () => NOW_MS, monotonicMicros: () => 0 },
    logger: { warn: quiet, error: quiet, info: quiet } as unknown as LeakedKeysOptions['logger'],
  });
  return { service, titles };
}

test('alert: the finding at once, and nothing else', () => {
  const { service, titles } = leaked('alert', {});
  service.seen('k', observation);
  assert.deepEqual(titles, ['seen']);
});

test('a thousand sightings are one change, and a thousand observations', async () => {
  let changes = 0;
  const { service, titles } = leaked(
    { revokeAfterSeconds: 3_600 },
    {
      endBy: async (_keyId, endsAtMs) => {
        changes++;
        return { ok: true, record: { status: 'active', expiresAtMs: endsAtMs } as never };
      },
    },
  );
  for (let i = 0; i < 1_000; i++) service.seen('k', observation);
  await service.settled();
  assert.equal(changes, 1);
  assert.equal(titles.length, 1_000);
  assert.equal(titles[0], 'seen; it ends at 2026-01-01T01:00:00.000Z');
});

test('what failed is told of, and tried again when the key is seen again', async () => {
  let tries = 0;
  const { service, titles } = leaked('revoke', {
    revoke: async () => {
      tries++;
      if (tries === 1) throw new Error('no disk');
      return { ok: true, record: { status: 'revoked' } as never };
    },
  });
  service.seen('k', observation);
  await service.settled();
  service.seen('k', observation);
  await service.settled();
  assert.deepEqual(titles, ['seen; it could not be ended: see the log', 'seen; it is revoked']);
});

test('what has been told of is not remembered, however often it was seen', async () => {
  const { service } = leaked('revoke', { revoke: async () => ({ ok: true, record: { status: 'revoked' } as never }) });
  for (let i = 0; i < 100; i++) service.seen('k', observation);
  assert.equal(await service.settled(), undefined);
});
