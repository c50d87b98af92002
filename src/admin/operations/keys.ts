import type { Configuration } from '../../core/configuration.ts';
import type { ApiKeyRecord } from '../../core/credential.ts';
import type { KeyRefusal, KeyUpdate, NewKey, RotateOptions } from '../../tokens/api-keys.ts';
import { exampleCallOf } from '../example-call.ts';
import { asValid, type JsonSchema, type ObjectSchema } from '../json-schema.ts';
import {
  type AdminAnswer,
  json,
  listOf,
  OPEN_OBJECT,
  type Operation,
  PAGE_QUERY,
  page,
  pageLimit,
  problem,
} from '../operation.ts';
import { isRefused, limitTexts, RESTRICTIONS, restrictionsOf, type SentRestrictions } from './key-restrictions.ts';

const STATUSES = ['active', 'disabled', 'revoked'] as const;

const TEXTS = { type: 'array', items: { type: 'string' }, maxItems: 64 } as const satisfies JsonSchema;

const NEW_KEY = {
  consumer: { type: 'string', maxLength: 64 },
  name: { type: 'string', maxLength: 100, description: 'for people' },
  scopes: TEXTS,
  allowedCidrs: { ...TEXTS, description: 'address blocks the key may be used from; none means anywhere' },
  expiresAtMs: { type: 'integer', minimum: 0, description: 'Unix milliseconds; 0: never' },
  notBeforeMs: { type: 'integer', minimum: 0, description: 'Unix milliseconds' },
  ...RESTRICTIONS,
} as const satisfies ObjectSchema['properties'];

const KEY_WANTED = {
  type: 'object',
  required: ['consumer'],
  properties: NEW_KEY,
} as const satisfies ObjectSchema;

const { consumer: _consumer, notBeforeMs: _notBeforeMs, ...CHANGEABLE } = NEW_KEY;
const KEY_CHANGE = { type: 'object', properties: CHANGEABLE } as const satisfies ObjectSchema;

const RECORD: JsonSchema = { ...OPEN_OBJECT, description: 'a key without its secret' };

export const keyOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/keys',
    operationId: 'listKeys',
    summary: 'API keys in the order of their ids',
    role: 'viewer',
    query: { ...PAGE_QUERY, consumer: { type: 'string' }, status: { type: 'string', enum: STATUSES } },
    answer: { status: 200, description: 'a page of keys', schema: listOf(RECORD) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const status = STATUSES.find((known) => known === query['status']);
      const found = await services.keys.list({
        limit: limit + 1,
        ...(query['consumer'] === undefined ? {} : { consumer: query['consumer'] }),
        ...(status === undefined ? {} : { status }),
        ...(query['cursor'] === undefined ? {} : { afterKeyId: query['cursor'] }),
      });
      const { items, next } = page(found, limit, ({ keyId }) => keyId);
      return json(200, { items: items.map(shown), ...(next === undefined ? {} : { next }) });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys',
    operationId: 'createKey',
    summary: 'makes a key; the key itself is in this answer and nowhere else',
    role: 'operator',
    body: KEY_WANTED,
    answer: { status: 201, description: 'the key, once, its record, and a call to try it with', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const wanted = newKeyOf(asValid(KEY_WANTED, body));
      if (isRefused(wanted)) return wanted;
      const result = await services.keys.create(wanted);
      return result.ok ? json(201, shownOnce(result, services.configuration().current)) : refusal(result);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/import',
    operationId: 'importKeys',
    summary: 'takes over keys of another format by their SHA-256; all or none',
    role: 'operator',
    body: {
      type: 'object',
      required: ['keys'],
      properties: {
        keys: {
          type: 'array',
          maxItems: 100_000,
          items: {
            type: 'object',
            required: ['consumer', 'sha256'],
            properties: {
              ...NEW_KEY,
              sha256: { type: 'string', description: 'of the whole key, hexadecimal', maxLength: 64 },
            },
          },
        },
      },
    },
    answer: { status: 200, description: 'how many', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const wanted: (NewKey & { readonly sha256: string })[] = [];
      for (const sent of body['keys'] as readonly (SentKey & { readonly sha256: string })[]) {
        const one = newKeyOf(sent);
        if (isRefused(one)) return one;
        wanted.push({ ...one, sha256: sent.sha256 });
      }
      const result = await services.keys.import(wanted);
      return result.ok ? json(200, { imported: result.imported }) : refusal(result);
    },
  },
  {
    method: 'GET',
    path: '/api/v1/keys/{keyId}',
    operationId: 'getKey',
    summary: 'one key',
    role: 'viewer',
    answer: { status: 200, description: 'the key without its secret', schema: RECORD },
    async handle({ services, path }) {
      const record = await services.keys.show(path['keyId'] ?? '');
      return record === undefined ? problem(404, 'key_unknown', 'No such key') : json(200, shown(record));
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/keys/{keyId}',
    operationId: 'updateKey',
    summary:
      'changes the name of a key, its scopes, addresses and end, and what it is confined to, on every thread at once; fields that are left out stay. What was issued for it ends where its rights change; one that has ended, or was rotated, is not prolonged',
    role: 'operator',
    body: KEY_CHANGE,
    answer: { status: 200, description: 'the key as it is now', schema: RECORD },
    async handle({ services, path, body }) {
      const { name, scopes, allowedCidrs, expiresAtMs, ...sent } = asValid(KEY_CHANGE, body);
      const wrong = restrictionsOf(sent);
      if (isRefused(wrong)) return wrong;
      const granted: KeyUpdate = {
        ...(name === undefined ? {} : { name }),
        ...(scopes === undefined ? {} : { scopes }),
        ...(allowedCidrs === undefined ? {} : { allowedCidrs }),
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      };
      const changeOf = ({ limits }: ApiKeyRecord): KeyUpdate => {
        const restrictions = restrictionsOf(sent, limits);
        return isRefused(restrictions) ? granted : { ...granted, ...restrictions };
      };
      const result = await services.keys.update(path['keyId'] ?? '', changeOf);
      return result.ok ? json(200, shown(result.record)) : refusal(result);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/rotate',
    operationId: 'rotateKey',
    summary:
      'makes a successor; the old key ends after the grace. A key is rotated once: again it answers 409 with the successor, and with the Idempotency-Key of before, for ten minutes, what it answered before',
    role: 'operator',
    body: {
      type: 'object',
      properties: {
        graceSeconds: { type: 'integer', minimum: 0, maximum: 2_592_000 },
        idempotencyKey: {
          type: 'string',
          maxLength: 255,
          description: '20 to 255 visible characters, made at random; may be sent as the field Idempotency-Key instead',
        },
      },
    },
    answer: {
      status: 200,
      description: 'the new key, once, both records, and a call to try it with',
      schema: OPEN_OBJECT,
    },
    async handle({ services, path, body, idempotencyKey }) {
      const graceSeconds = typeof body['graceSeconds'] === 'number' ? body['graceSeconds'] : 0;
      const sent = typeof body['idempotencyKey'] === 'string' ? body['idempotencyKey'] : idempotencyKey;
      const options: RotateOptions = sent === undefined ? { graceSeconds } : { graceSeconds, idempotencyKey: sent };
      const result = await services.keys.rotate(path['keyId'] ?? '', options);
      if (!result.ok) return refusal(result);
      const { predecessor, repeated } = result;
      return json(200, {
        ...shownOnce(result, services.configuration().current),
        predecessor: shown(predecessor),
        repeated,
      });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/disable',
    operationId: 'disableKey',
    summary: 'takes a key out of use until it is enabled again',
    role: 'operator',
    body: { type: 'object', properties: { reason: { type: 'string', maxLength: 200 } } },
    answer: { status: 200, description: 'the key as it is now', schema: RECORD },
    async handle({ services, path, body }) {
      const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
      const result = await services.keys.disable(path['keyId'] ?? '', reason);
      return result.ok ? json(200, shown(result.record)) : refusal(result);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/enable',
    operationId: 'enableKey',
    summary: 'puts a disabled key into use again; counts as a use of it',
    role: 'operator',
    answer: { status: 200, description: 'the key as it is now', schema: RECORD },
    async handle({ services, path }) {
      const result = await services.keys.enable(path['keyId'] ?? '');
      return result.ok ? json(200, shown(result.record)) : refusal(result);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/revoke',
    operationId: 'revokeKey',
    summary: 'ends a key at once, on every thread',
    role: 'operator',
    body: { type: 'object', properties: { reason: { type: 'string', maxLength: 200 } } },
    answer: { status: 200, description: 'the key as it is now', schema: RECORD },
    async handle({ services, path, body }) {
      const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
      const result = await services.keys.revoke(path['keyId'] ?? '', reason);
      return result.ok ? json(200, shown(result.record)) : refusal(result);
    },
  },
];

/** A key as it is shown this once, with a call to try it with; null where no route takes keys. */
function shownOnce(made: { readonly key: string; readonly record: ApiKeyRecord }, configuration: Configuration) {
  const { key, record } = made;
  return {
    key,
    keyId: record.keyId,
    header: keyHeader(configuration),
    record: shown(record),
    example: exampleCallOf(configuration, record) ?? null,
  };
}

/** The field the first method that takes API keys reads them from. */
function keyHeader({ authenticators }: Configuration): string {
  for (const one of Object.values(authenticators)) if (one.type === 'api-key') return one.header;
  return 'x-api-key';
}

interface SentKey extends SentRestrictions, Omit<NewKey, 'routes' | 'limits' | 'idleSeconds'> {}

function newKeyOf(sent: SentKey): NewKey | AdminAnswer {
  const restrictions = restrictionsOf(sent);
  if (isRefused(restrictions)) return restrictions;
  const { consumer, name, scopes, allowedCidrs, expiresAtMs, notBeforeMs } = sent;
  return {
    consumer,
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(allowedCidrs === undefined ? {} : { allowedCidrs }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...restrictions,
  };
}

/** A record for the outside: without digest and pepper, which are nobody's business, and with limits as they are written. */
function shown({ digest: _digest, pepperVersion: _pepper, limits, ...record }: ApiKeyRecord): object {
  return { ...record, ...limitTexts(limits) };
}

export function refusal({ code, message, field, successorId }: KeyRefusal): AdminAnswer {
  switch (code) {
    case 'unknown':
      return problem(404, 'key_unknown', 'No such key', message);
    case 'invalid':
      return problem(422, 'key_invalid', 'Not possible', message, field === undefined ? {} : { pointer: `/${field}` });
    case 'not_stored':
      return problem(503, 'key_not_stored', 'In force, but not stored', message);
    case 'already_rotated':
      return problem(409, 'key_already_rotated', 'Rotated already', message, { successorId });
    case 'revoked':
    case 'exists':
      return problem(409, `key_${code}`, 'Not possible now', message);
  }
}
