import type { JsonBody } from '../../core/inspection.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import type { Compiling, RecogniserCell } from './compiling.ts';
import { entriesOf, memberOf, textOf } from './json-node.ts';
import { faultAt, isRecognised, type Judgement, judgeReadings, judgeValue } from './judgement.ts';
import { isJsonType, type MediaType } from './media-types.ts';
import { type FormPart, formParts } from './multipart.ts';
import { readForm } from './parameter-styles.ts';
import { compileTextReader, rawPairs, scalarsOf, type TextReader, takesArrays, utf8Text } from './text-values.ts';
import { OBJECT } from './value-kind.ts';

/** A body of one documented media type. */
export interface BodyPlan {
  /** Undefined where the document has no schema for it: then its type is all that is asked. */
  readonly reader: TextReader | undefined;
  /** Of the same schema; takes most JSON that keeps it, before it is read into a value. */
  readonly recogniser: RecogniserCell | undefined;
  /** `contentType` of single fields of a form. */
  readonly fieldTypes: ReadonlyMap<string, string>;
}

export interface BodyContent {
  readonly bytes: Uint8Array;
  json(): JsonBody;
}

export function compileBodyPlan(media: unknown, pointer: string, compiling: Compiling): BodyPlan {
  const schema = memberOf(media, 'schema');
  const fieldTypes = new Map<string, string>();
  for (const [name, encoding] of entriesOf(media, 'encoding', pointer)) {
    const type = textOf(encoding, 'contentType');
    if (type !== undefined) fieldTypes.set(name, type.toLowerCase());
  }
  return {
    reader: schema === undefined ? undefined : compileTextReader(schema, `${pointer}/schema`, compiling),
    recogniser: schema === undefined ? undefined : compiling.recogniser(schema, `${pointer}/schema`),
    fieldTypes,
  };
}

/** Whether anything in a body of this type is looked at. */
export function readsBody({ reader }: BodyPlan, { essence }: MediaType): boolean {
  return (
    reader !== undefined &&
    (isJsonType(essence) ||
      essence === 'application/x-www-form-urlencoded' ||
      essence === 'multipart/form-data' ||
      essence.startsWith('text/'))
  );
}

/** Judges a body by the schema of its media type. Bodies of types that hold no JSON, form or text are not looked at. */
export function judgeBody(
  { reader, recogniser, fieldTypes }: BodyPlan,
  type: MediaType,
  content: BodyContent,
): Judgement {
  const { bytes } = content;
  if (reader === undefined) return undefined;
  if (isJsonType(type.essence)) {
    if (recogniser !== undefined && isRecognised(recogniser, bytes)) return undefined;
    return judgeJson(reader, content.json(), bytes.length);
  }
  if (type.essence === 'application/x-www-form-urlencoded') return judgeForm(reader, bytes);
  if (type.essence === 'multipart/form-data')
    return judgeParts(reader, fieldTypes, formParts(bytes, type.boundary), bytes);
  if (!type.essence.startsWith('text/')) return undefined;
  const text = utf8Text(bytes);
  if (text === undefined) return faultAt('', 'text in UTF-8', 'other octets');
  return judgeReadings(reader.cell, scalarsOf(text, reader.kinds), '', bytes.length);
}

export function judgeJson(reader: TextReader, body: JsonBody, bytes: number): Judgement {
  switch (body.kind) {
    case 'none':
      return faultAt('', 'a JSON value', 'nothing');
    case 'value':
      return judgeValue(reader.cell, body.value, '', bytes);
    case 'malformed':
      return faultAt('', 'JSON that every reader reads alike', MALFORMED[body.problem]);
  }
}

const MALFORMED: Readonly<Record<Extract<JsonBody, { kind: 'malformed' }>['problem'], string>> = {
  utf8: 'octets that are not UTF-8',
  syntax: 'text that is not JSON',
  duplicateMember: 'an object with a member that stands twice',
  ambiguousName: 'a name with half a character or a NUL in it',
  tooDeep: 'values nested too deeply',
};

function judgeForm(reader: TextReader, bytes: Uint8Array): Judgement {
  const text = utf8Text(bytes);
  const pairs = text === undefined ? undefined : rawPairs(text);
  if (pairs === undefined) return faultAt('', 'a form that can be decoded', 'other octets');
  const form: Record<string, unknown> = {};
  for (const [name, values] of pairs) {
    const own = reader.properties.get(name) ?? reader.others ?? TEXT;
    const readings = readForm(values, 'form', true, { ...own, cell: reader.cell });
    if (readings === 'malformed') return faultAt('', 'a form that can be decoded', 'other octets');
    if (readings === 'repeated') return faultAt(fieldPointer(reader, name), 'one value', `${values.length} values`);
    Object.defineProperty(form, name, { value: readings[0], enumerable: true, configurable: true, writable: true });
  }
  return judgeValue(reader.cell, form, '', bytes.length);
}

/** A name that stands in no document comes from the caller; it is not told. */
function fieldPointer(reader: TextReader, name: string): string {
  return reader.properties.has(name) ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '/*';
}

function judgeParts(
  reader: TextReader,
  fieldTypes: ReadonlyMap<string, string>,
  parts: readonly FormPart[] | undefined,
  bytes: Uint8Array,
): Judgement {
  if (parts === undefined) return faultAt('', 'a form of parts that every reader reads alike', 'other octets');
  const form: Record<string, unknown> = {};
  for (const [name, own] of Map.groupBy(parts, (part) => part.name)) {
    const property = reader.properties.get(name) ?? reader.others;
    const isList = property !== undefined && takesArrays(property);
    if (own.length > 1 && !isList) return faultAt(fieldPointer(reader, name), 'one part', `${own.length} parts`);
    const item = isList ? property?.items : property;
    const values: unknown[] = [];
    for (const part of own) {
      const value = partValue(part, item, fieldTypes.get(name));
      if (value === UNREADABLE)
        return faultAt(fieldPointer(reader, name), 'a part of the documented type', 'other octets');
      values.push(value);
    }
    const value = isList ? values : values[0];
    Object.defineProperty(form, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return judgeValue(reader.cell, form, '', bytes.length);
}

const UNREADABLE: unique symbol = Symbol('unreadable');

/** Files stand for themselves as text of octets: their length and nothing else can be asked for. */
function partValue(part: FormPart, reader: TextReader | undefined, documented: string | undefined): unknown {
  const type = part.type === '' ? (documented ?? '') : part.type;
  const holdsObject = reader !== undefined && (reader.kinds & ~OBJECT) === 0;
  if (isJsonType(type) || holdsObject) {
    const body = parseJsonBody(part.bytes);
    return body.kind === 'value' ? body.value : UNREADABLE;
  }
  if (part.isFile) return Buffer.from(part.bytes).toString('latin1');
  const text = utf8Text(part.bytes);
  if (text === undefined) return UNREADABLE;
  return reader === undefined ? text : scalarsOf(text, reader.kinds)[0];
}

const TEXT = { kinds: 16, items: undefined, properties: new Map(), others: undefined, isOpen: false } as const;
