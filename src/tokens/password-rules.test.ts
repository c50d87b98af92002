import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPasswordSized, normalisedPassword, passwordFault } from './password-rules.ts';

const CONTEXT = { userName: 'alice.smith', email: 'asmith@example.test', services: ['sallyport', 'id.example.test'] };
const fault = (password: string) => passwordFault(password, CONTEXT);

test('any long enough text is a password, whatever it is made of', () => {
  for (const password of [
    'plum tractor violin',
    'lantern-oboe-glacier',
    'ütf-8 ist schön hier',
    'kx9qvm2zr7tw',
    '名前を言ってはいけないあの人',
  ])
    assert.equal(fault(password), undefined, password);
});

test('length counts characters, of the composed form', () => {
  assert.match(fault('kx9qvm2zr7t') ?? '', /fewer than 12/);
  assert.match(fault('o\u0308'.repeat(11)) ?? '', /fewer than 12/);
  assert.equal(fault(`kx9qvm2zr7tw${'\u{1F600}'.repeat(100)}`), undefined);
  assert.match(fault('kx9qvm2zr7tw'.repeat(22)) ?? '', /longer than 256/);
  assert.equal(isPasswordSized('x'.repeat(100_000)), false);
  assert.equal(normalisedPassword('zoe\u0308'), normalisedPassword('zo\u00eb'));
});

test('what is tried first is refused: common passwords, names, runs and repetition', () => {
  for (const password of [
    'Password12345!',
    'P@ssw0rd12345',
    'passwordpassword',
    '123456789012',
    'aaaaaaaaaaaa',
    'abcdefghijkl',
    'qwertyuiop12',
    'Administrator1!',
    '1Q2w3e4r5t6y',
    'abababababab',
    'Welcome2026!!!',
    'alice.smith-2026',
    'my SALLYPORT word',
    'asmith-asmith-x',
    'correct horse battery staple',
  ])
    assert.notEqual(fault(password), undefined, password);
});

test('a password that no keyboard can type is refused', () => {
  assert.match(fault('lantern\u0000oboe glacier') ?? '', /cannot be typed/);
  assert.match(fault('lantern\ud800oboe glacier') ?? '', /cannot be typed/);
});
