import { type BodyPlan, compileBodyPlan } from './body-judge.ts';
import type { ResolvedSchema } from './compiling.ts';
import { below, DocumentProblem, entriesOf, type JsonRecord, listOf, memberOf, recordOf, textOf } from './json-node.ts';
import { MediaRanges } from './media-types.ts';
import type { ParameterStyle } from './parameter-styles.ts';
import type { SchemaCompiler } from './schema-compiler.ts';
import { compileTextReader, type TextReader, takesObjects } from './text-values.ts';

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

export interface Parameter {
  readonly name: string;
  readonly place: ParameterPlace;
  /** `query:limit`: how it is told of. */
  readonly at: string;
  readonly isRequired: boolean;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  /** True: `?name` and `?name=` are fine whatever the schema says. */
  readonly takesEmpty: boolean;
  /** True: its text is JSON (`content`). */
  readonly isJson: boolean;
  readonly reader: TextReader | undefined;
}

/** Answers of one status, or of what is left. */
export interface ResponsePlan {
  /** Fields of the head, which are read as parameters in a header are. */
  readonly headers: readonly Parameter[];
  readonly media: MediaRanges<BodyPlan>;
}

/** Everything that is asked of one operation. */
export interface CompiledOperation {
  readonly parameters: readonly Parameter[];
  /** Names of query parameters that are documented, credentials of the document's security schemes among them. */
  readonly queryNames: ReadonlySet<string>;
  /** Query names that are members of exploded or deep objects are known only when they are read. */
  readonly readsQueryObjects: boolean;
  readonly headerNames: ReadonlySet<string>;
  readonly body: { readonly isRequired: boolean; readonly media: MediaRanges<BodyPlan> } | undefined;
  /** By status, `2XX` or `default`. */
  readonly responses: ReadonlyMap<string, ResponsePlan>;
}

export interface OperationSource {
  readonly operation: JsonRecord;
  readonly pointer: string;
  readonly pathItem: JsonRecord;
  readonly pathPointer: string;
}

/** Both directions of one document. */
export interface Compilers {
  readonly request: SchemaCompiler;
  readonly response: SchemaCompiler;
  readonly queryCredentials: readonly string[];
}

export function compileOperation(source: OperationSource, compilers: Compilers): CompiledOperation {
  const parameters = parametersOf(source, compilers.request);
  const query = parameters.filter(({ place }) => place === 'query');
  return {
    parameters,
    queryNames: new Set([...query.map(({ name }) => name), ...compilers.queryCredentials]),
    readsQueryObjects: query.some(({ reader, isJson }) => !isJson && reader !== undefined && takesObjects(reader)),
    headerNames: new Set(parameters.filter(({ place }) => place === 'header').map(({ name }) => name)),
    body: bodyOf(source, compilers.request),
    responses: responsesOf(source, compilers.response),
  };
}

/** Fields OpenAPI has elsewhere: parameters of these names mean nothing. */
const NOT_PARAMETERS = new Set(['accept', 'content-type', 'authorization']);

function parametersOf(
  { operation, pointer, pathItem, pathPointer }: OperationSource,
  compiler: SchemaCompiler,
): Parameter[] {
  const parameters = new Map<string, Parameter>();
  for (const [owner, at] of [
    [pathItem, pathPointer],
    [operation, pointer],
  ] as const)
    for (const [index, node] of listOf(owner, 'parameters', at).entries()) {
      const { schema, pointer: place } = followed(node, below(below(at, 'parameters'), index), compiler);
      const parameter = parameterOf(schema, place, compiler);
      if (parameter !== undefined) parameters.set(`${parameter.place}:${parameter.name}`, parameter);
    }
  return [...parameters.values()];
}

function parameterOf(node: unknown, pointer: string, compiler: SchemaCompiler): Parameter | undefined {
  const place = textOf(node, 'in');
  const given = textOf(node, 'name');
  if (given === undefined) throw new DocumentProblem(pointer, 'the parameter has no name');
  if (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')
    throw new DocumentProblem(below(pointer, 'in'), 'this is not path, query, header or cookie');
  const name = place === 'header' ? given.toLowerCase() : given;
  if (place === 'header' && NOT_PARAMETERS.has(name)) return undefined;
  return described(node, place, name, pointer, compiler);
}

/** What parameters and the headers of answers have in common. */
function described(
  node: unknown,
  place: ParameterPlace,
  name: string,
  pointer: string,
  compiler: SchemaCompiler,
): Parameter {
  const style = styleOf(node, place, pointer);
  const explode = memberOf(node, 'explode');
  const [media] = entriesOf(node, 'content', pointer);
  const schema = media === undefined ? memberOf(node, 'schema') : memberOf(media[1], 'schema');
  const schemaAt =
    media === undefined ? below(pointer, 'schema') : `${below(below(pointer, 'content'), media[0])}/schema`;
  return {
    name,
    place,
    at: `${place}:${name}`,
    isRequired: place === 'path' || memberOf(node, 'required') === true,
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form',
    takesEmpty: place === 'query' && memberOf(node, 'allowEmptyValue') === true,
    isJson: media !== undefined,
    reader: schema === undefined ? undefined : compileTextReader(schema, schemaAt, compiler),
  };
}

const STYLES: Readonly<Record<ParameterPlace, readonly ParameterStyle[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

function styleOf(node: unknown, place: ParameterPlace, pointer: string): ParameterStyle {
  const style = memberOf(node, 'style');
  const [usual = 'simple'] = STYLES[place];
  if (style === undefined) return usual;
  const known = STYLES[place].find((one) => one === style);
  if (known === undefined)
    throw new DocumentProblem(below(pointer, 'style'), `this is no style of a parameter in the ${place}`);
  return known;
}

function bodyOf({ operation, pointer }: OperationSource, compiler: SchemaCompiler): CompiledOperation['body'] {
  const node = memberOf(operation, 'requestBody');
  if (node === undefined) return undefined;
  const { schema: body, pointer: at } = followed(node, below(pointer, 'requestBody'), compiler);
  return { isRequired: memberOf(body, 'required') === true, media: mediaOf(body, at, compiler) };
}

function responsesOf(
  { operation, pointer }: OperationSource,
  compiler: SchemaCompiler,
): CompiledOperation['responses'] {
  const responses = new Map<string, ResponsePlan>();
  for (const [status, node] of entriesOf(operation, 'responses', pointer)) {
    const place = below(below(pointer, 'responses'), status);
    const key = status === 'default' ? status : status.toUpperCase();
    if (!/^(?:[1-5](?:[0-9]{2}|XX)|default)$/.test(key)) throw new DocumentProblem(place, 'this is no status');
    const { schema: response, pointer: at } = followed(node, place, compiler);
    responses.set(key, { headers: headersOf(response, at, compiler), media: mediaOf(response, at, compiler) });
  }
  return responses;
}

/** OpenAPI says of the media type elsewhere, so that a header of this name means nothing. */
const CONTENT_TYPE = 'content-type';

function headersOf(response: unknown, pointer: string, compiler: SchemaCompiler): readonly Parameter[] {
  return entriesOf(response, 'headers', pointer).flatMap(([given, node]) => {
    const name = given.toLowerCase();
    if (name === CONTENT_TYPE) return [];
    const { schema, pointer: at } = followed(node, below(below(pointer, 'headers'), given), compiler);
    return [described(schema, 'header', name, at, compiler)];
  });
}

function mediaOf(owner: unknown, pointer: string, compiler: SchemaCompiler): MediaRanges<BodyPlan> {
  const ranges = new MediaRanges<BodyPlan>();
  for (const [range, media] of entriesOf(owner, 'content', pointer)) {
    const at = below(below(pointer, 'content'), range);
    ranges.add(range, compileBodyPlan(media, at, compiler), at);
  }
  return ranges;
}

/** Parameters, bodies and answers may be references too. */
export function followed(node: unknown, pointer: string, compiler: SchemaCompiler): ResolvedSchema {
  let resolved: ResolvedSchema = { schema: node, pointer };
  for (let hops = 0; hops < 32; hops++) {
    const record = recordOf(resolved.schema);
    if (record === undefined) throw new DocumentProblem(resolved.pointer, 'this is not an object');
    if (typeof record['$ref'] !== 'string') return resolved;
    resolved = compiler.target(record, resolved.pointer);
  }
  throw new DocumentProblem(pointer, 'the reference leads from reference to reference');
}
