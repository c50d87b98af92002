import { reportKeyHealth } from '../../tokens/key-health-report.ts';
import { type KeySelection, revokeSelected, selectKeys } from '../../tokens/key-selection.ts';
import { json, OPEN_OBJECT, type Operation } from '../operation.ts';
import { refusal } from './keys.ts';

/** Ids in an answer; the count is of all. */
const IDS_MAX = 1_000;
const TIME = { type: 'integer', minimum: 0 } as const;

/** What concerns many keys at once. Stands before the operations on one key, whose ids these words are not. */
export const keyCareOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/keys/health',
    operationId: 'getKeyHealth',
    summary: 'what weakens which active key, and a score from 0 to 100 for each consumer; the worst first',
    role: 'viewer',
    query: { consumer: { type: 'string', maxLength: 64 } },
    answer: { status: 200, description: 'keys and consumers', schema: OPEN_OBJECT },
    async handle({ services, query }) {
      return json(200, await reportKeyHealth(services.keyCare, query['consumer']));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/revoke',
    operationId: 'revokeKeys',
    summary: 'ends every key that fits all that is given, at once on every thread; in the store all or none',
    role: 'operator',
    body: {
      type: 'object',
      properties: {
        consumer: { type: 'string', maxLength: 64 },
        leaked: { type: 'boolean', description: 'keys with an open finding of a leak' },
        createdBeforeMs: { ...TIME, description: 'Unix milliseconds' },
        createdAfterMs: { ...TIME, description: 'Unix milliseconds' },
        unusedSinceMs: { ...TIME, description: 'Unix milliseconds; being made and being enabled count as use' },
        dryRun: { type: 'boolean', description: 'only says which keys it would be' },
        reason: { type: 'string', maxLength: 200 },
      },
    },
    answer: { status: 200, description: 'how many keys, and the first thousand ids', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const { dryRun, reason, ...selection } = body as KeySelection & {
        readonly dryRun?: boolean;
        readonly reason?: string;
      };
      const result =
        dryRun === true
          ? await selectKeys(services.keyCare, selection)
          : await revokeSelected(services.keyCare, selection, reason ?? '');
      if (!result.ok) return refusal(result);
      const { keyIds } = result;
      return json(200, { count: keyIds.length, keyIds: keyIds.slice(0, IDS_MAX), dryRun: dryRun === true });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/keys/sweep',
    operationId: 'sweepKeys',
    summary: 'disables idle keys and tells of those that end soon, as is done every hour',
    role: 'operator',
    answer: { status: 200, description: 'how many keys were looked at, disabled and told of', schema: OPEN_OBJECT },
    async handle({ services }) {
      return json(200, await services.sweepKeys());
    },
  },
];
