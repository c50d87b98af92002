import { isJsonObject } from '../../core/json-object.ts';

/** Reads of foreign data that may be anything: what is not of the kind asked for is absent. */
export type PlainRecord = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): PlainRecord | undefined {
  return isJsonObject(value) ? value : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).flatMap((one) => textOf(one) ?? []);
}

/** A member of its own, so that `constructor` names nothing. */
export function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
