import type { Consumer } from '../../core/credential.ts';
import { DECOY_CONSUMER } from '../../decoy/decoys.ts';
import type { JsonSchema } from '../json-schema.ts';
import { json, listOf, OPEN_OBJECT, type Operation, PAGE_QUERY, page, pageLimit, problem } from '../operation.ts';

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
    summary: 'registers a consumer or changes it; what is not given stays; in force on every thread when it answers',
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
      const consumer = { groups: [], tier: '', disabled: false, ...known, ...body, name } as Consumer;
      const result = await services.keys.setConsumer(consumer);
      return result.ok ? json(200, result.consumer) : problem(422, 'consumer_invalid', 'Not possible', result.message);
    },
  },
];
