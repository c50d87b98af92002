import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ApiKeyRecord, Consumer } from '../core/credential.ts';
import { CredentialIndexWriter, CredentialReader } from './credential-index.ts';
import { random, sampleConsumer, sampleDigest, sampleKeyId, sampleRecord } from './credential-samples.test.ts';

const NOW_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;

function indexOf(...records: readonly ApiKeyRecord[]): { writer: CredentialIndexWriter; reader: CredentialReader } {
  const writer = new CredentialIndexWriter(random);
  for (const record of records) writer.upsert(record, undefined);
  return { writer, reader: new CredentialReader(writer.handle()) };
}

describe('the credential index', () => {
  it('gives back what was put in', () => {
    const consumer = sampleConsumer('orders', { groups: ['eu', 'ßeta'], tier: 'gold', disabled: true });
    const record = sampleRecord(1, {
      consumer: 'orders',
      scopes: ['read:orders', 'write:orders'],
      allowedCidrs: ['10.0.0.0/8'],
      pepperVersion: 123_456,
    });
    const writer = new CredentialIndexWriter(random);
    writer.upsert(record, consumer);
    const reader = new CredentialReader(writer.handle());
    const index = reader.lookup(record.keyId);
    assert.equal(reader.status(index), 'active');
    assert.equal(reader.pepperVersion(index), 123_456);
    assert.equal(reader.consumer(index), 'orders');
    assert.deepEqual(reader.grants(reader.grantsId(index)), {
      scopes: ['read:orders', 'write:orders'],
      groups: ['eu', 'ßeta'],
      tier: 'gold',
      allowedCidrs: ['10.0.0.0/8'],
      consumerDisabled: true,
    });
    assert.equal(writer.size, 1);
  });

  it('never lets a thread know a key without what confines it, whoever reads when', () => {
    const limits = [{ kind: 'quota', per: ['key'], permits: 5, window: 'day', cost: 1 }] as const;
    const record = sampleRecord(1, { consumer: 'orders', scopes: ['a'], routes: ['orders'], limits });
    const free = sampleRecord(2, { consumer: 'orders', scopes: ['a'] });
    const { writer, reader } = indexOf(record, free);
    const grantsOf = (keyId: string) => reader.grants(reader.grantsId(reader.lookup(keyId)));
    const restriction = { countedAs: '', routes: ['orders'], limits };
    assert.deepEqual(grantsOf(record.keyId).restriction, restriction);
    assert.ok(!('restriction' in grantsOf(free.keyId)));
    // Every way its consumer changes it, and texts enough that the arena grows away under the reader.
    for (let i = 0; i < 3_000; i++) {
      const groups = [`group-${i}`, 'x'.repeat(60)];
      writer.updateConsumer(sampleConsumer('orders', { groups, disabled: i % 2 === 0 }));
      if (i % 500 === 0) assert.deepEqual(grantsOf(record.keyId).restriction, restriction);
    }
    assert.deepEqual(grantsOf(record.keyId).restriction, restriction);
    assert.ok(!('restriction' in grantsOf(free.keyId)));
    writer.upsert({ ...record, routes: [], limits: [], status: 'disabled' }, undefined);
    writer.upsert({ ...record, familyId: free.keyId }, undefined);
    assert.deepEqual(grantsOf(record.keyId).restriction, { ...restriction, countedAs: free.keyId });
  });

  it('knows no other id, of whatever length, and nobody is found in an empty one', () => {
    const { reader } = indexOf(sampleRecord(1));
    const id = sampleKeyId(1);
    for (const other of [
      '',
      id.slice(0, 11),
      `${id}0`,
      `${id}\0`,
      id.toLowerCase(),
      '\0'.repeat(12),
      '0'.repeat(12),
      sampleKeyId(2),
    ])
      assert.equal(reader.lookup(other), -1, JSON.stringify(other));
    const shifted = String.fromCharCode(...[...id].map((character) => character.charCodeAt(0) + 256));
    assert.equal(reader.lookup(shifted), -1);
    assert.equal(indexOf().reader.lookup('\0'.repeat(12)), -1);
  });

  it('compares digests whole', () => {
    const { reader } = indexOf(sampleRecord(1));
    const index = reader.lookup(sampleKeyId(1));
    const digest = sampleDigest(sampleKeyId(1));
    assert.equal(reader.digestEquals(index, digest), true);
    for (let bit = 0; bit < 256; bit++) {
      const other = Buffer.from(digest);
      other[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(reader.digestEquals(index, other), false);
    }
    assert.equal(reader.digestEquals(index, digest.subarray(0, 31)), false);
    assert.equal(reader.digestEquals(index, Buffer.concat([digest, Buffer.alloc(1)])), false);
  });

  it('has a record of nobody that no digest of zeros opens', () => {
    const { reader } = indexOf();
    assert.equal(reader.digestEquals(0, Buffer.alloc(32)), false);
    assert.equal(reader.status(0), 'revoked');
    assert.throws(() => reader.grants(reader.grantsId(0)), RangeError);
  });

  it('never makes a key valid longer than its record says', () => {
    const { reader } = indexOf(sampleRecord(1, { notBeforeMs: NOW_MS + 1, expiresAtMs: NOW_MS + 10_999 }));
    const index = reader.lookup(sampleKeyId(1));
    assert.equal(reader.validity(index, NOW_MS + 999), 'notYet');
    assert.equal(reader.validity(index, NOW_MS + 1_000), 'valid');
    assert.equal(reader.validity(index, NOW_MS + 9_999), 'valid');
    assert.equal(reader.validity(index, NOW_MS + 10_000), 'expired');
  });

  it('takes times beyond 2038 and beyond 2106, and an end in the first second of 1970', () => {
    const year2040 = 2_208_988_800_000;
    const year2200 = 7_258_118_400_000;
    const { reader } = indexOf(
      sampleRecord(1, { expiresAtMs: year2040 }),
      sampleRecord(2, { notBeforeMs: year2040 }),
      sampleRecord(3, { notBeforeMs: year2200 }),
      sampleRecord(4, { expiresAtMs: year2200 }),
      sampleRecord(5, { expiresAtMs: 1 }),
      sampleRecord(6, { expiresAtMs: -5 }),
    );
    const validity = (n: number, nowMs: number): string => reader.validity(reader.lookup(sampleKeyId(n)), nowMs);
    assert.equal(validity(1, year2040 - 1), 'valid');
    assert.equal(validity(1, year2040), 'expired');
    assert.equal(validity(2, year2040 - 1), 'notYet');
    assert.equal(validity(2, year2040), 'valid');
    assert.equal(validity(3, 4_294_967_294_000), 'notYet');
    assert.equal(validity(4, NOW_MS), 'valid');
    assert.equal(validity(5, NOW_MS), 'expired');
    assert.equal(validity(6, NOW_MS), 'expired');
    assert.equal(validity(1, Number.NaN), 'notYet');
  });

  it('keeps a revoked key revoked, whatever is written after', () => {
    const { writer, reader } = indexOf(sampleRecord(1));
    assert.equal(writer.revoke(sampleKeyId(1)), true);
    writer.upsert(sampleRecord(1, { scopes: ['late'] }), undefined);
    writer.upsert(sampleRecord(1, { status: 'disabled' }), undefined);
    assert.equal(reader.status(reader.lookup(sampleKeyId(1))), 'revoked');
    assert.equal(writer.revoke(sampleKeyId(2)), false);
  });

  it('disables and enables again', () => {
    const { writer, reader } = indexOf(sampleRecord(1, { status: 'disabled' }));
    const index = reader.lookup(sampleKeyId(1));
    assert.equal(reader.validity(index, NOW_MS), 'disabled');
    writer.upsert(sampleRecord(1), undefined);
    assert.equal(reader.validity(index, NOW_MS), 'valid');
    assert.equal(reader.pepperVersion(index), 1);
  });

  it('refuses records that are none, and another digest or consumer for a known id', () => {
    const { writer, reader } = indexOf(sampleRecord(1));
    const wrong: Partial<ApiKeyRecord>[] = [
      { keyId: 'short' },
      { keyId: 'Łukasz-12345' },
      { digest: new Uint8Array(31) },
      { pepperVersion: -1 },
      { pepperVersion: 2 ** 29 },
      { pepperVersion: 1.5 },
      { expiresAtMs: Number.NaN },
      { notBeforeMs: Number.POSITIVE_INFINITY },
    ];
    for (const change of wrong) assert.throws(() => writer.upsert(sampleRecord(2, change), undefined), TypeError);
    assert.equal(reader.lookup(sampleKeyId(2)), -1);
    for (const change of [{ digest: sampleDigest('other') }, { consumer: 'other' }, { pepperVersion: 2 }])
      assert.throws(() => writer.upsert(sampleRecord(1, change), undefined), TypeError);
    assert.equal(reader.validity(reader.lookup(sampleKeyId(1)), NOW_MS), 'valid');
  });

  it('revokes before it notices that a record is wrong', () => {
    const { writer, reader } = indexOf(sampleRecord(1));
    assert.throws(() => writer.upsert(sampleRecord(1, { status: 'revoked', scopes: ['x'.repeat(70_000)] }), undefined));
    assert.equal(reader.status(reader.lookup(sampleKeyId(1))), 'revoked');
  });

  it('gives equal grants one object, frozen through and through', () => {
    const { reader } = indexOf(sampleRecord(1, { scopes: ['a'] }), sampleRecord(2, { scopes: ['a'] }), sampleRecord(3));
    const grants = [1, 2, 3].map((n) => reader.grants(reader.grantsId(reader.lookup(sampleKeyId(n)))));
    assert.equal(grants[0], grants[1]);
    assert.notEqual(grants[0], grants[2]);
    assert.ok(Object.isFrozen(grants[0]) && Object.isFrozen(grants[0]?.scopes));
  });

  it('counts foreign keys from the first on', () => {
    const { writer, reader } = indexOf(sampleRecord(1));
    assert.equal(reader.hasForeignKeys, false);
    writer.upsert(sampleRecord(2, { foreign: true }), undefined);
    assert.equal(reader.hasForeignKeys, true);
  });

  it('changes what a reader of an older table sees, too', () => {
    const writer = new CredentialIndexWriter(random, 4);
    for (let n = 0; n < 10; n++) writer.upsert(sampleRecord(n, { consumer: 'shared' }), undefined);
    const late = new CredentialReader(writer.handle());
    for (let n = 10; n < 500; n++) writer.upsert(sampleRecord(n), undefined);
    assert.equal(writer.moving, true);
    assert.equal(late.lookup(sampleKeyId(400)), -1);
    const index = late.lookup(sampleKeyId(3));
    const scopes = Array.from({ length: 60 }, (_, i) => `${'s'.repeat(100)}${i}`);
    writer.upsert(sampleRecord(3, { consumer: 'shared', scopes }), undefined);
    // Far more text than the arena had room for when the late reader looked first.
    for (let i = 0; i < 200; i++) writer.upsert(sampleRecord(400, { scopes: [...scopes, `${i}`] }), undefined);
    writer.updateConsumer(sampleConsumer('shared', { disabled: true, tier: 'none' }));
    assert.deepEqual(late.grants(late.grantsId(index)), {
      scopes,
      groups: [],
      tier: 'none',
      allowedCidrs: [],
      consumerDisabled: true,
    });
    writer.revoke(sampleKeyId(4));
    assert.equal(late.status(late.lookup(sampleKeyId(4))), 'revoked');
    late.adopt(writer.handle());
    writer.retire(writer.handle().generation);
    assert.equal(writer.moving, false);
    assert.equal(late.lookup(sampleKeyId(3)), index);
    assert.ok(late.lookup(sampleKeyId(400)) > 0);
  });

  it('ignores an older generation', () => {
    const writer = new CredentialIndexWriter(random, 4);
    const old = writer.handle();
    for (let n = 0; n < 100; n++) writer.upsert(sampleRecord(n), undefined);
    const reader = new CredentialReader(writer.handle());
    reader.adopt(old);
    assert.ok(reader.lookup(sampleKeyId(99)) > 0);
  });

  it('stays moving when it grows again while threads move', () => {
    const writer = new CredentialIndexWriter(random, 4);
    const grow = (): number => {
      const { generation } = writer.handle();
      while (writer.handle().generation === generation) writer.upsert(sampleRecord(writer.size), undefined);
      return writer.handle().generation;
    };
    const first = grow();
    const second = grow();
    writer.retire(first);
    assert.equal(writer.moving, true);
    writer.retire(second);
    assert.equal(writer.moving, false);
  });
});

interface Expected {
  record: ApiKeyRecord;
  consumer: Consumer | undefined;
  revoked: boolean;
}

const keyNumber = fc.nat({ max: 30 });
const consumerOf = (n: number): string => `consumer-${n % 5}`;
const times = fc.constantFrom(0, 1, NOW_MS - DAY_MS, NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + DAY_MS);
const consumerState = fc.record({
  groups: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
  tier: fc.constantFrom('', 'gold'),
  disabled: fc.boolean(),
});
const action = fc.oneof(
  fc.record({
    kind: fc.constant('upsert' as const),
    n: keyNumber,
    status: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const, 'revoked' as const),
    scopes: fc.array(fc.string({ maxLength: 12 }), { maxLength: 3 }),
    notBeforeMs: times,
    expiresAtMs: times,
    consumer: fc.option(consumerState, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('revoke' as const), n: keyNumber }),
  fc.record({ kind: fc.constant('consumer' as const), n: fc.nat({ max: 4 }), state: consumerState }),
  fc.record({ kind: fc.constant('bulk' as const), count: fc.nat({ max: 60 }) }),
  fc.record({ kind: fc.constant('moved' as const) }),
);

function expectedValidity({ record, revoked }: Expected, nowMs: number): string {
  if (revoked) return 'revoked';
  if (record.status !== 'active') return record.status;
  if (nowMs < Math.ceil(record.notBeforeMs / 1000) * 1000) return 'notYet';
  if (record.expiresAtMs === 0) return 'valid';
  return nowMs < Math.max(1, Math.floor(record.expiresAtMs / 1000)) * 1000 ? 'valid' : 'expired';
}

describe('the credential index against a Map', () => {
  it('answers alike through every order of changes and growths, on threads that have moved and on those that have not', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const writer = new CredentialIndexWriter(random, 4);
        const model = new Map<string, Expected>();
        const prompt = new CredentialReader(writer.handle());
        let late = new CredentialReader(writer.handle());
        let knownToLate = new Set<string>();
        let bulk = 1_000;
        const upsert = (record: ApiKeyRecord, consumer: Consumer | undefined): void => {
          writer.upsert(record, consumer);
          const revoked = record.status === 'revoked' || model.get(record.keyId)?.revoked === true;
          model.set(record.keyId, { record, consumer, revoked });
        };
        for (const act of actions) {
          switch (act.kind) {
            case 'upsert': {
              const { n, status, scopes, notBeforeMs, expiresAtMs } = act;
              const name = consumerOf(n);
              upsert(
                sampleRecord(n, { consumer: name, status, scopes, notBeforeMs, expiresAtMs }),
                act.consumer && { name, ...act.consumer },
              );
              break;
            }
            case 'revoke': {
              const known = model.get(sampleKeyId(act.n));
              assert.equal(writer.revoke(sampleKeyId(act.n)), known !== undefined);
              if (known !== undefined) known.revoked = true;
              break;
            }
            case 'consumer': {
              const consumer = { name: consumerOf(act.n), ...act.state };
              writer.updateConsumer(consumer);
              for (const entry of model.values())
                if (entry.record.consumer === consumer.name) entry.consumer = consumer;
              break;
            }
            case 'bulk':
              for (let i = 0; i < act.count; i++) upsert(sampleRecord(bulk++, { scopes: [`bulk-${i}`] }), undefined);
              break;
            case 'moved':
              late = new CredentialReader(writer.handle());
              knownToLate = new Set(model.keys());
              writer.retire(writer.handle().generation);
              break;
          }
          prompt.adopt(writer.handle());
        }
        assert.equal(writer.size, model.size);
        for (const [keyId, expected] of model)
          for (const reader of [prompt, late]) {
            const index = reader.lookup(keyId);
            if (reader === late && index < 0 && !knownToLate.has(keyId)) continue;
            assert.ok(index > 0, keyId);
            assert.ok(reader.digestEquals(index, expected.record.digest));
            assert.equal(reader.consumer(index), expected.record.consumer);
            for (const nowMs of [0, 999, NOW_MS - 1_000, NOW_MS, NOW_MS + 1_000, NOW_MS + 2 * DAY_MS])
              assert.equal(reader.validity(index, nowMs), expectedValidity(expected, nowMs));
            const { groups = [], tier = '', disabled = false } = expected.consumer ?? {};
            const { scopes, allowedCidrs } = expected.record;
            assert.deepEqual(reader.grants(reader.grantsId(index)), {
              scopes,
              groups,
              tier,
              allowedCidrs,
              consumerDisabled: disabled,
            });
          }
        for (let n = 0; n <= 30; n++) if (!model.has(sampleKeyId(n))) assert.equal(prompt.lookup(sampleKeyId(n)), -1);
      }),
      { numRuns: 300 },
    );
  });
});
