import type { ApiKeyRecord } from '../../core/credential.ts';
import type { KeyRefusal, NewKey } from '../../tokens/api-keys.ts';
import type { JsonSchema, ObjectSchema } from '../json-schema.ts';
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

const STATUSES = ['active', 'disabled', 'revoked'] as const;

const TEXTS: JsonSchema = { type: 'array', items: { type: 'string' }, maxItems: 64 };

const NEW_KEY = {
  consumer: { type: 'string', maxLength: 64 },
  name: { type: 'string', maxLength: 100, description: 'for people' },
  scopes: TEXTS,
  allowedCidrs: { ...TEXTS, description: 'address blocks the key may be used from; none means anywhere' },
  expiresAtMs: { type: 'integer', minimum: 0, description: 'Unix milliseconds; 0: never' },
  notBeforeMs: { type: 'integer', minimum: 0, description: 'Unix milliseconds' },
} as const satisfies ObjectSchema['properties'];

const RECORD: JsonSchema = { ...OPEN_OBJECT, description: 'a key without its secret' };

export const keyOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/keys',
    operationId: 'listKeys',
    summary: 'API keys in the order of their ids',
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
      return json(
        200,
        page(found.map(shown), limit, ({ keyId }) => keyId),
      );
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys',
    operationId: 'createKey',
    summary: 'makes a key; the key itself is in this answer and nowhere else',
    body: { type: 'object', required: ['consumer'], properties: NEW_KEY },
    answer: { status: 201, description: 'the key, once, and its record', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const result = await services.keys.create(body as unknown as NewKey);
      return result.ok
        ? json(201, { key: result.key, keyId: result.record.keyId, record: shown(result.record) })
        : refusal(result);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/import',
    operationId: 'importKeys',
    summary: 'takes over keys of another format by their SHA-256; all or none',
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
      const result = await services.keys.import(body['keys'] as readonly (NewKey & { sha256: string })[]);
      return result.ok ? json(200, { imported: result.imported }) : refusal(result);
    },
  },
  {
    method: 'GET',
    path: '/api/v1/keys/{keyId}',
    operationId: 'getKey',
    summary: 'one key',
    answer: { status: 200, description: 'the key without its secret', schema: RECORD },
    async handle({ services, path }) {
      const record = await services.keys.show(path['keyId'] ?? '');
      return record === undefined ? problem(404, 'key_unknown', 'No such key') : json(200, shown(record));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/rotate',
    operationId: 'rotateKey',
    summary: 'makes a successor; the old key ends after the grace',
    body: { type: 'object', properties: { graceSeconds: { type: 'integer', minimum: 0, maximum: 2_592_000 } } },
    answer: { status: 200, description: 'the new key, once, and both records', schema: OPEN_OBJECT },
    async handle({ services, path, body }) {
      const graceSeconds = typeof body['graceSeconds'] === 'number' ? body['graceSeconds'] : 0;
      const result = await services.keys.rotate(path['keyId'] ?? '', { graceSeconds });
      if (!result.ok) return refusal(result);
      const { key, record, predecessor } = result;
      return json(200, { key, keyId: record.keyId, record: shown(record), predecessor: shown(predecessor) });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/{keyId}/revoke',
    operationId: 'revokeKey',
    summary: 'ends a key at once, on every thread',
    body: { type: 'object', properties: { reason: { type: 'string', maxLength: 200 } } },
    answer: { status: 200, description: 'the key as it is now', schema: RECORD },
    async handle({ services, path, body }) {
      const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
      const result = await services.keys.revoke(path['keyId'] ?? '', reason);
      return result.ok ? json(200, shown(result.record)) : refusal(result);
    },
  },
];

/** A record for the outside: without digest and pepper, which are nobody's business. */
function shown({
  digest: _digest,
  pepperVersion: _pepper,
  ...record
}: ApiKeyRecord): Omit<ApiKeyRecord, 'digest' | 'pepperVersion'> {
  return record;
}

function refusal({ code, message }: KeyRefusal): AdminAnswer {
  switch (code) {
    case 'unknown':
      return problem(404, 'key_unknown', 'No such key', message);
    case 'invalid':
      return problem(422, 'key_invalid', 'Not possible', message);
    case 'not_stored':
      return problem(503, 'key_not_stored', 'In force, but not stored', message);
    case 'already_rotated':
    case 'revoked':
    case 'exists':
      return problem(409, `key_${code}`, 'Not possible now', message);
  }
}
