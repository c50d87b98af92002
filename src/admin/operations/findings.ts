import { DECOY_KINDS, FINDING_STATUSES } from '../../core/finding.ts';
import { json, listOf, OPEN_OBJECT, type Operation, PAGE_QUERY, page, pageLimit, problem } from '../operation.ts';

const PLACE = /^(\d{1,16})-([0-9a-f]{16})$/;

export const findingOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/findings',
    operationId: 'listFindings',
    summary: 'what was found, the newest first',
    role: 'viewer',
    query: { ...PAGE_QUERY, status: { type: 'string', enum: FINDING_STATUSES } },
    answer: { status: 200, description: 'a page of findings', schema: listOf(OPEN_OBJECT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const cursor = query['cursor'];
      const place = cursor === undefined ? undefined : PLACE.exec(cursor);
      if (place === null) return problem(400, 'cursor_invalid', 'Not a cursor of this list');
      const status = FINDING_STATUSES.find((known) => known === query['status']);
      await services.flushEvents();
      const found = await services.findings.list({
        limit: limit + 1,
        ...(status === undefined ? {} : { status }),
        ...(place === undefined ? {} : { before: { lastMs: Number(place[1]), id: String(place[2]) } }),
      });
      return json(
        200,
        page(found, limit, ({ lastMs, id }) => `${Math.floor(lastMs)}-${id}`),
      );
    },
  },
  {
    method: 'GET',
    path: '/api/v1/findings/{id}',
    operationId: 'getFinding',
    summary: 'one finding',
    role: 'viewer',
    answer: { status: 200, description: 'the finding', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const finding = await services.findings.find(path['id'] ?? '');
      return finding === undefined ? problem(404, 'finding_unknown', 'No such finding') : json(200, finding);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/findings/{id}/resolve',
    operationId: 'resolveFinding',
    summary: 'closes a finding; it opens again when it is observed again',
    role: 'operator',
    body: { type: 'object', properties: { resolution: { type: 'string', maxLength: 500 } } },
    answer: { status: 200, description: 'the finding as it is now', schema: OPEN_OBJECT },
    async handle({ services, path, body }) {
      const resolution = typeof body['resolution'] === 'string' ? body['resolution'] : '';
      const finding = await services.findings.resolve(path['id'] ?? '', resolution);
      return finding === undefined ? problem(404, 'finding_unknown', 'No such finding') : json(200, finding);
    },
  },
];

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
