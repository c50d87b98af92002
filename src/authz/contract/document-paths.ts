import { below, DocumentProblem, entriesOf, type JsonRecord, listOf, memberOf, recordOf, textOf } from './json-node.ts';
import type { OperationSource } from './operation.ts';
import { PathTemplates, parameterNames, piecesOf } from './path-templates.ts';
import type { SchemaCompiler } from './schema-compiler.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

/** An operation as the document lists it. */
export interface DocumentedOperation {
  readonly method: string;
  /** Template with the path of a server in front. */
  readonly path: string;
  /** Kinds of credentials of which it asks for one; empty where it may be called without. */
  readonly security: readonly string[];
  /** Of the template, in their order. */
  readonly parameterNames: readonly string[];
  readonly source: OperationSource;
}

export type PathEntry = Map<string, DocumentedOperation>;

/** RFC 9110 §9.3.2: HEAD is GET without the content. */
export function operationIn(entry: PathEntry, method: string): DocumentedOperation | undefined {
  return entry.get(method) ?? (method === 'HEAD' ? entry.get('GET') : undefined);
}

/** Every operation, under the path of every server the document, its path or itself names. */
export function documentedPaths(
  root: JsonRecord,
  compiler: SchemaCompiler,
): { readonly templates: PathTemplates<PathEntry>; readonly operations: readonly DocumentedOperation[] } {
  const templates = new PathTemplates<PathEntry>((entry, method) => operationIn(entry, method) !== undefined);
  const operations: DocumentedOperation[] = [];
  for (const [template, item] of entriesOf(root, 'paths', '')) {
    let pathPointer = below('/paths', template);
    let pathItem = recordOf(item);
    if (pathItem !== undefined && typeof pathItem['$ref'] === 'string') {
      const target = compiler.target(pathItem, pathPointer);
      pathItem = recordOf(target.schema);
      pathPointer = target.pointer;
    }
    if (pathItem === undefined) throw new DocumentProblem(pathPointer, 'this is not an object');
    for (const method of METHODS) {
      const operation = recordOf(memberOf(pathItem, method));
      if (operation === undefined) {
        if (memberOf(pathItem, method) !== undefined)
          throw new DocumentProblem(below(pathPointer, method), 'this is not an object');
        continue;
      }
      const source = { operation, pointer: below(pathPointer, method), pathItem, pathPointer };
      const security = securityOf(root, operation);
      for (const base of basesOf(root, source)) {
        const path = `${base}${template}`;
        const documented = {
          method: method.toUpperCase(),
          path,
          security,
          parameterNames: parameterNames(path, pathPointer),
          source,
        };
        const entry = templates.add(path, multiSegment(path, source, compiler), source.pointer, new Map());
        if (!entry.has(documented.method)) entry.set(documented.method, documented);
        operations.push(documented);
      }
    }
  }
  if (operations.length === 0) throw new DocumentProblem('/paths', 'the document has no operation');
  return { templates, operations };
}

/** Paths of servers. A call comes to the gateway as it goes to the upstream, so their hosts say nothing. */
function basesOf(root: JsonRecord, { operation, pathItem, pointer }: OperationSource): ReadonlySet<string> {
  const owner = [operation, pathItem, root].find((one) => memberOf(one, 'servers') !== undefined);
  const bases = new Set<string>();
  for (const server of owner === undefined ? [] : listOf(owner, 'servers', pointer)) {
    const url = withVariables(textOf(server, 'url') ?? '/', server);
    const path = URL.parse(url, 'http://relative.invalid/')?.pathname ?? '/';
    bases.add(path.replace(/\/$/, ''));
  }
  if (bases.size === 0) bases.add('');
  return bases;
}

function withVariables(url: string, server: unknown): string {
  let text = url;
  for (const [name, variable] of entriesOf(server, 'variables', ''))
    text = text.replaceAll(`{${name}}`, () => textOf(variable, 'default') ?? '');
  return text;
}

/** Documents that say so of a last parameter mean paths in it, although OpenAPI has no word for it. */
function multiSegment(path: string, source: OperationSource, compiler: SchemaCompiler): string | undefined {
  const last = piecesOf(path.slice(path.lastIndexOf('/') + 1), source.pointer)[0];
  if (last?.kind !== 'parameter') return undefined;
  for (const owner of [source.operation, source.pathItem])
    for (const node of listOf(owner, 'parameters', source.pointer)) {
      const record = recordOf(node);
      const parameter =
        record !== undefined && typeof record['$ref'] === 'string' ? compiler.target(record, '').schema : node;
      if (
        textOf(parameter, 'in') === 'path' &&
        textOf(parameter, 'name') === last.name &&
        memberOf(parameter, 'x-multi-segment') === true
      )
        return last.name;
    }
  return undefined;
}

/** Schemes of the operation, or of the whole; empty where one of the alternatives asks for nothing. */
function securityOf(root: JsonRecord, operation: JsonRecord): readonly string[] {
  const stated = memberOf(operation, 'security') ?? memberOf(root, 'security');
  if (!Array.isArray(stated) || stated.length === 0) return [];
  const schemes = recordOf(memberOf(memberOf(root, 'components'), 'securitySchemes')) ?? {};
  const kinds = new Set<string>();
  for (const alternative of stated) {
    const names = Object.keys(recordOf(alternative) ?? {});
    if (names.length === 0) return [];
    for (const name of names) kinds.add(kindOfScheme(memberOf(schemes, name)));
  }
  return [...kinds];
}

function kindOfScheme(scheme: unknown): string {
  const type = textOf(scheme, 'type') ?? 'a credential';
  return type === 'http' ? (textOf(scheme, 'scheme') ?? 'http').toLowerCase() : type;
}

/** Query parameters in which credentials come. */
export function queryCredentials(root: JsonRecord): readonly string[] {
  const names: string[] = [];
  for (const [, scheme] of entriesOf(memberOf(root, 'components'), 'securitySchemes', '/components'))
    if (textOf(scheme, 'type') === 'apiKey' && textOf(scheme, 'in') === 'query')
      names.push(textOf(scheme, 'name') ?? '');
  return names;
}
