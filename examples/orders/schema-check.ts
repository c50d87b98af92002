/**
 * Checks a value against the part of JSON Schema 2020-12 that openapi.yaml uses, for the tests.
 * A keyword it does not know is an error, so that the document cannot say more than is checked.
 */
export type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(['description', 'default', 'title']);
const FORMATS = new Map<string, RegExp>([
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/],
  ['email', /^[^@\s]+@[^@\s]+$/],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/],
]);

/** Returns every disagreement as a sentence; an empty list means the value fits. */
export function checkSchema(document: Schema, schema: Schema, value: unknown, at = ''): string[] {
  const faults: string[] = [];
  const say = (fault: string): void => void faults.push(`${at || '/'} ${fault}`);
  for (const [keyword, wanted] of Object.entries(schema)) {
    switch (keyword) {
      case '$ref':
        faults.push(...checkSchema(document, resolveReference(document, String(wanted)), value, at));
        break;
      case 'type': {
        const types = Array.isArray(wanted) ? wanted : [wanted];
        if (!types.some((type) => isOfType(String(type), value))) say(`is no ${types.join(' or ')}`);
        break;
      }
      case 'const':
        if (value !== wanted) say(`is not ${String(wanted)}`);
        break;
      case 'enum':
        if (!Array.isArray(wanted) || !wanted.includes(value)) say(`is none of ${String(wanted)}`);
        break;
      case 'minimum':
        if (typeof value === 'number' && value < Number(wanted)) say(`is below ${String(wanted)}`);
        break;
      case 'maximum':
        if (typeof value === 'number' && value > Number(wanted)) say(`is above ${String(wanted)}`);
        break;
      case 'minLength':
        if (typeof value === 'string' && value.length < Number(wanted)) say(`is shorter than ${String(wanted)}`);
        break;
      case 'maxLength':
        if (typeof value === 'string' && value.length > Number(wanted)) say(`is longer than ${String(wanted)}`);
        break;
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(String(wanted)).test(value)) say(`does not fit ${String(wanted)}`);
        break;
      case 'format': {
        const pattern = FORMATS.get(String(wanted));
        if (pattern === undefined) throw new Error(`unknown format ${String(wanted)}`);
        if (typeof value === 'string' && !pattern.test(value)) say(`is no ${String(wanted)}`);
        break;
      }
      case 'minItems':
        if (Array.isArray(value) && value.length < Number(wanted)) say('has too few items');
        break;
      case 'maxItems':
        if (Array.isArray(value) && value.length > Number(wanted)) say('has too many items');
        break;
      case 'items':
        if (Array.isArray(value))
          for (const [i, item] of value.entries())
            faults.push(...checkSchema(document, wanted as Schema, item, `${at}/${i}`));
        break;
      case 'required':
        if (isOfType('object', value))
          for (const name of wanted as string[]) if (!Object.hasOwn(value as object, name)) say(`lacks ${name}`);
        break;
      case 'properties':
        if (isOfType('object', value))
          for (const [name, member] of Object.entries(wanted as Record<string, Schema>))
            if (Object.hasOwn(value as object, name))
              faults.push(...checkSchema(document, member, (value as Schema)[name], `${at}/${name}`));
        break;
      case 'additionalProperties': {
        if (wanted !== false) throw new Error('only additionalProperties: false is checked');
        const known = Object.keys((schema['properties'] ?? {}) as object);
        if (isOfType('object', value))
          for (const name of Object.keys(value as object)) if (!known.includes(name)) say(`has ${name} too`);
        break;
      }
      default:
        if (!ANNOTATIONS.has(keyword)) throw new Error(`unknown keyword ${keyword} at ${at}`);
    }
  }
  return faults;
}

/** Follows a local JSON pointer; a reference that leads nowhere is an error. */
export function resolveReference(document: Schema, reference: string): Schema {
  if (!reference.startsWith('#/')) throw new Error(`not a local reference: ${reference}`);
  let node: unknown = document;
  for (const step of reference.slice(2).split('/')) node = (node as Schema | undefined)?.[step];
  if (typeof node !== 'object' || node === null) throw new Error(`leads nowhere: ${reference}`);
  return node as Schema;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      throw new Error(`unknown type ${type}`);
  }
}
