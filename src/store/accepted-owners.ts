import type { AcceptedOwner } from '../core/ownership.ts';
import type { SettingStore } from '../ports.ts';

/** Rows of all look-ups together: every thread holds them in memory. */
export const ACCEPTED_ROWS_MAX = 20_000;

const SETTING = 'accepted-owners';

/** Owners an administrator accepted. Changes follow each other, so that of two at once none is lost. */
export class AcceptedOwnerStore {
  readonly #settings: SettingStore;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(settings: SettingStore) {
    this.#settings = settings;
  }

  /** In the order of look-up and object. What is stored and cannot be read is nothing: its objects are refused. */
  async list(): Promise<readonly AcceptedOwner[]> {
    const text = await this.#settings.get(SETTING);
    return text === undefined ? [] : parseRows(text);
  }

  /** Replaces the owners of one object; false, and nothing changed, where there is no room. */
  put(row: AcceptedOwner): Promise<boolean> {
    return this.#change((rows) => {
      const others = rows.filter((one) => !isSame(one, row));
      return others.length < ACCEPTED_ROWS_MAX ? [...others, row] : undefined;
    });
  }

  /** False where nothing was accepted for the object. */
  remove(lookup: string, object: string): Promise<boolean> {
    return this.#change((rows) => {
      const others = rows.filter((one) => !isSame(one, { lookup, object }));
      return others.length < rows.length ? others : undefined;
    });
  }

  #change(changed: (rows: readonly AcceptedOwner[]) => readonly AcceptedOwner[] | undefined): Promise<boolean> {
    const next = this.#changing.then(async () => {
      const rows = changed(await this.list());
      if (rows === undefined) return false;
      const sorted = [...rows].sort((a, b) => compare(a.lookup, b.lookup) || compare(a.object, b.object));
      await this.#settings.set(SETTING, JSON.stringify(sorted));
      return true;
    });
    this.#changing = next.catch(() => undefined);
    return next;
  }
}

function isSame(
  one: Pick<AcceptedOwner, 'lookup' | 'object'>,
  other: Pick<AcceptedOwner, 'lookup' | 'object'>,
): boolean {
  return one.lookup === other.lookup && one.object === other.object;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseRows(text: string): readonly AcceptedOwner[] {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows.filter(isRow) : [];
  } catch {
    return [];
  }
}

function isRow(value: unknown): value is AcceptedOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { lookup, object, owners } = value as Readonly<Record<string, unknown>>;
  return (
    typeof lookup === 'string' &&
    typeof object === 'string' &&
    Array.isArray(owners) &&
    owners.every((one) => typeof one === 'string' && one !== '')
  );
}
