import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sallyport, TestGateway } from '../harness/gateway.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await TestGateway.start({
    config: `mode: enforce
upstreams: { api: { url: "http://127.0.0.1:9" } }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: none }
`,
  });
});
after(() => gateway.stop());

async function run(args: readonly string[], options: { code?: number; stdin?: string } = {}): Promise<string> {
  const { code = 0, stdin = '' } = options;
  const ended = await sallyport([...args, '--config', gateway.configFile], { stdin });
  assert.equal(ended.code, code, `sallyport ${args.join(' ')}: ${ended.stderr}`);
  return code === 0 ? ended.stdout.trim() : ended.stderr;
}

test('accounts are made, shown, disabled and removed by command while the gateway runs', async () => {
  await run(['accounts', 'add', 'Alice', '--email', 'alice@example.test'], { stdin: 'plum tractor violin\n' });
  assert.match(await run(['accounts', 'add', 'bob'], { stdin: 'password1234\n', code: 2 }), /tried first/);
  assert.match(await run(['accounts', 'add', 'bob'], { stdin: '', code: 2 }), /no password/);
  assert.match(await run(['accounts', 'add', 'ALICE', '--invite'], { code: 1 }), /taken/);
  const link = await run(['accounts', 'add', 'bob', '--invite']);
  assert.match(link, /^\/sign-in\/invite\/[0-9A-Za-z]{43}$/);
  await run(['accounts', 'disable', 'bob']);
  const rows = (await run(['accounts', 'list'])).split('\n').map((row) => row.split('\t'));
  assert.deepEqual(
    rows.map((row) => [row[0], row[3], row[5]]),
    [
      ['alice', 'yes', 'enabled'],
      ['bob', 'no', 'disabled'],
    ],
  );
  assert.match(await run(['accounts', 'grant', 'bob', '--role', 'operator']), /operator/);
  assert.match(await run(['accounts', 'grant', 'bob', '--role', 'root'], { code: 2 }), /one of none, viewer/);
  assert.match(await run(['accounts', 'grant', 'bob', '--role', 'none']), /none/);
  await run(['accounts', 'link', 'alice', '--issuer', 'https://id.example.test', '--subject', '42']);
  assert.match(
    await run(['accounts', 'link', 'bob', '--issuer', 'https://id.example.test', '--subject', '42'], { code: 1 }),
    /taken/,
  );
  assert.match(await run(['accounts', 'reset-password', 'alice', '--invite']), /^\/sign-in\/invite\//);
  assert.equal(await run(['accounts', 'passkeys', 'alice']), '');
  await run(['accounts', 'remove', 'bob']);
  assert.match(await run(['accounts', 'show', 'bob'], { code: 1 }), /No such account/);
});

test('neither password nor hash leaves the gateway, and the link is stored as a digest', async () => {
  const password = 'lantern oboe glacier';
  const made = await gateway.admin('POST', '/api/v1/accounts', { name: 'carol', password, invite: true });
  assert.equal(made.status, 201);
  const shown = JSON.stringify([made.body, (await gateway.admin('GET', '/api/v1/accounts/carol')).body]);
  assert.ok(!shown.includes(password) && !shown.includes('$argon2id') && !shown.includes('passwordHash'));
  const { invite } = made.body as { invite: { path: string } };
  const token = invite.path.split('/').at(-1) ?? '';
  const folder = join(gateway.folder, 'data');
  for (const name of readdirSync(folder)) {
    const kept = readFileSync(join(folder, name)).toString('latin1');
    assert.ok(!kept.includes(token) && !kept.includes(password), name);
  }
});
