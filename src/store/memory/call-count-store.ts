import type { CallCountStore, StoredCallRow } from '../../ports.ts';

export function memoryCallCountStore(): CallCountStore {
  const held = new Map<string, StoredCallRow>();
  const keyOf = ({ startMs, spanMs }: Pick<StoredCallRow, 'startMs' | 'spanMs'>): string => `${startMs} ${spanMs}`;
  return {
    list: async () => [...held.values()].sort((one, other) => one.startMs - other.startMs),
    change: async (put, removed) => {
      for (const row of put) held.set(keyOf(row), row);
      for (const row of removed) held.delete(keyOf(row));
    },
  };
}
