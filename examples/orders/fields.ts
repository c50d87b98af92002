import { invalid, Problem } from './answers.ts';

/** Reads the members of a JSON body, each with its check; a wrong one is a 400 that names it. */
export type Fields = Readonly<Record<string, unknown>>;

export function objectBody(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem(400, 'Invalid request', 'The body must be a JSON object.');
  }
  return body as Fields;
}

export function text(fields: Fields, name: string, lengthMax: number): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > lengthMax) {
    throw invalid(`/${name}`, `must be a string of 1 to ${lengthMax} characters`);
  }
  return value;
}

export function integer(fields: Fields, name: string, minimum: number, maximum: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
    throw invalid(`/${name}`, `must be an integer from ${minimum} to ${maximum}`);
  }
  return value;
}

export function oneOf<T extends string>(fields: Fields, name: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === fields[name]);
  if (found === undefined) throw invalid(`/${name}`, `must be one of ${values.join(', ')}`);
  return found;
}

export function email(fields: Fields, name: string): string {
  const value = text(fields, name, 200);
  const at = value.indexOf('@');
  if (at < 1 || at === value.length - 1) throw invalid(`/${name}`, 'must be an email address');
  return value;
}
