import {
  formDecoded,
  percentDecoded,
  type RawPairs,
  scalarsOf,
  type TextReader,
  takesArrays,
  takesObjects,
  takesScalars,
} from './text-values.ts';

export type ParameterStyle = 'form' | 'simple' | 'label' | 'matrix' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject';

/** What a parameter can be read as; `malformed` where it cannot be decoded, `repeated` where it came more often than it may. */
export type Readings = readonly unknown[] | 'malformed' | 'repeated';

/** What single items stand for where the reader of the whole does not say it. */
function readItem(text: string, reader: TextReader | undefined): unknown {
  if (reader === undefined) return text;
  const readings = scalarsOf(text, reader.kinds);
  return readings[0];
}

function arrayOf(texts: readonly string[], reader: TextReader): unknown[] {
  return texts.map((text) => readItem(text, reader.items));
}

function objectOf(entries: readonly (readonly [string, string])[], reader: TextReader): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, text] of entries) {
    const value = readItem(text, reader.properties.get(name) ?? reader.others);
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** All texts decoded, or undefined. */
function decodedAll(texts: readonly string[], decode: (text: string) => string | undefined): string[] | undefined {
  const decoded: string[] = [];
  for (const text of texts) {
    const one = decode(text);
    if (one === undefined) return undefined;
    decoded.push(one);
  }
  return decoded;
}

const DELIMITERS: Readonly<Partial<Record<ParameterStyle, RegExp>>> = {
  spaceDelimited: /%20|\+| /,
  pipeDelimited: /\||%7[Cc]/,
};

/** A parameter of the query or of a form, from every value that came under its name. */
export function readForm(
  values: readonly string[],
  style: ParameterStyle,
  explode: boolean,
  reader: TextReader,
): Readings {
  const readings: unknown[] = [];
  const [only] = values;
  if (values.length === 1 && only !== undefined && takesScalars(reader)) {
    const text = formDecoded(only);
    if (text === undefined) return 'malformed';
    readings.push(...scalarsOf(text, reader.kinds));
  }
  if (takesArrays(reader)) {
    let parts: readonly string[] = values;
    if (!explode) {
      if (only === undefined || values.length > 1) return readings.length > 0 ? readings : 'repeated';
      parts = only === '' ? [] : only.split(DELIMITERS[style] ?? ',');
    }
    const texts = decodedAll(parts, formDecoded);
    if (texts === undefined) return 'malformed';
    const array = arrayOf(texts, reader);
    // One text for a parameter that is an array before all: what is wrong is told of the array.
    if (takesScalars(reader)) readings.push(array);
    else readings.unshift(array);
  }
  if (takesObjects(reader) && !explode && only !== undefined && values.length === 1) {
    const object = pairsOf(only.split(','), formDecoded, reader);
    if (object === undefined) return 'malformed';
    readings.push(object);
  }
  return readings.length > 0 ? readings : 'repeated';
}

/** `a,1,b,2`. */
function pairsOf(
  parts: readonly string[],
  decode: (text: string) => string | undefined,
  reader: TextReader,
): Record<string, unknown> | undefined {
  const texts = decodedAll(parts, decode);
  if (texts === undefined || texts.length % 2 !== 0) return undefined;
  const entries: [string, string][] = [];
  for (let i = 0; i < texts.length; i += 2) entries.push([texts[i] ?? '', texts[i + 1] ?? '']);
  return objectOf(entries, reader);
}

/** `filter[status]=open&filter[limit]=5`, and the names it took. Undefined: none of them came. */
export function readDeepObject(
  name: string,
  pairs: RawPairs,
  reader: TextReader,
  taken: Set<string>,
): Readings | undefined {
  const object: Record<string, unknown> = {};
  let count = 0;
  for (const [key, values] of pairs) {
    if (!key.startsWith(`${name}[`) || !key.endsWith(']')) continue;
    const property = key.slice(name.length + 1, -1);
    taken.add(key);
    count++;
    const texts = decodedAll(values, formDecoded);
    if (texts === undefined) return 'malformed';
    const own = reader.properties.get(property) ?? reader.others;
    const [only] = texts;
    if (texts.length > 1 && (own === undefined || !takesArrays(own))) return 'repeated';
    const value = own !== undefined && takesArrays(own) ? arrayOf(texts, own) : readItem(only ?? '', own);
    Object.defineProperty(object, property, { value, enumerable: true, configurable: true, writable: true });
  }
  return count === 0 ? undefined : [object];
}

/** An object whose members are parameters of their own. `known`: other parameters, which are not its members. */
export function readExplodedObject(
  pairs: RawPairs,
  reader: TextReader,
  known: ReadonlySet<string>,
  taken: Set<string>,
): Readings | undefined {
  const object: Record<string, unknown> = {};
  let count = 0;
  for (const [key, values] of pairs) {
    const own = reader.properties.get(key) ?? (reader.isOpen && !known.has(key) ? reader.others : undefined);
    if (own === undefined && !(reader.isOpen && !known.has(key))) continue;
    taken.add(key);
    count++;
    const readings = own === undefined ? decodedAll(values, formDecoded) : readForm(values, 'form', true, own);
    if (readings === undefined || readings === 'malformed') return 'malformed';
    if (readings === 'repeated' || (own === undefined && readings.length > 1)) return 'repeated';
    Object.defineProperty(object, key, { value: readings[0], enumerable: true, configurable: true, writable: true });
  }
  return count === 0 ? undefined : [object];
}

/** A parameter of the path, a header or a cookie: one text. */
export function readSimple(
  raw: string,
  name: string,
  style: ParameterStyle,
  explode: boolean,
  reader: TextReader,
  isEncoded: boolean,
): Readings {
  const decode = isEncoded ? percentDecoded : (text: string): string => text;
  let text = raw;
  let separator = ',';
  if (style === 'label') {
    if (!text.startsWith('.')) return 'malformed';
    text = text.slice(1);
    if (explode) separator = '.';
  } else if (style === 'matrix') {
    const prefix = `;${name}=`;
    if (!text.startsWith(prefix)) return 'malformed';
    text = text.slice(prefix.length);
    if (explode) separator = prefix;
  }
  const readings: unknown[] = [];
  if (takesScalars(reader)) {
    const whole = decode(text);
    if (whole === undefined) return 'malformed';
    readings.push(...scalarsOf(whole, reader.kinds));
  }
  if (takesArrays(reader)) {
    const texts = decodedAll(text === '' ? [] : text.split(separator), (part) =>
      decode(isEncoded ? part : part.trim()),
    );
    if (texts === undefined) return 'malformed';
    readings.push(arrayOf(texts, reader));
  }
  if (takesObjects(reader)) {
    const parts = text.split(separator);
    const object = explode ? assignments(parts, decode, reader) : pairsOf(parts, decode, reader);
    if (object === undefined) return 'malformed';
    readings.push(object);
  }
  return readings.length > 0 ? readings : 'malformed';
}

/** `a=1,b=2`. */
function assignments(
  parts: readonly string[],
  decode: (text: string) => string | undefined,
  reader: TextReader,
): Record<string, unknown> | undefined {
  const entries: [string, string][] = [];
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = decode(equals === -1 ? '' : part.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    entries.push([name, value]);
  }
  return objectOf(entries, reader);
}
