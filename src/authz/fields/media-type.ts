import type { HeaderFields } from '../../core/call.ts';

/** What a body is, by its content type. `none`: nothing is said of it. */
export type BodyType = 'none' | 'json' | 'patch' | 'sequence' | 'other';

/** Does not look at the body. JSON in another charset than UTF-8, and a type that is said twice, count as `other`. */
export function bodyTypeOf(headers: HeaderFields): BodyType {
  let value: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'content-type') continue;
    if (value !== undefined) return 'other';
    value = headers[i + 1] ?? '';
  }
  if (value === undefined) return 'none';
  const [type = '', ...parameters] = value.toLowerCase().split(';');
  for (const parameter of parameters) {
    const [name = '', text = ''] = parameter.split('=');
    if (name.trim() === 'charset' && !UTF8_NAMES.includes(text.trim())) return 'other';
  }
  switch (type.trim()) {
    case 'application/json':
    case 'text/json':
      return 'json';
    case 'application/json-patch+json':
      return 'patch';
    case 'application/json-seq':
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
    case 'application/x-jsonlines':
      return 'sequence';
    default:
      return /^[a-z0-9!#$&^_.-]+\/[a-z0-9!#$&^_.-]+\+json$/.test(type.trim()) ? 'json' : 'other';
  }
}

const UTF8_NAMES = ['utf-8', '"utf-8"', 'utf8', 'us-ascii'];
