import { identityText, isObjectName } from '../../authz/ownership/owner-values.ts';
import { json, listOf, OPEN_OBJECT, type Operation, problem } from '../operation.ts';

/** Owners that were accepted, for look-ups of type accepted. */
export const ownerOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/owners',
    operationId: 'listOwners',
    summary: 'owners of objects that were accepted',
    role: 'viewer',
    answer: { status: 200, description: 'all of them', schema: listOf(OPEN_OBJECT) },
    async handle({ services }) {
      return json(200, { items: await services.owners.list() });
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/owners',
    operationId: 'acceptOwners',
    summary: 'says whose an object is; replaces what was said of it before',
    role: 'administrator',
    body: {
      type: 'object',
      required: ['lookup', 'object', 'owners'],
      properties: {
        lookup: { type: 'string', maxLength: 64, description: 'look-up of type accepted' },
        object: { type: 'string', maxLength: 256, description: 'as it stands in calls' },
        owners: {
          type: 'array',
          items: { type: 'string', maxLength: 256 },
          maxItems: 100,
          description: 'as rules compare them; empty: nobody',
        },
      },
    },
    answer: { status: 200, description: 'what is in force on every thread', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const { current } = services.configuration();
      const lookup = String(body['lookup']);
      if (current.owners[lookup]?.type !== 'accepted')
        return problem(422, 'lookup_unknown', 'No such look-up', 'owners are accepted for look-ups of type accepted');
      const row = {
        lookup,
        object: String(body['object']),
        owners: (body['owners'] as readonly unknown[]).map(String),
      };
      if (!isObjectName(row.object) || row.owners.some((one) => identityText(one) === undefined))
        return problem(422, 'owners_invalid', 'Not possible', 'the object and its owners are texts that are not empty');
      return (await services.owners.put(row)) ? json(200, row) : problem(409, 'owners_full', 'No room for more');
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/owners/{lookup}/{object}',
    operationId: 'removeOwners',
    summary: 'takes back what was said of an object: nobody is let in to it any more',
    role: 'administrator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const { lookup = '', object = '' } = path;
      return (await services.owners.remove(lookup, object))
        ? json(200, { lookup, object })
        : problem(404, 'owners_unknown', 'Nothing was accepted for this object');
    },
  },
];
