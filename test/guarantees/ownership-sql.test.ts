import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { ThreadOwnerDatabases } from '../../src/edge/owner-databases/owner-databases.ts';
import { Authoriser, caller } from '../harness/authoriser.ts';
import { type Postgres, postgres } from '../harness/postgres.ts';

const OpenDatabase: new (file: string) => { exec(text: string): void; close(): void } = createRequire(import.meta.url)(
  'better-sqlite3',
);

const ALICE = caller('alice');
const BOB = caller('bob');

/** Names of objects that are no object of Alice's, whatever a database may take them for. */
const HOSTILE = [
  '07',
  '%207',
  '7%20',
  '+7',
  '7.0',
  '0x7',
  '1_000',
  "7'%20OR%20'1'='1",
  '7%22%20OR%201=1--',
  "'%20UNION%20SELECT%20'alice','7",
  '7%00',
  '7%0A',
  '%EF%BC%97',
  '99999999999999999999999',
  'NaN',
  '%25',
  '_',
  '$1',
  'x'.repeat(256),
];

const SCHEMA = `
  CREATE TABLE orders (id integer PRIMARY KEY, owner text);
  INSERT INTO orders VALUES (7, 'alice'), (8, 'bob'), (9, NULL), (10, ''), (1000, 'alice');
  CREATE TABLE shares (label text, owner text);
  INSERT INTO shares VALUES ('a', 'alice'), ('a', 'bob'), ('É', 'alice'), ('Case', 'alice');
  CREATE TABLE numbers (id integer, owner bigint);
  INSERT INTO numbers VALUES (1, 42), (2, 9007199254740993);
`;

describe('owners that stand in a table', () => {
  let server: Postgres;
  let folder: string;
  let databases: ThreadOwnerDatabases;
  let files: Record<string, string>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-owners-'));
    const file = new OpenDatabase(join(folder, 'shop.db'));
    file.exec(SCHEMA);
    file.close();
    server = await postgres();
    await server.run(SCHEMA);
    databases = new ThreadOwnerDatabases();
    files = { postgres: server.url, sqlite: `file:${join(folder, 'shop.db')}` };
  });
  after(async () => {
    await databases.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function rulesOf(store: string, source: string, more = ''): Authoriser {
    return new Authoriser({
      outside: `owners: { orders: { type: sql, store: "\${file:${store}}", ${source}, allowPrivateAddresses: true, timeoutSeconds: 5${more} } }`,
      authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
      files,
      parts: { ownerDatabases: databases },
    });
  }

  const table = (name: string, key = 'id'): string => `table: ${name}, keyColumn: ${key}, ownerColumn: owner`;
  const sources = [
    ['by table', table('orders')],
    ['by query', 'query: "SELECT owner, id FROM orders WHERE id = $1"'],
  ] as const;

  for (const store of ['sqlite', 'postgres'])
    for (const [how, source] of sources)
      test(`${store}, ${how}: the owner passes, and nothing that only looks like the object does`, async () => {
        const rules = rulesOf(store, source);
        assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
        assert.equal(await rules.says(BOB, '/orders/8'), 'pass');
        assert.equal(await rules.says(BOB, '/orders/7'), 'authz.owner');
        for (const object of ['8', '9', '10', '11', '-7'])
          for (const who of [ALICE, caller(''), undefined])
            assert.equal(await rules.says(who, `/orders/${object}`), 'authz.owner', object);
        for (const object of HOSTILE) assert.equal(await rules.says(ALICE, `/orders/${object}`), 'authz.owner', object);
        assert.equal(await rules.says(ALICE, '/orders/1000'), 'pass', 'and the table is as it was');
      });

  for (const store of ['sqlite', 'postgres']) {
    test(`${store}: several rows are several owners, in the very letters of the object`, async () => {
      const rules = rulesOf(store, table('shares', 'label'));
      assert.equal(await rules.says(ALICE, '/orders/a'), 'pass');
      assert.equal(await rules.says(BOB, '/orders/a'), 'pass');
      assert.equal(await rules.says(caller('eve'), '/orders/a'), 'authz.owner');
      assert.equal(await rules.says(ALICE, '/orders/%C3%89'), 'pass');
      for (const object of ['E%CC%81', '%C3%A9', 'case', 'CASE', 'Case%20', '%25', 'a%25'])
        assert.equal(await rules.says(ALICE, `/orders/${object}`), 'authz.owner', object);
    });

    test(`${store}: an owner that is a number is its digits, however large`, async () => {
      const rules = rulesOf(store, table('numbers'));
      assert.equal(await rules.says(caller('42'), '/orders/1'), 'pass');
      assert.equal(await rules.says(caller('9007199254740993'), '/orders/2'), 'pass');
      assert.equal(await rules.says(caller('9007199254740992'), '/orders/2'), 'authz.owner');
    });

    test(`${store}: a table or column that is not there is 503, never a text that is compared`, async () => {
      for (const source of [
        table('missing'),
        'table: orders, keyColumn: id, ownerColumn: alice',
        'table: orders, keyColumn: missing, ownerColumn: owner',
        'query: "SELECT missing FROM orders WHERE id = $1"',
      ])
        for (const object of ['7', 'missing'])
          assert.equal(await rulesOf(store, source).says(ALICE, `/orders/${object}`), 'authz.unavailable', source);
    });

    test(`${store}: a statement that answers everything is 503`, async () => {
      const rules = rulesOf(
        store,
        'query: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT CAST(i AS text) FROM n WHERE CAST($1 AS text) IS NOT NULL"',
      );
      assert.equal(await rules.says(caller('1'), '/orders/7'), 'authz.unavailable');
    });

    test(`${store}: a statement that takes too long is 503 when its time is over`, async () => {
      const endless =
        'query: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) SELECT CAST(max(i) AS text) FROM n WHERE CAST($1 AS text) IS NOT NULL"';
      const own = new ThreadOwnerDatabases();
      const rules = new Authoriser({
        outside: `owners: { orders: { type: sql, store: "\${file:${store}}", ${endless}, allowPrivateAddresses: true, timeoutSeconds: 0.1 } }`,
        authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
        files,
        parts: { ownerDatabases: own },
      });
      assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.unavailable');
      await own.close();
    });
  }

  test('postgres: an array is several owners, and no statement can write', async () => {
    await server.run(
      "CREATE TABLE teams (id text, owner text[]); INSERT INTO teams VALUES ('t', '{alice,bob}'), ('n', '{}')",
    );
    const rules = rulesOf('postgres', table('teams'));
    assert.equal(await rules.says(BOB, '/orders/t'), 'pass');
    assert.equal(await rules.says(caller('eve'), '/orders/t'), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/orders/n'), 'authz.owner');
    await server.run(
      "CREATE FUNCTION take(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN UPDATE orders SET owner = 'eve'; RETURN 'eve'; END $$",
    );
    assert.equal(
      await rulesOf('postgres', 'query: "SELECT take($1)"').says(caller('eve'), '/orders/7'),
      'authz.unavailable',
    );
    assert.equal(await rulesOf('postgres', table('orders')).says(ALICE, '/orders/7'), 'pass');
  });

  test('postgres: names that fit no type neither cost a connection nor let the database be left alone', async () => {
    const rules = rulesOf('postgres', table('orders'));
    for (let i = 0; i < 40; i++)
      assert.equal(await rules.says(ALICE, `/orders/x${i}`, { address: `192.0.2.${i}` }), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
  });

  test('postgres: names its encoding does not have are nobody’s, and do not let the database be left alone', async () => {
    await server.run("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    files['latin'] = server.url.replace(/postgres$/, 'latin');
    const latin = new pg.Client({ connectionString: files['latin'] });
    await latin.connect();
    await latin.query(
      "CREATE TABLE orders (id text PRIMARY KEY, owner text); INSERT INTO orders VALUES ('7', 'alice')",
    );
    await latin.end();
    const rules = rulesOf('latin', table('orders'));
    for (let i = 0; i < 40; i++)
      assert.equal(await rules.says(ALICE, `/orders/%E6%BC%A2${i}`, { address: `192.0.2.${i}` }), 'authz.owner');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
  });

  test('postgres: one that is not there, refuses, or is not public while that is asked, is 503', async () => {
    const url = new URL(server.url);
    const addresses: Record<string, string> = {
      nowhere: 'postgres://test@127.0.0.1:1/postgres',
      database: `postgres://test@${url.host}/missing`,
      'needs TLS': `postgres://test@${url.host}/postgres?sslmode=verify-full`,
    };
    for (const [name, address] of Object.entries(addresses)) {
      files['address'] = address;
      assert.equal(await rulesOf('address', table('orders')).says(ALICE, '/orders/7'), 'authz.unavailable', name);
    }
    files['address'] = `postgres://test@${url.host}/postgres?sslmode=verify-full`;
    const guarded = new Authoriser({
      outside: `owners: { orders: { type: sql, store: "\${file:address}", ${table('orders')} } }`,
      authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
      files,
      parts: { ownerDatabases: databases },
    });
    const verdict = await guarded.judge(ALICE, { target: '/orders/7' });
    assert.match(verdict.kind === 'indeterminate' ? verdict.fault.detail : '', /its address is not public/);
  });

  test('sqlite: a file that is replaced is read anew, and one that is not there is 503', async () => {
    const path = join(folder, 'moving.db');
    const fill = (file: string, owner: string): void => {
      const database = new OpenDatabase(file);
      database.exec(`CREATE TABLE orders (id integer, owner text); INSERT INTO orders VALUES (7, '${owner}')`);
      database.close();
    };
    files['moving'] = `file:${path}`;
    const rules = rulesOf('moving', table('orders'), ', cacheSeconds: 0');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.unavailable');
    fill(path, 'alice');
    assert.equal(await rules.says(ALICE, '/orders/7'), 'pass');
    fill(join(folder, 'next.db'), 'bob');
    renameSync(join(folder, 'next.db'), path);
    assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.owner');
    assert.equal(await rules.says(BOB, '/orders/7'), 'pass');
  });
});
