import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  openPeppers,
  readOrCreateAdminToken,
  readOrCreateAssertionKey,
  readOrCreateSecret,
  SecretMissing,
} from './secret-files.ts';

const [, , role, dataFolder] = process.argv;

if (role === 'make-secrets' && dataFolder !== undefined) {
  const { token } = readOrCreateAdminToken(dataFolder);
  writeSync(1, `${token} ${hex(openPeppers(dataFolder, false).byVersion[1])}\n`);
  process.exit();
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function withFolder(run: (folder: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const parent = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
    try {
      await run(join(parent, 'data'));
    } finally {
      rmSync(parent, { recursive: true });
    }
  };
}

test(
  'secrets are made once, are read again as they are, and are their owner’s alone',
  withFolder((folder) => {
    const peppers = openPeppers(folder, false);
    assert.equal(peppers.current, 1);
    assert.equal(peppers.byVersion[1]?.length, 32);
    assert.deepEqual(openPeppers(folder, true), peppers);

    const { token, created } = readOrCreateAdminToken(folder);
    assert.equal(created, true);
    assert.match(token, /^spadm_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(readOrCreateAdminToken(folder), { token, created: false });

    const secret = readOrCreateSecret(folder, 'limit-key', 8);
    assert.equal(secret.length, 8);
    assert.deepEqual(readOrCreateSecret(folder, 'limit-key', 8), secret);

    const key = readOrCreateAssertionKey(folder);
    assert.deepEqual(readOrCreateAssertionKey(folder), key);

    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const names = readdirSync(folder).sort();
    assert.deepEqual(
      names,
      ['admin-token', 'assertion-key.json', 'limit-key', 'peppers.json'],
      'nothing is left aside',
    );
    for (const name of names) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  }),
);

test(
  'two data folders share no secret',
  withFolder((folder) => {
    const [one, other] = [`${folder}/a`, `${folder}/b`];
    assert.notDeepEqual(openPeppers(one, false), openPeppers(other, false));
    assert.notEqual(readOrCreateAdminToken(one).token, readOrCreateAdminToken(other).token);
    assert.notDeepEqual(readOrCreateSecret(one, 's', 16), readOrCreateSecret(other, 's', 16));
  }),
);

test(
  'missing peppers are not made anew while keys exist, and the message says what to do',
  withFolder((folder) => {
    assert.throws(
      () => openPeppers(folder, true),
      (error) => error instanceof SecretMissing && /backup/.test(error.message),
    );
    assert.throws(() => readdirSync(folder), /ENOENT/, 'nothing was written');
  }),
);

test(
  'damaged peppers are refused and left as they are, whether keys exist or not',
  withFolder((folder) => {
    openPeppers(folder, false);
    const file = join(folder, 'peppers.json');
    const pepper = Buffer.alloc(32, 7).toString('base64');
    for (const damage of [
      '',
      '{',
      'null',
      '[]',
      '{"current":1}',
      '{"current":1,"peppers":null}',
      '{"current":1,"peppers":{}}',
      `{"current":2,"peppers":{"1":"${pepper}"}}`,
      `{"current":"1","peppers":{"1":"${pepper}"}}`,
      `{"current":1,"peppers":{"1":"${pepper.slice(4)}"}}`,
      `{"current":1,"peppers":{"1":"${pepper}","x":"${pepper}"}}`,
      `{"current":1,"peppers":{"1":"${pepper}","2":5}}`,
    ]) {
      writeFileSync(file, damage);
      for (const keysExist of [false, true]) assert.throws(() => openPeppers(folder, keysExist), SecretMissing, damage);
      assert.equal(readFileSync(file, 'utf8'), damage);
    }
    writeFileSync(file, `{"current":2,"peppers":{"1":"${pepper}","2":"${pepper}"}}`);
    assert.equal(openPeppers(folder, true).current, 2);
  }),
);

test(
  'other damaged secrets are refused with the name of their file',
  withFolder((folder) => {
    readOrCreateSecret(folder, 'limit-key', 8);
    assert.throws(() => readOrCreateSecret(folder, 'limit-key', 16), SecretMissing);
    readOrCreateAdminToken(folder);
    writeFileSync(join(folder, 'admin-token'), 'short\n');
    assert.throws(
      () => readOrCreateAdminToken(folder),
      (error) => error instanceof SecretMissing && error.message.includes('admin-token'),
    );
    for (const damage of ['', '{', '{}', '{"keyId":1,"privateKeyPem":"x"}']) {
      writeFileSync(join(folder, 'assertion-key.json'), damage);
      assert.throws(() => readOrCreateAssertionKey(folder), SecretMissing, damage);
    }
  }),
);

test(
  'what a crash left aside does not stand in the way',
  withFolder((folder) => {
    openPeppers(folder, false);
    writeFileSync(join(folder, `admin-token.${process.pid}.new`), 'half a tok');
    assert.match(readOrCreateAdminToken(folder).token, /^spadm_/);
  }),
);

test(
  'processes that start at once use the same secrets',
  withFolder(async (folder) => {
    const seen = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const child = spawn(process.execPath, [import.meta.filename, 'make-secrets', folder], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exit = once(child, 'exit');
        let text = '';
        for await (const part of child.stdout.setEncoding('utf8')) text += part;
        assert.equal((await exit)[0], 0);
        return text;
      }),
    );
    assert.deepEqual(
      new Set(seen),
      new Set([`${readOrCreateAdminToken(folder).token} ${hex(openPeppers(folder, true).byVersion[1])}\n`]),
    );
  }),
);
