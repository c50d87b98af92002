import type { Consumer } from '../../core/credential.ts';
import { DECOY_CONSUMER } from '../../decoy/decoys.ts';
import type { JsonSchema } from '../json-schema.ts';
import { json, listOf, OPEN_OBJECT, type Operation, PAGE_QUERY, page, pageLimit, problem } from '../operation.ts';
import type { AdminServices } from '../services.ts';

const CONSUMER: JsonSchema = { ...OPEN_OBJECT, description: 'a registered API client' };

export const consumerOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/consumers',
    operationId: 'listConsumers',
    summary: 'consumers in the order of their names',
    role: 'viewer',
    query: PAGE_QUERY,
    answer: { status: 200, description: 'a page of consumers', schema: listOf(CONSUMER) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const found = await services.consumers.list({
        limit: limit + 1,
        ...(query['cursor'] === undefined ? {} : { afterName: query['cursor'] }),
      });
      return json(
        200,
        page(found, limit, ({ name }) => name),
      );
    },
  },
  {
    method: 'GET',
    path: '/api/v1/consumers/{name}',
    operationId: 'getConsumer',
    summary: 'one consumer',
    role: 'viewer',
    answer: { status: 200, description: 'the consumer', schema: CONSUMER },
    async handle({ services, path }) {
      const consumer = await services.consumers.find(path['name'] ?? '');
      return consumer === undefined ? problem(404, 'consumer_unknown', 'No such consumer') : json(200, consumer);
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/consumers/{name}',
    operationId: 'setConsumer',
    summary:
      'registers a consumer or changes it; what is not given stays; in force on every thread when it answers. Groups and tier of one that stands in the configuration are refused: they are changed there',
    role: 'operator',
    body: {
      type: 'object',
      properties: {
        groups: { type: 'array', items: { type: 'string' }, maxItems: 64 },
        tier: { type: 'string', maxLength: 64 },
        disabled: { type: 'boolean', description: 'true: every key of the consumer is refused' },
      },
    },
    answer: { status: 200, description: 'the consumer as it is now', schema: CONSUMER },
    async handle({ services, path, body }) {
      const name = path['name'] ?? '';
      if (name === DECOY_CONSUMER && body['disabled'] === false)
        return problem(422, 'consumer_invalid', 'Not possible', 'planted keys must never work');
      const known = await services.consumers.find(name);
      const changed = changedRight(body, known);
      if (isConfigured(services, name) && changed !== undefined)
        return problem(
          409,
          'consumer_configured',
          'Set by the configuration',
          `groups and tier of ${name} stand in the configuration, which would put them back: change them there`,
          { pointer: `/${changed}` },
        );
      const consumer = { groups: [], tier: '', disabled: false, ...known, ...body, name } as Consumer;
      const result = await services.keys.setConsumer(consumer);
      if (result.ok) return json(200, result.consumer);
      const { field, message } = result;
      const more = field === undefined ? {} : { pointer: `/${field}` };
      return problem(422, 'consumer_invalid', 'Not possible', message, more);
    },
  },
];

function isConfigured(services: AdminServices, name: string): boolean {
  return Object.hasOwn(services.configuration().current.consumers, name);
}

/** The first member that would change what the configuration says, or undefined. */
function changedRight(
  { groups, tier }: Readonly<Record<string, unknown>>,
  known: Consumer | undefined,
): 'groups' | 'tier' | undefined {
  if (Array.isArray(groups) && groups.join('\n') !== known?.groups.join('\n')) return 'groups';
  return tier !== undefined && tier !== known?.tier ? 'tier' : undefined;
}
