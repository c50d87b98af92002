import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionIdIn } from './session-cookie.ts';
import { Sessions } from './sessions.ts';

const WHO = { kind: 'token', name: 'x', role: 'administrator' } as const;

test('no more than a thousand sessions are held: the idlest goes, and those that are over go first', () => {
  let nowMs = 1;
  const sessions = new Sessions({ nowMs: () => nowMs, monotonicMicros: () => 0 });
  const ids = Array.from({ length: 1_000 }, () => {
    nowMs++;
    return sessions.begin(WHO).id;
  });
  nowMs++;
  assert.ok(sessions.find(ids[0], 'use'));
  assert.ok(sessions.find(ids[1], 'look'));
  sessions.begin(WHO);
  assert.ok(sessions.find(ids[0], 'look'), 'it was used last');
  assert.equal(sessions.find(ids[1], 'look'), undefined, 'looking is no use');
  assert.ok(sessions.find(ids[2], 'look'));
});

test('an account that signs in again and again ends its own sessions, and nobody else’s', () => {
  let nowMs = 1;
  const sessions = new Sessions({ nowMs: () => nowMs, monotonicMicros: () => 0 });
  const { id: administrators } = sessions.begin(WHO);
  const { id: others } = sessions.begin({ kind: 'account', accountId: 'other' });
  const own = Array.from({ length: 1_100 }, () => {
    nowMs++;
    return sessions.begin({ kind: 'account', accountId: 'own' }).id;
  });
  for (const id of [administrators, others]) assert.ok(sessions.find(id, 'look'));
  assert.equal(own.filter((id) => sessions.find(id, 'look') !== undefined).length, 50);
  assert.ok(sessions.find(own.at(-1), 'look'));
});

test('ids and tokens against forgery are all different, and one does not tell the other', () => {
  const clock = { nowMs: () => 1, monotonicMicros: () => 0 };
  const made = [new Sessions(clock), new Sessions(clock)].flatMap((sessions) => [
    sessions.begin(WHO),
    sessions.begin(WHO),
  ]);
  const texts = made.flatMap(({ id, session }) => [id, session.csrfToken]);
  assert.equal(new Set(texts).size, 8);
});

test('an id is read from a cookie where there is exactly one, however the field looks', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ['', undefined],
    ['sallyport_session=abc', 'abc'],
    ['a=b; sallyport_session=abc ;c', 'abc'],
    ['xsallyport_session=abc', undefined],
    ['sallyport_session', undefined],
    ['sallyport_session=a; sallyport_session=a', undefined],
    [`a=${'x'.repeat(9_000)}; sallyport_session=abc`, undefined],
  ];
  for (const [field, id] of cases) assert.equal(sessionIdIn(field), id, field?.slice(0, 60));
});
