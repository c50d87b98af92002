import { REVOCATION_KINDS, type RevocationKind, type TokenRevocation } from '../../core/credential.ts';
import { asValid, type ObjectSchema } from '../json-schema.ts';
import { json, listOf, OPEN_OBJECT, type Operation, PAGE_QUERY, page, pageLimit, problem } from '../operation.ts';

const TEXT = { type: 'string', minLength: 1, maxLength: 512 } as const;

const REVOKED = {
  type: 'object',
  required: ['kind', 'issuer', 'value'],
  properties: {
    kind: { type: 'string', enum: REVOCATION_KINDS },
    issuer: { ...TEXT, description: 'iss of the tokens' },
    value: { ...TEXT, description: 'jti, sid, sub, client_id or kid' },
    beforeSeconds: {
      type: 'integer',
      minimum: 0,
      description: 'tokens issued up to then, Unix seconds; now for sub and client unless told, every one otherwise',
    },
    always: { type: 'boolean', description: 'true: future tokens too, until it is taken back' },
    reason: { type: 'string', maxLength: 200 },
  },
} as const satisfies ObjectSchema;

const RESTORED = {
  type: 'object',
  required: ['kind', 'issuer', 'value'],
  properties: { kind: { type: 'string', enum: REVOCATION_KINDS }, issuer: TEXT, value: TEXT },
} as const satisfies ObjectSchema;

export const revocationOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/revocations',
    operationId: 'listRevocations',
    summary: 'revoked tokens of issuers, in the order of issuer, kind and value',
    role: 'viewer',
    query: PAGE_QUERY,
    answer: { status: 200, description: 'a page of revocations', schema: listOf(OPEN_OBJECT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const cursor = query['cursor'];
      const after = cursor === undefined ? undefined : placeOf(cursor);
      if (cursor !== undefined && after === undefined)
        return problem(400, 'cursor_invalid', 'Not a cursor of this list');
      const found = await services.revocations.list(
        after === undefined ? { limit: limit + 1 } : { after, limit: limit + 1 },
      );
      return json(200, page(found, limit, cursorOf));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/revocations',
    operationId: 'revokeTokens',
    summary: 'revokes tokens by id, session, subject, client or key; in force on every thread when it answers',
    role: 'operator',
    body: REVOKED,
    answer: { status: 201, description: 'what is refused now', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const result = await services.revocations.revoke(asValid(REVOKED, body));
      return result.ok
        ? json(201, result.revocation)
        : problem(422, 'revocation_invalid', 'Not possible', result.message);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/revocations/restore',
    operationId: 'restoreTokens',
    summary: 'takes a revocation back',
    role: 'operator',
    body: RESTORED,
    answer: { status: 200, description: 'that it is taken back', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const { kind, issuer, value } = asValid(RESTORED, body);
      const removed = await services.revocations.restore(kind, issuer, value);
      return removed ? json(200, { kind, issuer, value }) : problem(404, 'revocation_unknown', 'No such revocation');
    },
  },
];

function cursorOf({ kind, issuer, value }: TokenRevocation): string {
  return Buffer.from(JSON.stringify([kind, issuer, value])).toString('base64url');
}

function placeOf(cursor: string): { kind: RevocationKind; issuer: string; value: string } | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [named, issuer, value] = parts as unknown[];
  const kind = REVOCATION_KINDS.find((known) => known === named);
  if (kind === undefined || typeof issuer !== 'string' || typeof value !== 'string') return undefined;
  return { kind, issuer, value };
}
