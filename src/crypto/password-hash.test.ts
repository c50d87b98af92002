import assert from 'node:assert/strict';
import { argon2Sync, scryptSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { hashPassword, parsePasswordHash, passwordHashText, passwordWork, verifyPassword } from './password-hash.ts';

const SALT = 'c29tZXNhbHRzb21lc2FsdA';
const DIGEST = 'RdescudvJCsgt3ub+b+dWRWJTmaasq5Wv2hjJ8tSmXk';
const ARGON2 = `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${DIGEST}`;
const SCRYPT = `$scrypt$ln=17,r=8,p=1$${SALT}$${DIGEST}`;

describe('reading password hashes', () => {
  for (const [name, text] of [
    ['argon2id', ARGON2],
    ['argon2id at the first minimum', ARGON2.replace('m=65536,t=3', 'm=19456,t=2')],
    ['argon2id at the second minimum', ARGON2.replace('m=65536,t=3', 'm=12288,t=3')],
    ['argon2id at the maximum', ARGON2.replace('m=65536,t=3,p=4', 'm=262144,t=10,p=16')],
    ['scrypt', SCRYPT],
    ['scrypt at the minimum', SCRYPT.replace('ln=17', 'ln=15')],
    ['scrypt at the maximum', SCRYPT.replace('ln=17', 'ln=18')],
  ] as const)
    test(`${name} is read, and written as it was`, () => {
      const hash = parsePasswordHash(text);
      assert.equal(passwordHashText(hash ?? assert.fail()), text);
    });

  for (const [name, text] of [
    ['nothing', ''],
    ['a password', 'correct horse'],
    ['bcrypt', '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'],
    ['argon2i', ARGON2.replace('argon2id', 'argon2i')],
    ['argon2d', ARGON2.replace('argon2id', 'argon2d')],
    ['another version of argon2', ARGON2.replace('v=19', 'v=16')],
    ['no version', ARGON2.replace('v=19$', '')],
    ['too little memory', ARGON2.replace('m=65536', 'm=12287')],
    ['one pass', ARGON2.replace('t=3', 't=1')],
    ['two passes with less than 19 MiB', ARGON2.replace('m=65536,t=3', 'm=19455,t=2')],
    ['too much memory', ARGON2.replace('m=65536', 'm=262145')],
    ['too many passes', ARGON2.replace('t=3', 't=11')],
    ['too many lanes', ARGON2.replace('p=4', 'p=17')],
    ['no lane', ARGON2.replace('p=4', 'p=0')],
    ['another order of parameters', ARGON2.replace('m=65536,t=3', 't=3,m=65536')],
    ['a parameter twice', ARGON2.replace('t=3', 't=3,t=3')],
    ['a key id', ARGON2.replace('p=4', 'p=4,keyid=a')],
    ['a leading zero', ARGON2.replace('t=3', 't=03')],
    ['a sign', ARGON2.replace('t=3', 't=+3')],
    ['an exponent', ARGON2.replace('m=65536', 'm=6e4')],
    ['a negative number', ARGON2.replace('p=4', 'p=-4')],
    ['padding', `${ARGON2}=`],
    ['base64url', ARGON2.replace('+', '-')],
    ['stray bits in the salt', ARGON2.replace('FsdA', 'FsdB')],
    ['white space', `${ARGON2} `],
    ['no digest', ARGON2.slice(0, ARGON2.lastIndexOf('$'))],
    ['an empty digest', ARGON2.slice(0, ARGON2.lastIndexOf('$') + 1)],
    ['a short digest', ARGON2.slice(0, ARGON2.lastIndexOf('$') + 9)],
    ['a short salt', ARGON2.replace(SALT, 'c29t')],
    ['one part too many', `${ARGON2}$`],
    ['weak scrypt', SCRYPT.replace('ln=17', 'ln=14')],
    ['scrypt of small blocks', SCRYPT.replace('r=8', 'r=7')],
    ['scrypt of 512 MiB', SCRYPT.replace('ln=17', 'ln=19')],
    ['scrypt of 512 MiB by its blocks', SCRYPT.replace('ln=17,r=8', 'ln=18,r=16')],
    ['scrypt without parallelism', SCRYPT.replace('p=1', 'p=0')],
    ['a long text', `${ARGON2}${'A'.repeat(1_000)}`],
  ] as const)
    test(`${name} is refused`, () => {
      assert.equal(parsePasswordHash(text), undefined);
    });
});

describe('checking passwords', () => {
  test('a hash that argon2 made verifies its password and no other', async () => {
    const salt = Buffer.from('somesaltsomesalt');
    const cost = { kind: 'argon2id', memoryKiB: 12_288, passes: 3, lanes: 2 } as const;
    const digest = argon2Sync('argon2id', {
      message: 'pässword',
      nonce: salt,
      memory: 12_288,
      passes: 3,
      parallelism: 2,
      tagLength: 24,
    });
    const hash = parsePasswordHash(passwordHashText({ cost, salt, digest })) ?? assert.fail();
    assert.equal(await verifyPassword(hash, 'pässword'), true);
    for (const wrong of ['password', 'pässword ', '', 'pässword\0'])
      assert.equal(await verifyPassword(hash, wrong), false);
  });

  test('a hash that scrypt made verifies its password and no other', async () => {
    const salt = Buffer.from('somesaltsomesalt');
    const cost = { kind: 'scrypt', logN: 15, blockSize: 8, parallelism: 3 } as const;
    const digest = scryptSync('secret', salt, 32, { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 27 });
    const hash = parsePasswordHash(passwordHashText({ cost, salt, digest })) ?? assert.fail();
    assert.equal(await verifyPassword(hash, 'secret'), true);
    assert.equal(await verifyPassword(hash, 'Secret'), false);
  });

  test('the most expensive hash that is read can be computed', async () => {
    const digest = new Uint8Array(32);
    const hash = parsePasswordHash(SCRYPT.replace('ln=17', 'ln=18')) ?? assert.fail();
    assert.equal(await verifyPassword({ ...hash, digest }, 'x'), false);
  });

  test('a new hash is read back, verifies, and is another one with another salt', async () => {
    const one = await hashPassword('secret', new Uint8Array(16).fill(1));
    const other = await hashPassword('secret', new Uint8Array(16).fill(2));
    assert.notEqual(one, other);
    assert.equal(await verifyPassword(parsePasswordHash(one) ?? assert.fail(), 'secret'), true);
    await assert.rejects(hashPassword('secret', new Uint8Array(15)), RangeError);
  });

  test('costs can be put in order', () => {
    const work = (text: string) => passwordWork((parsePasswordHash(text) ?? assert.fail()).cost);
    assert.ok(work(ARGON2) > work(ARGON2.replace('m=65536', 'm=19456')));
    assert.ok(work(SCRYPT) > work(SCRYPT.replace('ln=17', 'ln=15')));
    assert.ok(work(SCRYPT) > work(ARGON2.replace('m=65536,t=3', 'm=19456,t=2')));
  });
});
