import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Call } from '../../core/call.ts';
import { ApiKeyDigester, type Peppers } from '../../crypto/api-key-digest.ts';
import { issueApiKey } from '../../crypto/api-key-format.ts';
import { CredentialIndexWriter, CredentialReader } from '../../crypto/credential-index.ts';
import { sampleRecord } from '../../crypto/credential-samples.test.ts';
import { SAMPLES } from '../../crypto/secrets/secret-fixture.test.ts';
import { LeakRecognition } from '../../tokens/leak-recognition.ts';
import { LeakWatch } from './leak-watch.ts';

const random = { bytes: (count: number): Uint8Array => randomBytes(count) };
const peppers: Peppers = { current: 1, byVersion: { 1: randomBytes(32) } };
const { key, keyId } = issueApiKey(random, 'sp', 'live');
const writer = new CredentialIndexWriter(random, 4);
const digest = Uint8Array.from(new ApiKeyDigester(peppers).digest(1, key) ?? []);
writer.upsert(sampleRecord(1, { keyId, digest }), undefined);
const recognition = new LeakRecognition({ brand: 'sp', peppers, credentials: new CredentialReader(writer.handle()) });
const quiet = { path: '/', query: '', headers: [] as readonly string[] } as Call;

function signalsOf(pieces: readonly string[], headers: readonly string[] = []): readonly string[] {
  const watch = new LeakWatch(recognition);
  watch.head(headers);
  for (const piece of pieces) watch.body(Buffer.from(piece));
  return watch.signals(quiet, false);
}

test('a key behind a page of tokens that may be there is found', () => {
  const tokens = Array.from({ length: 1_000 }, () => SAMPLES['jwt']?.()).join(' ');
  assert.deepEqual(signalsOf([tokens, ` "${key}"`]), [`leak.key_in_response:${keyId}`]);
});

test('an answer that says it is as it is is looked into, however that is written', () => {
  for (const coding of ['identity', 'Identity'])
    assert.equal(signalsOf([key], ['Content-Encoding', coding]).length, 1, coding);
  assert.equal(signalsOf([key], ['content-encoding', 'gzip']).length, 0);
});

test('tokens are told of in addresses and not in answers, browser keys the other way round', () => {
  const kindsIn = (text: string, headers: readonly string[]) =>
    signalsOf([text], headers).map((signal) => signal.split(':')[1]);
  const both = [SAMPLES['jwt']?.(), SAMPLES['google-api-key']?.()];
  assert.deepEqual(kindsIn(both.join(' '), []), ['google-api-key']);
  assert.deepEqual(kindsIn('', ['location', `/?a=${both.join('&b=')}`]), ['jwt']);
});

test('what is found in a path is told of, and the path is recorded without it', () => {
  const watch = new LeakWatch(recognition);
  const made = issueApiKey(random, 'sp', 'live').key;
  const secret = SAMPLES['gitlab-token']?.() ?? '';
  const path = `/bot/${key}/${made}/${secret}/send`;
  const kinds = watch.signals({ ...quiet, path }, false).map((signal) => signal.split(':', 2).join(':'));
  assert.deepEqual(kinds, [`leak.key_in_path:${keyId}`, 'leak.secret_in_path:gitlab-token']);
  assert.equal(watch.shown(path), '/bot/…/…/…/send');
});
