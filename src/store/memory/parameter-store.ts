import type { ParameterStore, StoredParameter } from '../../ports.ts';

export function memoryParameterStore(): ParameterStore {
  const held = new Map<string, StoredParameter>();
  const byUse = (one: StoredParameter, other: StoredParameter): number =>
    Number(one.pinned) - Number(other.pinned) || one.values - other.values || one.lastMs - other.lastMs;
  const dropLeastUsed = (max: number, isMeant: (one: StoredParameter) => boolean): void => {
    const meant = [...held.values()].filter(isMeant).sort(byUse);
    for (const { place } of meant.slice(0, Math.max(0, meant.length - max))) held.delete(place);
  };
  return {
    find: async (places) => places.map((place) => held.get(place)).filter((one) => one !== undefined),
    findById: async (id) => [...held.values()].find((one) => one.id === id),
    put: async (parameters, { max, perEndpointMax }) => {
      for (const one of parameters) held.set(one.place, one);
      for (const endpoint of new Set(parameters.map((one) => one.endpoint)))
        dropLeastUsed(perEndpointMax, (one) => one.endpoint === endpoint);
      dropLeastUsed(max, () => true);
    },
    remove: async (id) => {
      const found = [...held.values()].find((one) => one.id === id);
      return found !== undefined && held.delete(found.place);
    },
    list: async ({ afterPlace, routeId, limit }) =>
      [...held.values()]
        .filter(({ place }) => (afterPlace === undefined || place > afterPlace) && isOfRoute(place, routeId))
        .sort((one, other) => (one.place < other.place ? -1 : 1))
        .slice(0, limit),
    effective: async () => [...held.values()].filter(({ effect }) => effect !== ''),
    pinned: async () => [...held.values()].filter(({ pinned }) => pinned),
    prune: async (olderThanMs) => {
      const old = [...held.values()].filter(({ lastMs, pinned }) => !pinned && lastMs < olderThanMs);
      for (const { place } of old) held.delete(place);
      return old.length;
    },
  };
}

function isOfRoute(place: string, routeId: string | undefined): boolean {
  return routeId === undefined || place.startsWith(`${routeId} `);
}
