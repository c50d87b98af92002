import type { AddedException, ExceptionUse } from '../../core/payload.ts';
import type { PayloadExceptionStore } from '../../ports.ts';

export function memoryPayloadExceptionStore(): PayloadExceptionStore {
  const held = new Map<string, AddedException>();
  const counted = new Map<string, ExceptionUse>();
  const isBefore = (one: AddedException, other: AddedException): number => {
    const places = [one, other].map(({ routeId, path, class: attack, consumer = '' }) => [
      routeId,
      path,
      attack,
      consumer,
    ]);
    const [first = [], second = []] = places;
    const at = first.findIndex((part, index) => part !== second[index]);
    return at < 0 ? 0 : (first[at] ?? '') < (second[at] ?? '') ? -1 : 1;
  };
  return {
    put: async (exception, max) => {
      if (!held.has(exception.id) && held.size >= max) return false;
      held.set(exception.id, exception);
      return true;
    },
    remove: async (id) => {
      const found = held.get(id);
      held.delete(id);
      return found;
    },
    list: async () => [...held.values()].sort(isBefore),
    addUses: async (uses) => {
      for (const { id, calls, sinceMs, lastMs } of uses) {
        const known = counted.get(id) ?? { calls: 0, sinceMs, lastMs };
        counted.set(id, {
          id,
          calls: known.calls + calls,
          sinceMs: Math.min(known.sinceMs, sinceMs),
          lastMs: Math.max(known.lastMs, lastMs),
        });
      }
    },
    uses: async () => [...counted.values()].sort((one, other) => (one.id < other.id ? -1 : 1)),
    prune: async (beforeMs, known) => {
      const ended = [...held.values()].filter(({ expiresMs }) => expiresMs < beforeMs);
      for (const { id } of ended) held.delete(id);
      for (const { id, sinceMs, lastMs } of counted.values())
        if (sinceMs < beforeMs && lastMs < beforeMs && !known.has(id)) counted.delete(id);
      return ended.length;
    },
  };
}
