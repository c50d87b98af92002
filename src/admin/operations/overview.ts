import type { JsonSchema } from '../json-schema.ts';
import { type AdminCall, json, OPEN_OBJECT, type Operation, problem } from '../operation.ts';
import { statusOf } from './health.ts';

const HOUR_MS = 3_600_000;
const RANGE_MS_MAX = 31 * 24 * HOUR_MS;
const BUCKETS = 60;
const BUCKETS_MAX = 240;

const NUMBERS: JsonSchema = { type: 'array', items: { type: 'number' }, maxItems: BUCKETS_MAX };
const TOP: JsonSchema = {
  type: 'array',
  maxItems: 10,
  items: {
    type: 'object',
    required: ['value', 'calls', 'denied'],
    properties: { value: { type: 'string' }, calls: { type: 'integer' }, denied: { type: 'integer' } },
  },
};
const COUNT: JsonSchema = { type: 'integer', minimum: 0 };

const OVERVIEW: JsonSchema = {
  type: 'object',
  required: ['from', 'to', 'bucketMs', 'series', 'top', 'topDenied', 'findings', 'configurationChanges', 'health'],
  properties: {
    from: { type: 'integer', description: 'begin of the first bucket, Unix milliseconds: a whole minute, or hour' },
    to: { type: 'integer', description: 'end of the last bucket' },
    bucketMs: { type: 'integer' },
    series: {
      type: 'object',
      required: ['calls', 'denied', 'observed', 'errors', 'p50Ms', 'p99Ms'],
      properties: {
        calls: NUMBERS,
        denied: NUMBERS,
        observed: NUMBERS,
        errors: { ...NUMBERS, description: 'answered 5xx, by whomever, or broken off' },
        p50Ms: { ...NUMBERS, description: 'from arrival to the last byte, at most 7 % off; 0 without calls' },
        p99Ms: NUMBERS,
      },
    },
    top: {
      type: 'object',
      required: ['consumers', 'routes', 'addresses', 'reasons'],
      properties: { consumers: TOP, routes: TOP, addresses: TOP, reasons: TOP },
    },
    topDenied: {
      type: 'object',
      required: ['consumers', 'routes', 'addresses', 'reasons'],
      properties: { consumers: TOP, routes: TOP, addresses: TOP, reasons: TOP },
      description: 'those that were denied most',
    },
    findings: {
      type: 'object',
      required: ['critical', 'high', 'medium', 'low', 'info'],
      properties: { critical: COUNT, high: COUNT, medium: COUNT, low: COUNT, info: COUNT },
    },
    configurationChanges: {
      type: 'array',
      items: {
        type: 'object',
        required: ['atMs', 'fingerprint'],
        properties: { atMs: { type: 'integer' }, fingerprint: { type: 'string' } },
      },
    },
    health: { ...OPEN_OBJECT, description: 'of the gateway itself, with a line for each part' },
  },
};

export const overviewOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/overview',
    operationId: 'getOverview',
    summary: 'calls over a time, who and what they were, open findings, and how the gateway itself does',
    role: 'viewer',
    query: {
      from: { type: 'integer', minimum: 0, description: 'Unix milliseconds; an hour ago unless told' },
      to: { type: 'integer', minimum: 0, description: 'Unix milliseconds; now unless told' },
      buckets: {
        type: 'integer',
        minimum: 1,
        maximum: BUCKETS_MAX,
        description: `at most so many; ${BUCKETS} unless told`,
      },
    },
    answer: { status: 200, description: 'figures that were counted as calls passed', schema: OVERVIEW },
    handle: overview,
  },
];

async function overview({ services, query }: AdminCall) {
  const { overview: known } = services;
  if (known === undefined) return problem(409, 'overview_none', 'There are no figures', 'no gateway runs');
  const nowMs = Math.floor(services.clock.nowMs());
  const to = query['to'] === undefined ? nowMs : Number(query['to']);
  const from = query['from'] === undefined ? to - HOUR_MS : Number(query['from']);
  if (to <= from || to - from > RANGE_MS_MAX)
    return problem(400, 'query_invalid', 'Not a time', 'from has to lie before to, by at most 31 days', {
      pointer: 'from',
    });
  // A call that was just answered is in the figures.
  await services.flushEvents();
  const summary = known.summary(from, to, query['buckets'] === undefined ? BUCKETS : Number(query['buckets']));
  const items = services.health();
  return json(200, {
    ...summary,
    findings: await known.openFindings(),
    configurationChanges: known.configurationChanges(summary.from, summary.to),
    health: { status: statusOf(items), items, ...known.health() },
  });
}
