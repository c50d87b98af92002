import { DECOY_KINDS } from '../../core/finding.ts';
import { json, listOf, OPEN_OBJECT, type Operation, problem } from '../operation.ts';

export const decoyOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/decoys',
    operationId: 'listDecoys',
    summary: 'planted credentials',
    role: 'viewer',
    answer: { status: 200, description: 'all of them', schema: listOf(OPEN_OBJECT) },
    async handle({ services }) {
      return json(200, { items: await services.decoys.list() });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/decoys',
    operationId: 'plantDecoy',
    summary: 'makes a credential to be planted; it is in this answer and nowhere else, and never works',
    role: 'operator',
    body: {
      type: 'object',
      required: ['place'],
      properties: {
        place: { type: 'string', maxLength: 100, description: 'where it will lie, in words' },
        kind: { type: 'string', enum: [...DECOY_KINDS], description: 'key without it' },
        issuer: { type: 'string', maxLength: 1024, description: 'whose a token is to look like' },
      },
    },
    answer: { status: 201, description: 'the credential, once, and what is kept of it', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const planted = await services.decoys.plant({
        place: String(body['place']),
        kind: DECOY_KINDS.find((kind) => kind === body['kind']) ?? 'key',
        issuer: typeof body['issuer'] === 'string' ? body['issuer'] : undefined,
      });
      return planted.ok
        ? json(201, { ...planted.credential, ...planted.decoy })
        : problem(422, 'decoy_invalid', 'Not possible', planted.message);
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/decoys/{id}',
    operationId: 'removeDecoy',
    summary: 'takes a decoy up: its use is no finding any more, and it still does not work',
    role: 'operator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const id = path['id'] ?? '';
      return (await services.decoys.remove(id)) ? json(200, { id }) : problem(404, 'decoy_unknown', 'No such decoy');
    },
  },
];
