import { createHash, randomBytes } from 'node:crypto';
import type { ApiKeyRecord, Consumer } from '../core/credential.ts';
import { base62 } from './base62.ts';

export const random = { bytes: (count: number): Uint8Array => randomBytes(count) };

/** The id of the n-th sample key. */
export function sampleKeyId(n: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffff_ffff_ffff_ffffn);
  return base62(bytes, 12);
}

/** A digest that follows from the id, so that a reader can tell a record of another key. */
export function sampleDigest(keyId: string): Buffer {
  return createHash('sha256').update(keyId).digest();
}

/** The n-th sample key, with what the test is about. */
export function sampleRecord(n: number, change: Partial<ApiKeyRecord> = {}): ApiKeyRecord {
  const keyId = change.keyId ?? sampleKeyId(n);
  return {
    keyId,
    consumer: `consumer-${n}`,
    digest: sampleDigest(keyId),
    pepperVersion: 1,
    foreign: false,
    name: '',
    scopes: [],
    allowedCidrs: [],
    status: 'active',
    createdAtMs: 0,
    notBeforeMs: 0,
    expiresAtMs: 0,
    successorId: '',
    revokedAtMs: 0,
    revokedReason: '',
    routes: [],
    limits: [],
    idleSeconds: 0,
    enabledAtMs: 0,
    disabledReason: '',
    familyId: '',
    ...change,
  };
}

export function sampleConsumer(name: string, change: Partial<Consumer> = {}): Consumer {
  return { name, groups: [], tier: '', disabled: false, ...change };
}
