import type { Decoy, Finding } from '../../core/finding.ts';
import type { AlertStore, DecoyStore, FindingStore, QueuedAlert } from '../../ports.ts';

export function memoryFindingStore(): FindingStore {
  const held = new Map<string, Finding>();
  const isOlder = (one: Pick<Finding, 'lastMs' | 'id'>, other: Pick<Finding, 'lastMs' | 'id'>): boolean =>
    one.lastMs === other.lastMs ? one.id < other.id : one.lastMs < other.lastMs;
  return {
    find: async (id) => held.get(id),
    put: async (finding) => {
      held.set(finding.id, finding);
    },
    countOpen: async () => {
      const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
      for (const { status, severity } of held.values()) if (status === 'open') counts[severity]++;
      return counts;
    },
    list: async ({ status, detector, severity, actor, before, limit }) =>
      [...held.values()]
        .filter(
          (one) =>
            (status === undefined || one.status === status) &&
            (detector === undefined || one.detector === detector) &&
            (severity === undefined || one.severity === severity) &&
            (actor === undefined || one.actor === actor) &&
            (before === undefined || isOlder(one, before)),
        )
        .sort((one, other) => (isOlder(one, other) ? 1 : -1))
        .slice(0, limit),
  };
}

export function memoryDecoyStore(): DecoyStore {
  const held = new Map<string, Decoy>();
  return {
    put: async (decoy) => {
      held.set(decoy.id, decoy);
    },
    remove: async (id) => held.delete(id),
    list: async () =>
      [...held.values()].sort((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1)),
  };
}

export function memoryAlertStore(): AlertStore {
  const held = new Map<string, QueuedAlert>();
  return {
    put: async (alert) => {
      held.set(alert.id, alert);
    },
    due: async (nowMs, limit) =>
      [...held.values()]
        .filter(({ dueAtMs }) => dueAtMs <= nowMs)
        .sort((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1))
        .slice(0, limit),
    remove: async (id) => {
      held.delete(id);
    },
  };
}
