import type { HeaderFields } from '../../core/call.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import { faultAt, type Judgement, judgeReadings, judgeValue } from './judgement.ts';
import { shownName } from './object-check.ts';
import type { CompiledOperation, Parameter } from './operation.ts';
import { type Readings, readDeepObject, readExplodedObject, readForm, readSimple } from './parameter-styles.ts';
import {
  formDecoded,
  percentDecoded,
  type RawPairs,
  rawPairs,
  type TextReader,
  takesArrays,
  takesObjects,
} from './text-values.ts';
import { OBJECT } from './value-kind.ts';

/** Work one parameter may cost, as if it were a body of so many bytes. */
const PARAMETER_BYTES = 4_096;

/** Fields by which some servers take another method than the one that was judged. */
const METHOD_OVERRIDES = new Set(['x-http-method-override', 'x-http-method', 'x-method-override']);

/** What the parts of a call outside of its body hold. */
export interface CallParameters {
  readonly query: string;
  readonly headers: HeaderFields;
  /** By the names of the documented path, percent-encoded. */
  readonly path: ReadonlyMap<string, string>;
  /** Query parameters that are no business of the document: credentials. */
  readonly queryNamesBeside: readonly string[];
}

export function judgeParameters(
  operation: CompiledOperation,
  call: CallParameters,
  refusesUnknown: boolean,
): Judgement {
  const pairs = rawPairs(call.query);
  if (pairs === undefined) return faultAt('query', 'parameters that can be decoded', 'other octets');
  const taken = new Set<string>();
  for (const parameter of operation.parameters) {
    const judgement = judgeParameter(parameter, operation, call, pairs, taken);
    if (judgement !== undefined) return judgement;
  }
  if (refusesUnknown)
    for (const name of pairs.keys())
      if (!operation.queryNames.has(name) && !taken.has(name) && !call.queryNamesBeside.includes(name))
        return faultAt(`query:${shownName(name)}`, 'nothing: no such parameter is documented', 'a parameter');
  return judgeOverrides(operation, call.headers);
}

function judgeOverrides({ headerNames }: CompiledOperation, headers: HeaderFields): Judgement {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (METHOD_OVERRIDES.has(name) && !headerNames.has(name))
      return faultAt(`header:${name}`, 'nothing: the method is the one of the call', 'another method');
  }
  return undefined;
}

function judgeParameter(
  parameter: Parameter,
  operation: CompiledOperation,
  call: CallParameters,
  pairs: RawPairs,
  taken: Set<string>,
): Judgement {
  const { at } = parameter;
  switch (parameter.place) {
    case 'path': {
      const raw = call.path.get(parameter.name);
      if (raw === undefined) return undefined;
      return judgeText(parameter, raw, at, true);
    }
    case 'query':
      return judgeQuery(parameter, operation, pairs, taken, at);
    case 'header': {
      const values = fieldValues(call.headers, parameter.name);
      if (values.length === 0) return parameter.isRequired ? missing(at) : undefined;
      return judgeField(parameter, values);
    }
    case 'cookie': {
      const values = cookieValues(call.headers, parameter.name);
      const [only] = values;
      if (only === undefined) return parameter.isRequired ? missing(at) : undefined;
      return values.length > 1 ? repeated(at, values.length) : judgeText(parameter, only, at, true);
    }
  }
}

/** Values of one field of a head; there is one at least. */
function judgeField(parameter: Parameter, values: readonly string[]): Judgement {
  const isList = parameter.reader !== undefined && takesArrays(parameter.reader);
  if (values.length > 1 && !isList) return repeated(parameter.at, values.length);
  return judgeText(parameter, values.join(','), parameter.at, false);
}

/** The one field that comes once for each value, and whose values have commas in them (RFC 9110 §5.3). */
const SET_COOKIE = 'set-cookie';

/**
 * Judges the head of an answer. `mayLack`: fields that are required may be missing, as a server may leave those out of an
 * answer to HEAD that it makes along with the content (RFC 9110 §9.3.2).
 */
export function judgeAnswerFields(fields: readonly Parameter[], headers: HeaderFields, mayLack: boolean): Judgement {
  for (const field of fields) {
    const values = fieldValues(headers, field.name);
    if (values.length === 0) {
      if (field.isRequired && !mayLack) return missing(field.at);
      continue;
    }
    const judgement = field.name === SET_COOKIE ? judgeCookies(field, values) : judgeField(field, values);
    if (judgement !== undefined) return judgement;
  }
  return undefined;
}

function judgeCookies(parameter: Parameter, values: readonly string[]): Judgement {
  const { at, reader } = parameter;
  if (reader !== undefined && takesArrays(reader)) return judgeValue(reader.cell, values, at, PARAMETER_BYTES);
  for (const value of values) {
    const judgement = judgeText(parameter, value, at, false);
    if (judgement !== undefined) return judgement;
  }
  return undefined;
}

function judgeQuery(
  { name, reader, style, explode, isRequired, isJson, takesEmpty }: Parameter,
  operation: CompiledOperation,
  pairs: RawPairs,
  taken: Set<string>,
  at: string,
): Judgement {
  const values = pairs.get(name);
  if (reader === undefined) return values === undefined && isRequired ? missing(at) : undefined;
  if (!isJson && takesObjects(reader) && (style === 'deepObject' || explode)) {
    const readings =
      style === 'deepObject'
        ? readDeepObject(name, pairs, reader, taken)
        : readExplodedObject(pairs, reader, operation.queryNames, taken);
    // Beside its members, a text under the name itself would be a part of it that nobody has judged.
    if (readings !== undefined && values !== undefined) return repeated(at, 1);
    if (readings !== undefined) return judgeRead(readings, reader, at, 1);
    if (values === undefined) return isRequired ? missing(at) : undefined;
    if (!hasPlainForm(reader)) return faultAt(at, 'members of an object', 'one text');
  }
  if (values === undefined) return isRequired ? missing(at) : undefined;
  if (takesEmpty && values.length === 1 && values[0] === '') return undefined;
  if (!isJson) return judgeRead(readForm(values, style, explode, reader), reader, at, values.length);
  const [only] = values;
  if (only === undefined || values.length > 1) return repeated(at, values.length);
  return judgeJsonText(formDecoded(only), reader, at);
}

function hasPlainForm(reader: TextReader): boolean {
  return takesArrays(reader) || (reader.kinds & ~OBJECT) !== 0;
}

function judgeText(
  { reader, style, explode, isJson, name }: Parameter,
  raw: string,
  at: string,
  isEncoded: boolean,
): Judgement {
  if (reader === undefined) return undefined;
  if (isJson) return judgeJsonText(isEncoded ? percentDecoded(raw) : raw, reader, at);
  return judgeRead(readSimple(raw, name, style, explode, reader, isEncoded), reader, at, 1);
}

function judgeJsonText(text: string | undefined, reader: TextReader, at: string): Judgement {
  const body = text === undefined ? undefined : parseJsonBody(Buffer.from(text));
  if (body?.kind !== 'value') return faultAt(at, 'JSON that every reader reads alike', 'other text');
  return judgeValue(reader.cell, body.value, at, PARAMETER_BYTES);
}

function judgeRead(readings: Readings, reader: TextReader, at: string, count: number): Judgement {
  if (readings === 'malformed') return faultAt(at, 'a value that can be decoded', 'other octets');
  if (readings === 'repeated') return repeated(at, count);
  return judgeReadings(reader.cell, readings, at, PARAMETER_BYTES);
}

function missing(at: string): Judgement {
  return faultAt(at, 'a value', 'nothing');
}

function repeated(at: string, count: number): Judgement {
  return faultAt(at, 'one value', count > 1 ? `${count} values` : 'values of another form');
}

function fieldValues(headers: HeaderFields, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) values.push(headers[i + 1] ?? '');
  return values;
}

/** RFC 6265 §4.2; names are compared exactly. */
function cookieValues(headers: HeaderFields, name: string): string[] {
  const values: string[] = [];
  for (const field of fieldValues(headers, 'cookie'))
    for (const pair of field.split(';')) {
      const equals = pair.indexOf('=');
      if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim());
    }
  return values;
}
