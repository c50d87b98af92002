import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const CONFIG = (upstream: string) => `mode: enforce
upstreams: { shop: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: orders
    match: { path: "/orders/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [orders:read] }
unmatched: deny
`;
const ASKER = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: CONFIG(upstream.url), workers: 2 });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const idOf = (key: string): string => key.split('_')[2] ?? '';
const statusOf = async (key: string, query = ''): Promise<number> =>
  (await call(`${gateway.url}/orders/1${query}`, { headers: { 'x-api-key': key } })).status;

async function typed(words: string, code = 0): Promise<string> {
  const ran = await gateway.cli(words.split(' '));
  assert.equal(ran.code, code, `${words}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

const create = (more: string): Promise<string> => typed(`keys create --scope orders:read ${more}`);

test('many keys are ended only when it is said twice, and those of others stay', async () => {
  const keys = [await create('--consumer many'), await create('--consumer many')];
  const other = await create('--consumer other');
  assert.match(await typed('keys revoke --consumer many', 1), /^2 keys would be revoked: /);
  assert.match(await typed('keys revoke --consumer many --dry-run --yes'), /^2 keys would be revoked/);
  for (const key of [...keys, other]) assert.equal(await statusOf(key), 200);
  assert.match(await typed('keys revoke --consumer many --yes --reason gone'), /^2 keys revoked: /);
  assert.deepEqual(await Promise.all([...keys, other].map((key) => statusOf(key))), [401, 401, 200]);
  assert.match(await typed('keys revoke --consumer many --yes'), /^0 keys revoked$/);
  const { body } = await gateway.admin('GET', `/api/v1/keys/${idOf(keys[0] ?? '')}`);
  assert.equal(body['revokedReason'], 'gone');
});

test('keys that leaked are ended together', async () => {
  const [leaked, sound] = [await create('--consumer leaky'), await create('--consumer leaky')];
  assert.equal(await statusOf(sound, `?token=${leaked}`), 200);
  assert.match(await typed('keys revoke --leaked --yes'), new RegExp(`^1 key revoked: ${idOf(leaked)}$`));
  assert.deepEqual([await statusOf(leaked), await statusOf(sound)], [401, 200]);
});

test('keys are chosen by when they were made and used, and nothing is chosen by nothing', async () => {
  const [used, unused] = [await create('--consumer times'), await create('--consumer times')];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const since = Date.now();
  assert.equal(await statusOf(used), 200);
  const chosen = async (selection: object): Promise<unknown> =>
    (await gateway.admin('POST', '/api/v1/keys/revoke', { consumer: 'times', dryRun: true, ...selection })).body[
      'keyIds'
    ];
  assert.deepEqual(await chosen({ unusedSinceMs: since }), [idOf(unused)]);
  assert.deepEqual(await chosen({ createdAfterMs: since }), []);
  assert.equal((await gateway.admin('POST', '/api/v1/keys/revoke', {})).status, 422);
  assert.equal((await gateway.admin('POST', '/api/v1/keys/revoke', { dryRun: true })).status, 422);
  await typed('keys revoke --created-before tomorrow', 2);
  await typed(`keys revoke ${idOf(used)} --consumer times`, 2);
});

test('a rotation is asked for again with its idempotency key, and by nobody else', async () => {
  const key = await create('--consumer again');
  const first = await typed(`keys rotate ${idOf(key)} --grace 1h --idempotency-key ${ASKER}`);
  assert.equal(await typed(`keys rotate ${idOf(key)} --grace 1h --idempotency-key ${ASKER}`), first);
  assert.equal(await statusOf(first), 200);
  const other = await gateway.cli(['keys', 'rotate', idOf(key), '--grace', '1h']);
  assert.equal(other.code, 1);
  assert.ok(other.stderr.includes(idOf(first)) && !`${other.stdout}${other.stderr}`.includes(first));
  const repeated = await call(`${gateway.adminUrl}/api/v1/keys/${idOf(key)}/rotate`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.adminToken}`,
      'content-type': 'application/json',
      'idempotency-key': ASKER,
    },
    body: JSON.stringify({ graceSeconds: 3_600 }),
  });
  const body = JSON.parse(repeated.text) as { key: string; repeated: boolean };
  assert.deepEqual([repeated.status, body.key, body.repeated], [200, first, true]);
  const { body: refused } = await gateway.admin('POST', `/api/v1/keys/${idOf(key)}/rotate`, {});
  assert.deepEqual([refused['code'], refused['successorId']], ['key_already_rotated', idOf(first)]);
});

test('health names what weakens a key and scores its consumer; a score rises when it is mended', async () => {
  const loose = await create('--consumer rated --scope orders:write');
  assert.equal(await statusOf(loose), 200);
  const scoreOf = async (): Promise<number> => {
    const { body } = await gateway.admin('GET', '/api/v1/keys/health?consumer=rated');
    return (body['consumers'] as { score: number }[])[0]?.score ?? -1;
  };
  const text = await typed('keys health --consumer rated');
  for (const words of ['never_expires', 'unconfined', 'rated', 'is judged when it was watched for 7 days'])
    assert.ok(text.includes(words), words);
  assert.ok(!text.includes('unused_scopes ('), 'of a key that was made now nothing is known');
  // 15 for having no end, 10 for being confined to nothing.
  assert.equal(await scoreOf(), 75);
  await typed(`keys update ${idOf(loose)} --route orders:GET`);
  assert.equal(await scoreOf(), 85);
  const document = JSON.parse(await typed('keys health --consumer rated --json')) as { items: { keyId: string }[] };
  assert.deepEqual(
    document.items.map(({ keyId }) => keyId),
    [idOf(loose)],
  );
});

test('a key is taken out of use and put back, and a sweep says what it did', async () => {
  const key = await create('--consumer paused --idle 30d');
  assert.match(await typed(`keys disable ${idOf(key)} --reason holiday`), /is disabled$/);
  assert.equal(await statusOf(key), 401);
  assert.match(await typed(`keys enable ${idOf(key)}`), /is active$/);
  assert.equal(await statusOf(key), 200);
  const ending = await create('--consumer paused --expires 2d');
  assert.match(await typed('keys sweep'), /^\d+ keys looked at: 0 disabled for being idle, 1 told of$/);
  assert.match(await typed('keys sweep'), /0 told of$/);
  const { body } = await gateway.admin('GET', '/api/v1/findings?status=open');
  const found = (body['items'] as { detector: string; subject: string }[]).filter(
    ({ detector }) => detector === 'key.ends_soon',
  );
  assert.deepEqual(
    found.map(({ subject }) => subject),
    [idOf(ending)],
  );
});

test('what is wrong with an option is said before anything is asked', async () => {
  for (const words of [
    'keys update 7Hq2mB0xT4aL',
    'keys update 7Hq2mB0xT4aL --expires soon',
    'keys update 7Hq2mB0xT4aL --route orders --any-route',
    'keys create --consumer acme --burst many',
    'keys create --consumer acme --idle often',
    'keys create --consumer acme --rate fast',
  ])
    await typed(words, 2);
});
