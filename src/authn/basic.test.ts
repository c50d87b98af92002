import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Call } from '../core/call.ts';
import type { BasicUser } from '../core/configuration.ts';
import { NO_CLAIMS } from '../core/principal.ts';
import type { Verdict } from '../core/verdict.ts';
import { hashPassword } from '../crypto/password-hash.ts';
import { type BasicAuthenticator, createBasicAuthenticator } from './basic.ts';
import type { RegisteredConsumer } from './consumer-of.ts';

const NOW = Date.UTC(2026, 0, 1);
const PASSWORD = 'correct: hörse';

describe('basic', () => {
  let users: Readonly<Record<string, BasicUser>>;
  before(async () => {
    const passwordHash = await hashPassword(PASSWORD, new Uint8Array(16).fill(7));
    users = {
      alice: { passwordHash, consumer: 'acme', scopes: ['read'] },
      bob: { passwordHash, consumer: 'bobs', scopes: [] },
    };
  });

  const build = (find: (name: string) => RegisteredConsumer | undefined = () => undefined): BasicAuthenticator =>
    createBasicAuthenticator({ name: 'people', config: { type: 'basic', realm: 'a "b"', users }, consumers: { find } });
  const judge = async (value: string | undefined, by: BasicAuthenticator = build(), nowMs = NOW): Promise<Verdict> =>
    by.authenticate(callOf(value === undefined ? [] : ['authorization', value]), nowMs);

  test('the right password identifies its user', async () => {
    const verdict = await judge(basic(`alice:${PASSWORD}`));
    assert.deepEqual(verdict.kind === 'pass' && verdict.principal, {
      version: 1,
      consumer: 'acme',
      subject: 'alice',
      scopes: ['read'],
      groups: [],
      tier: '',
      authenticator: 'people',
      method: 'basic',
      credentialId: 'alice',
      issuer: '',
      clientId: '',
      binding: 'none',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
    });
    for (const scheme of ['basic', 'BASIC', 'bAsIc'])
      assert.equal((await judge(`${scheme} ${base64(`alice:${PASSWORD}`)}`)).kind, 'pass');
    assert.equal(build().challenge, 'Basic realm="a \\"b\\"", charset="UTF-8"');
  });

  const right = base64(`alice:${PASSWORD}`);
  const attacks: readonly (readonly [name: string, value: string, expected: string])[] = [
    ['a wrong password', basic('alice:wrong'), 'authn.basic_wrong basic.wrong_password'],
    ['an empty password', basic('alice:'), 'authn.basic_wrong basic.wrong_password'],
    ['the password cut at its colon', basic('alice:correct'), 'authn.basic_wrong basic.wrong_password'],
    [
      'the password in another case',
      basic(`alice:${PASSWORD.toUpperCase()}`),
      'authn.basic_wrong basic.wrong_password',
    ],
    [
      'the password in another form of Unicode',
      basic(`alice:${PASSWORD.normalize('NFD')}`),
      'authn.basic_wrong basic.wrong_password',
    ],
    ['an unknown user', basic(`mallory:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['no user', basic(`:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['a user of the prototype', basic(`__proto__:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['a constructor for a user', basic(`constructor:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['the user in another case', basic(`Alice:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['a byte order mark before the user', basic(`\ufeffalice:${PASSWORD}`), 'authn.basic_unknown basic.unknown_user'],
    ['no colon', basic('alice'), 'authn.basic_malformed basic.no_colon'],
    ['the scheme alone', 'Basic', 'authn.basic_malformed basic.length'],
    ['the scheme and a space', 'Basic ', 'authn.basic_malformed basic.length'],
    ['two spaces', `Basic  ${right}`, 'authn.basic_malformed basic.base64'],
    ['space after it', `Basic ${right} `, 'authn.basic_malformed basic.base64'],
    ['missing padding', `Basic ${base64('alice:x').replaceAll('=', '')}`, 'authn.basic_malformed basic.base64'],
    ['too much padding', `Basic ${right}=`, 'authn.basic_malformed basic.base64'],
    ['stray bits', 'Basic YWxpY2U6eB==', 'authn.basic_malformed basic.base64'],
    [
      'base64url',
      `Basic ${Buffer.from('alice:???>>>').toString('base64').replaceAll('/', '_').replaceAll('+', '-')}`,
      'authn.basic_malformed basic.base64',
    ],
    ['two credentials in one field', `Basic ${right}, Basic ${right}`, 'authn.basic_malformed basic.base64'],
    [
      'Latin-1',
      `Basic ${Buffer.from('alice:h\xf6rse', 'latin1').toString('base64')}`,
      'authn.basic_malformed basic.utf8',
    ],
    [
      'overlong UTF-8',
      `Basic ${Buffer.from([0x61, 0xc0, 0xba, 0x62]).toString('base64')}`,
      'authn.basic_malformed basic.utf8',
    ],
    ['a line feed', basic(`alice:${PASSWORD}\n`), 'authn.basic_malformed basic.control_character'],
    ['a zero', basic(`alice\0:${PASSWORD}`), 'authn.basic_malformed basic.control_character'],
    ['a C1 control character', basic(`alice:\u0085${PASSWORD}`), 'authn.basic_malformed basic.control_character'],
    ['513 bytes', basic(`alice:${'x'.repeat(507)}`), 'authn.basic_malformed basic.length'],
    ['a megabyte', basic(`alice:${'x'.repeat(1_000_000)}`), 'authn.basic_malformed basic.length'],
  ];
  for (const [name, value, expected] of attacks)
    test(`${name} is refused`, async () => {
      assert.equal(shown(await judge(value)), expected);
    });

  test('512 bytes are looked at', async () => {
    assert.equal(shown(await judge(basic(`alice:${'x'.repeat(506)}`))), 'authn.basic_wrong basic.wrong_password');
  });

  test('the field twice is refused, whichever is right', async () => {
    const value = basic(`alice:${PASSWORD}`);
    const verdict = await build().authenticate(callOf(['authorization', value, 'authorization', value]), NOW);
    assert.equal(shown(verdict), 'authn.ambiguous basic.several');
  });

  test('another scheme is left to others', async () => {
    const authenticator = build();
    for (const value of [undefined, 'Bearer abc', 'BasicX abc', 'Digest a=b', `Negotiate Basic ${right}`]) {
      assert.equal((await judge(value, authenticator)).kind, 'notApplicable');
      assert.equal(authenticator.presents(callOf(value === undefined ? [] : ['authorization', value])), false);
    }
    assert.equal(authenticator.presents(callOf(['authorization', 'bASIC !'])), true);
  });

  test('a right password is remembered for a minute, a wrong one never', async () => {
    const authenticator = build();
    const ask = (password: string, nowMs: number) =>
      authenticator.authenticate(callOf(['authorization', basic(`alice:${password}`)]), nowMs);
    assert.ok(ask('wrong', NOW) instanceof Promise);
    const first = ask(PASSWORD, NOW);
    assert.ok(first instanceof Promise);
    assert.equal((await first).kind, 'pass');
    assert.equal(shown(ask(PASSWORD, NOW + 59_999) as Verdict), 'pass alice');
    const wrong = ask('wrong', NOW + 1);
    assert.equal(shown(await wrong), 'authn.basic_wrong basic.wrong_password');
    assert.ok(ask('wrong', NOW + 1) instanceof Promise);
    for (const nowMs of [NOW + 60_000, NOW - 1]) {
      const again = ask(PASSWORD, nowMs);
      assert.ok(again instanceof Promise);
      await again;
    }
  });

  test('what is remembered of one user is of no use to another', async () => {
    const authenticator = build();
    await judge(basic(`alice:${PASSWORD}`), authenticator);
    const other = authenticator.authenticate(callOf(['authorization', basic(`bob:${PASSWORD}`)]), NOW);
    assert.ok(other instanceof Promise);
    assert.equal(shown(await other), 'pass bob');
    assert.equal(
      shown(await judge(basic(`alice:x:${PASSWORD}`), authenticator)),
      'authn.basic_wrong basic.wrong_password',
    );
  });

  test('guesses at one user are throttled before anything is hashed, and the user from elsewhere is not', async () => {
    const authenticator = build();
    const guesses: Promise<Verdict>[] = [];
    for (let i = 0; i < 11; i++) guesses.push(judge(basic(`alice:${i}`), authenticator));
    for (const guess of await Promise.all(guesses))
      assert.equal(shown(guess), 'authn.basic_wrong basic.wrong_password');
    const value = ['authorization', basic(`alice:${PASSWORD}`)];
    const throttled = authenticator.authenticate(callOf(value), NOW);
    assert.ok(!(throttled instanceof Promise), 'nothing was hashed');
    assert.equal(shown(throttled), 'authn.throttled basic.throttled');
    assert.ok(throttled.kind === 'deny' && throttled.retryAfterSeconds === 5);
    assert.equal(shown(await judge(basic(`bob:${PASSWORD}`), authenticator)), 'pass bob');
    assert.equal(shown(await authenticator.authenticate(callOf(value, '198.51.100.1'), NOW)), 'pass alice');
    assert.equal(
      shown(await authenticator.authenticate(callOf(value), NOW)),
      'pass alice',
      'proved elsewhere meanwhile',
    );
  });

  test('guesses over many users are throttled by address', async () => {
    const authenticator = build();
    for (let i = 0; i < 21; i++)
      assert.equal(shown(await judge(basic(`user${i}:x`), authenticator)), 'authn.basic_unknown basic.unknown_user');
    assert.equal(shown(await judge(basic(`alice:${PASSWORD}`), authenticator)), 'authn.throttled basic.throttled');
    assert.equal(shown(await judge(basic(`alice:${PASSWORD}`), authenticator, NOW + 1_000)), 'pass alice');
  });

  test('unknown users are throttled like those there are', async () => {
    const authenticator = build();
    for (let i = 0; i < 11; i++) await judge(basic(`nobody:${i}`), authenticator);
    assert.equal(shown(await judge(basic('nobody:x'), authenticator)), 'authn.throttled basic.throttled');
  });

  test('of more than 36 passwords at once the rest is not decided, and one pair is hashed once however often it comes', async () => {
    const authenticator = build();
    const verdicts: (Verdict | Promise<Verdict>)[] = [];
    for (let i = 0; i < 40; i++)
      verdicts.push(authenticator.authenticate(callOf(['authorization', basic(`user${i}:x`)], `192.0.2.${i}`), NOW));
    assert.equal(verdicts.filter((one) => one instanceof Promise).length, 36);
    for (const late of verdicts.slice(36)) assert.equal(shown(late as Verdict), 'indeterminate authn.unavailable');
    await Promise.all(verdicts);
    const same: (Verdict | Promise<Verdict>)[] = [];
    for (let i = 0; i < 100; i++)
      same.push(authenticator.authenticate(callOf(['authorization', basic(`alice:${PASSWORD}`)], '192.0.3.1'), NOW));
    for (const verdict of await Promise.all(same)) assert.equal(shown(verdict), 'pass alice');
  });

  test('a registered consumer brings its groups, and a disabled one is refused at once', async () => {
    let registered: RegisteredConsumer = { groups: ['g'], tier: 'gold', disabled: false };
    const authenticator = build((name) => (name === 'acme' ? registered : undefined));
    const verdict = await judge(basic(`alice:${PASSWORD}`), authenticator);
    assert.ok(verdict.kind === 'pass');
    assert.deepEqual([verdict.principal?.groups, verdict.principal?.tier], [['g'], 'gold']);
    registered = { ...registered, disabled: true };
    assert.equal(
      shown(await judge(basic(`alice:${PASSWORD}`), authenticator)),
      'authn.basic_wrong basic.consumer_disabled',
    );
  });
});

function basic(text: string): string {
  return `Basic ${base64(text)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function callOf(headers: readonly string[], address = '192.0.2.1'): Call {
  return {
    requestId: 'r',
    method: 'GET',
    scheme: 'https',
    host: 'api.example',
    path: '/',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1',
    headers,
    address: { text: address, group: address },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  };
}

function shown(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'deny':
      return `${verdict.reason} ${verdict.signals?.map(({ name }) => name).join(' ')}`;
    case 'indeterminate':
      return `${verdict.kind} ${verdict.fault.reason}`;
    case 'pass':
      return `pass ${verdict.principal?.subject}`;
    case 'notApplicable':
      return verdict.kind;
  }
}
