import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createPasskeyChallenges } from './passkey-challenges.ts';

const LIFE_MS = 300_000;
const SIGN_IN = { binding: 'here', accountId: undefined };

function challenges() {
  const clock = { now: 1_790_000_000_000, nowMs: () => clock.now, monotonicMicros: () => 0 };
  const made = createPasskeyChallenges({ clock, random: { bytes: (count) => randomBytes(count) }, lifeMs: LIFE_MS });
  const issue = (purpose = SIGN_IN) => Buffer.from(made.issue(purpose)).toString('base64url');
  return { clock, made, issue };
}

test('a challenge is good once, for what it was issued for, and no longer than it lives', () => {
  const { clock, made, issue } = challenges();
  const first = issue();
  for (const other of [
    { ...SIGN_IN, binding: 'there' },
    { ...SIGN_IN, accountId: 'ada' },
  ])
    assert.equal(made.take(first, 'me', other), false);
  assert.equal(made.take(first, 'me', SIGN_IN), true);
  assert.equal(made.take(first, 'somebody else', SIGN_IN), false);
  const [late, early, last] = [issue(), issue(), issue()];
  clock.now += LIFE_MS - 1;
  assert.equal(made.take(last, 'me', SIGN_IN), true);
  clock.now += 1;
  assert.equal(made.take(late, 'me', SIGN_IN), false);
  clock.now -= LIFE_MS + 1;
  assert.equal(made.take(early, 'me', SIGN_IN), false, 'the clock was set back before it was issued');
});

test('one that was answered is not good again when the clock is set back', () => {
  const { clock, made, issue } = challenges();
  const challenge = issue();
  clock.now += 100_000;
  assert.equal(made.take(challenge, 'me', SIGN_IN), true);
  clock.now -= 50_000;
  assert.equal(made.take(challenge, 'me', SIGN_IN), false);
});

test('what was not issued here is none: changed, spelt otherwise, of another process, of no length', () => {
  const { made, issue } = challenges();
  const challenge = issue();
  const other = challenges().issue();
  const bytes = Buffer.from(challenge, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(made.take(changed.toString('base64url'), 'me', SIGN_IN), false, `byte ${at}`);
  }
  for (const text of [other, `${challenge}=`, challenge.slice(1), '', randomBytes(56).toString('base64url')])
    assert.equal(made.take(text, 'me', SIGN_IN), false, text);
  const respelt = `${challenge.slice(0, -1)}${String.fromCharCode(challenge.charCodeAt(challenge.length - 1) + 1)}`;
  assert.ok(Buffer.from(respelt, 'base64url').equals(bytes), 'the same bytes');
  assert.equal(made.take(respelt, 'me', SIGN_IN), false);
  assert.equal(made.take(challenge, 'me', SIGN_IN), true, 'and none of it used the right one up');
});

test('however many are asked for or answered by others, one that was answered stays so', () => {
  const { made, issue } = challenges();
  const [waiting, answered] = [issue(), issue()];
  assert.equal(made.take(answered, 'me', SIGN_IN), true);
  for (let owner = 0; owner < 300; owner++)
    for (let i = 0; i < 64; i++) assert.ok(made.take(issue(), `stranger ${owner}`, SIGN_IN));
  assert.equal(made.take(answered, 'me', SIGN_IN), false);
  assert.equal(made.take(waiting, 'me', SIGN_IN), true);
});

test('one that let an account in is not good again, however many are answered from the same address', () => {
  const { made, issue } = challenges();
  const challenge = issue();
  assert.equal(made.take(challenge, 'proxy', SIGN_IN), true);
  assert.equal(made.accept(challenge, 'ada'), true);
  for (let i = 0; i < 100; i++) assert.ok(made.take(issue(), 'proxy', SIGN_IN));
  assert.equal(made.take(challenge, 'proxy', SIGN_IN), false);
  assert.equal(made.accept(challenge, 'ada'), false);
});
