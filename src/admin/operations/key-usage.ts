import type { UsageCount, UsageKind } from '../../core/usage.ts';
import { json, OPEN_OBJECT, type Operation, problem } from '../operation.ts';

export const keyUsageOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/keys/{keyId}/usage',
    operationId: 'getKeyUsage',
    summary:
      'how a key is used: calls and refusals in all and by address, agent and route, the last used first; and by hour and by day, the newest first',
    role: 'viewer',
    query: { since: { type: 'integer', minimum: 0, description: 'only what was used since, Unix milliseconds' } },
    answer: { status: 200, description: 'counts, at most some seconds old', schema: OPEN_OBJECT },
    async handle({ services, path, query }) {
      const keyId = path['keyId'] ?? '';
      const record = await services.keys.show(keyId);
      if (record === undefined) return problem(404, 'key_unknown', 'No such key');
      const successor = record.successorId === '' ? undefined : await services.keys.show(record.successorId);
      const since = Number(query['since'] ?? 0);
      const counts = (await services.usage.ofKey(keyId)).filter(({ lastMs }) => lastMs >= since);
      const total = counts.find(({ kind }) => kind === 'total');
      return json(200, {
        keyId,
        consumer: record.consumer,
        status: record.status,
        expiresAtMs: record.expiresAtMs,
        successorId: record.successorId,
        // Whoever used it since then still has the old one.
        rotatedAtMs: successor?.createdAtMs ?? 0,
        usedSinceRotation: successor !== undefined && (total?.lastMs ?? 0) > successor.createdAtMs,
        calls: total?.calls ?? 0,
        refusals: total?.refusals ?? 0,
        firstUsedMs: total?.firstMs ?? 0,
        lastUsedMs: total?.lastMs ?? 0,
        addresses: shown(counts, 'address'),
        agents: shown(counts, 'agent'),
        routes: shown(counts, 'route'),
        hours: spans(counts, 'hour'),
        days: spans(counts, 'day'),
      });
    },
  },
];

function shown(counts: readonly UsageCount[], wanted: UsageKind): readonly object[] {
  return counts
    .filter(({ kind }) => kind === wanted)
    .map(({ value, calls, refusals, firstMs, lastMs }) => ({ value, calls, refusals, firstMs, lastMs }));
}

/** Hours or days with calls, by their beginning; those without have no entry. */
function spans(counts: readonly UsageCount[], wanted: 'hour' | 'day'): readonly object[] {
  return counts
    .filter(({ kind }) => kind === wanted)
    .map(({ value, calls, refusals }) => ({ startMs: Number(value), calls, refusals }));
}
