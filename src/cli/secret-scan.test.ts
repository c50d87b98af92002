import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { SAMPLES } from '../crypto/secrets/secret-fixture.test.ts';
import { type FoundSecret, scanStream } from './secret-scan.ts';

async function found(pieces: Iterable<Buffer>): Promise<FoundSecret[]> {
  const all: FoundSecret[] = [];
  await scanStream(Readable.from(pieces), (one) => all.push(one));
  return all;
}

test('each secret is told once, with its line, however the text is cut', async () => {
  const lines = Object.entries(SAMPLES).map(([kind, make]) => ({ kind, text: make().replaceAll('\n', '\\n') }));
  const text = Buffer.from(lines.map(({ text: line }) => `value = "${line}"`).join('\n'));
  for (const size of [1, 7, 100, 251, 4_096, 1_000_000]) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) pieces.push(text.subarray(at, at + size));
    assert.deepEqual(
      (await found(pieces)).map(({ line, kind }) => `${line} ${kind}`).toSorted(),
      lines.map(({ kind }, at) => `${at + 1} ${kind}`).toSorted(),
      `pieces of ${size}`,
    );
  }
});

test('a line of megabytes takes the memory of a piece', async () => {
  const piece = Buffer.alloc(65_536, 'a');
  const secret = Buffer.from(` ${SAMPLES['gitlab-token']?.()} `);
  let most = 0;
  const result = await found(
    (function* () {
      for (let i = 0; i < 400; i++) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield Buffer.from(piece);
      }
      yield secret;
    })(),
  );
  assert.equal(result.length, 1);
  assert.ok(most < 100_000_000, `${most} bytes`);
});

test('what nobody asked for hides nothing, however much of it there is', async () => {
  const told: string[] = [];
  const text = `${`${SAMPLES['jwt']?.()}\n`.repeat(10_001)}${SAMPLES['gitlab-token']?.()}\n`;
  await scanStream(
    Readable.from([Buffer.from(text)]),
    ({ line, kind }) => told.push(`${line} ${kind}`),
    (severity) => severity !== 'low',
  );
  assert.deepEqual(told, ['10002 gitlab-token']);
});
