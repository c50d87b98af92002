import type { EventFilter } from '../ports.ts';
import type { JsonSchema } from './json-schema.ts';

const OUTCOMES = ['permitted', 'denied', 'observed'] as const;
const TEXT_CHARACTERS_MAX = 200;

/** What recorded and arriving calls are narrowed by; of all that are given every one has to hold. */
export const CALL_FILTERS = {
  outcome: { type: 'string', enum: OUTCOMES },
  reason: { type: 'string', description: 'why it was denied, would have been, or failed behind the decision' },
  method: { type: 'string', maxLength: 32 },
  pathPrefix: { type: 'string' },
  status: { type: 'integer', minimum: 0, maximum: 999, description: '0: the connection died before an answer' },
  statusClass: { type: 'integer', minimum: 1, maximum: 5 },
  route: { type: 'string' },
  consumer: { type: 'string' },
  credential: { type: 'string', description: 'public id of the credential' },
  address: { type: 'string' },
  text: {
    type: 'string',
    maxLength: TEXT_CHARACTERS_MAX,
    description: 'stands in the request id, path, host, agent, names, reason or detail, whatever its case',
  },
} as const satisfies Record<string, JsonSchema>;

export const CALL_TIMES = {
  from: { type: 'integer', description: 'arrival not before, Unix milliseconds' },
  to: { type: 'integer', description: 'arrival not after, Unix milliseconds' },
} as const satisfies Record<string, JsonSchema>;

export function filterOf(query: Readonly<Record<string, string>>): EventFilter {
  const outcome = OUTCOMES.find((known) => known === query['outcome']);
  return {
    ...optional('fromMs', numberIn(query['from'])),
    ...optional('toMs', numberIn(query['to'])),
    ...optional('outcome', outcome),
    ...optional('reason', query['reason']),
    ...optional('method', query['method']?.toUpperCase()),
    ...optional('pathPrefix', query['pathPrefix']),
    ...optional('status', numberIn(query['status'])),
    ...optional('statusClass', numberIn(query['statusClass'])),
    ...optional('routeId', query['route']),
    ...optional('consumer', query['consumer']),
    ...optional('credentialId', query['credential']),
    ...optional('address', query['address']),
    ...optional('text', query['text']?.toLowerCase()),
  };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function optional<N extends string, T>(name: N, value: T | undefined): Partial<Record<N, T>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<N, T>>);
}
