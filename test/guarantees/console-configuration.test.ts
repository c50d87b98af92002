import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { handleAdmin } from '../../src/admin/api.ts';
import type { AdminServices } from '../../src/admin/services.ts';
import { maskedText } from '../../src/config/masked-text.ts';
import { TestGateway } from '../harness/gateway.ts';

let gateway: TestGateway;
before(async () => {
  gateway = await TestGateway.start({
    config: `mode: observe # as it began
upstreams: { api: { url: "http://127.0.0.1:9" } }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: none }
`,
  });
});
after(() => gateway.stop());

interface Shown {
  readonly text: string;
  readonly fingerprint: string;
  readonly masked: boolean;
  readonly former: string | null;
  readonly formerIsTakenBack: boolean;
  readonly refused: readonly { readonly line: number; readonly severity: string }[];
  readonly configuration: { readonly mode: string };
}

async function shown(): Promise<Shown> {
  return (await gateway.admin('GET', '/api/v1/config')).body as unknown as Shown;
}

const put = (text: string, ifFingerprint: string) => gateway.admin('PUT', '/api/v1/config', { text, ifFingerprint });
const onDisk = () => readFileSync(gateway.configFile, 'utf8');

test('the file is replaced as it was written, is in force when that is answered, and the former is kept', async () => {
  const before = await shown();
  assert.deepEqual([before.text, before.masked, before.configuration.mode], [onDisk(), false, 'observe']);
  const { mode } = statSync(gateway.configFile);
  const text = before.text.replace('mode: observe', 'mode: enforce');
  const answer = await put(text, before.fingerprint);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const now = await shown();
  assert.deepEqual([now.text, now.configuration.mode, now.fingerprint], [text, 'enforce', answer.body['fingerprint']]);
  assert.equal(readFileSync(`${gateway.configFile}.previous`, 'utf8'), before.text);
  assert.equal(statSync(gateway.configFile).mode, mode);
  assert.deepEqual(
    readdirSync(gateway.folder).filter((name) => name.endsWith('.new')),
    [],
  );
});

test('a change of what somebody else changed meanwhile is refused, and of two at once one wins', async () => {
  const { text, fingerprint } = await shown();
  writeFileSync(gateway.configFile, `${text}# by hand\n`);
  const late = await put(`${text}# by the console\n`, fingerprint);
  assert.deepEqual([late.status, late.body['code']], [409, 'configuration_changed']);
  assert.ok(onDisk().endsWith('# by hand\n'));
  const known = String(late.body['fingerprint']);
  const both = await Promise.all([put(`${text}# one\n`, known), put(`${text}# two\n`, known)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
});

test('a text that does not load changes nothing, and says what is wrong at which line', async () => {
  const { text, fingerprint } = await shown();
  const broken = await put(text.replace('upstream: api', 'upstream: nobody'), fingerprint);
  assert.equal(broken.status, 422);
  const [problem] = broken.body['problems'] as { line: number; column: number; code: string }[];
  assert.ok(problem !== undefined && problem.line > 1 && problem.column > 1);
  assert.equal(onDisk(), text);
  assert.equal((await shown()).fingerprint, fingerprint);
});

test('a file on disk that does not load is told with its line, and what is in force stays', async () => {
  const { text, configuration } = await shown();
  const line = text.split('\n').findIndex((one) => one.includes('upstream: api')) + 1;
  writeFileSync(gateway.configFile, text.replace('upstream: api', 'upstream: nobody'));
  try {
    assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 422);
    const now = await shown();
    assert.deepEqual([now.text, now.configuration], [onDisk(), configuration]);
    assert.deepEqual(
      now.refused.filter(({ severity }) => severity === 'error').map((problem) => problem.line),
      [line],
    );
    const items = (await gateway.admin('GET', '/api/v1/health')).body['items'] as { name: string; detail: string }[];
    const detail = items.find(({ name }) => name === 'configuration')?.detail ?? '';
    assert.match(
      detail,
      new RegExp(`^the file sallyport.yaml does not load, line ${line}: .*the version before it is in`),
    );
  } finally {
    writeFileSync(gateway.configFile, text);
  }
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  assert.deepEqual((await shown()).refused, []);
});

test('what was replaced is told as the way back until the file changes again', async () => {
  const { text, fingerprint } = await shown();
  const answer = await put(`${text}# more\n`, fingerprint);
  assert.equal((await shown()).former, text);
  writeFileSync(gateway.configFile, `${text}# by hand\n`);
  assert.equal((await shown()).former, null, 'of a text that nobody put there');
  writeFileSync(gateway.configFile, `${text}# more\n`);
  assert.equal((await put(text, String(answer.body['fingerprint']))).status, 200);
  const now = await shown();
  assert.deepEqual([now.former, now.formerIsTakenBack], [`${text}# more\n`, true], 'a change that was taken back');
  await put(`${text}# more\n`, now.fingerprint);
  assert.deepEqual([(await shown()).former, (await shown()).formerIsTakenBack], [text, false], 'and put back');
  await put(text, String(answer.body['fingerprint']));
});

test('what was replaced because it did not load is no way back', async () => {
  const { text } = await shown();
  writeFileSync(gateway.configFile, text.replace('upstream: api', 'upstream: nobody'));
  await gateway.admin('POST', '/api/v1/config/reload');
  const { fingerprint } = await shown();
  assert.equal((await put(text, fingerprint)).status, 200);
  const now = await shown();
  assert.deepEqual([now.former, now.refused], [null, []]);
});

test('a link stays a link, and a folder that may not be written says so', async () => {
  const { text, fingerprint } = await shown();
  const real = join(gateway.folder, 'real.yaml');
  writeFileSync(real, text);
  rmSync(gateway.configFile);
  symlinkSync(real, gateway.configFile);
  const answer = await put(`${text}# through the link\n`, fingerprint);
  assert.equal(answer.status, 200);
  assert.ok(readFileSync(real, 'utf8').endsWith('# through the link\n') && existsSync(gateway.configFile));
  // Root writes everywhere; for it there is nothing to refuse.
  if (process.getuid?.() === 0) return;
  chmodSync(gateway.folder, 0o500);
  try {
    const refused = await put(text, String(answer.body['fingerprint']));
    assert.deepEqual([refused.status, refused.body['code']], [409, 'configuration_unwritable']);
  } finally {
    chmodSync(gateway.folder, 0o700);
  }
});

test('a secret that stands in the file is shown to an administrator alone', async () => {
  const text = 'alerts: { url: "https://a.example.test", secret: hunter2 }\n';
  const services = {
    configuration: () => ({ current: {}, version: 1, file: '/x', refused: [] }),
    formerConfiguration: () => ({ text: 'alerts: { secret: hunter2 }', isTakenBack: false }),
    shownConfiguration: () => ({}),
    configurationFile: () => ({ text, fingerprint: 'f', masked: () => maskedText(text) }),
  } as unknown as AdminServices;
  const ask = async (role: 'viewer' | 'operator' | 'administrator') => {
    const caller = { name: role, role, session: undefined };
    const request = { method: 'GET', target: '/api/v1/config', contentType: '', body: '', caller };
    return (await handleAdmin(services, request)).text;
  };
  for (const role of ['viewer', 'operator'] as const) {
    const told = await ask(role);
    assert.ok(!told.includes('hunter2') && told.includes('"masked":true'), role);
  }
  assert.ok((await ask('administrator')).includes('hunter2'));
});
