import type { HeaderFields } from '../../core/call.ts';
import { isCoded } from '../coded-body.ts';
import { type BodyContent, judgeBody, readsBody } from './body-judge.ts';
import type { ContractFault } from './check-run.ts';
import {
  type DocumentedOperation,
  documentedPaths,
  operationIn,
  type PathEntry,
  queryCredentials,
} from './document-paths.ts';
import { DocumentProblem, recordOf } from './json-node.ts';
import { faultAt, type Judgement, type Refused } from './judgement.ts';
import { isUtf8Charset, type MediaType, parseMediaType } from './media-types.ts';
import { type CompiledOperation, type Compilers, compileOperation, type ResponsePlan } from './operation.ts';
import { type CallParameters, judgeAnswerFields, judgeParameters } from './parameter-judge.ts';
import type { PathTemplates } from './path-templates.ts';
import { SchemaCompiler } from './schema-compiler.ts';

/** What a call is judged by. */
export interface ContractCall extends Omit<CallParameters, 'path'> {
  readonly method: string;
  /** Canonical path, as it is forwarded. */
  readonly path: string;
  readonly hasBody: boolean;
}

export interface ContractAnswer {
  readonly status: number;
  readonly headers: HeaderFields;
  /** False for what never has one: answers to HEAD, 204, 304. */
  readonly hasBody: boolean;
}

export type ContractViolation =
  | { readonly kind: 'endpoint' | 'method'; readonly operation: undefined }
  | {
      readonly kind: 'parameter' | 'header' | 'contentType' | 'body' | 'status' | 'complex';
      /** `GET /orders/{id}`. */
      readonly operation: string;
      readonly fault: ContractFault;
    };

/** What is left to ask of a call or an answer once its head was judged. */
export type HeadJudgement =
  | { readonly kind: 'violation'; readonly violation: ContractViolation }
  | { readonly kind: 'done' }
  | { readonly kind: 'body'; judge(content: BodyContent): ContractViolation | undefined };

const DONE: HeadJudgement = Object.freeze({ kind: 'done' });

/** One operation with what was compiled of it, once it was needed. */
interface Operation {
  readonly name: string;
  readonly documented: DocumentedOperation;
  compiled: CompiledOperation | undefined;
}

/**
 * An OpenAPI document as what may be said: compiled from the text `readDocument` gave, each operation when it is first
 * called. Throws `DocumentProblem` where the document cannot be used; `compileAll` finds all that would come later.
 */
export class Contract {
  readonly operations: readonly DocumentedOperation[];
  readonly #templates: PathTemplates<PathEntry>;
  readonly #compilers: Compilers;
  readonly #refusesUnknown: boolean;
  readonly #bySource = new Map<DocumentedOperation, Operation>();

  constructor(text: string, refusesUnknown: boolean) {
    const root = recordOf(JSON.parse(text));
    if (root === undefined) throw new DocumentProblem('', 'the document is not an object');
    this.#refusesUnknown = refusesUnknown;
    this.#compilers = {
      request: new SchemaCompiler(root, { direction: 'request', refusesUnknown }),
      response: new SchemaCompiler(root, { direction: 'response', refusesUnknown }),
      queryCredentials: queryCredentials(root),
    };
    const { templates, operations } = documentedPaths(root, this.#compilers.request);
    this.#templates = templates;
    this.operations = operations;
  }

  /** Compiles everything now. */
  compileAll(): void {
    const compiled = new Set<unknown>();
    for (const documented of this.operations) {
      if (compiled.has(documented.source.operation)) continue;
      compiled.add(documented.source.operation);
      compileOperation(documented.source, this.#compilers);
    }
    this.#compilers.request.compileAll();
    this.#compilers.response.compileAll();
  }

  judgeCall(call: ContractCall): HeadJudgement {
    const match = this.#templates.match(call.path, call.method);
    if (match === 'endpoint' || match === 'method') return violation({ kind: match, operation: undefined });
    const operation = this.#operationOf(match.value, call.method);
    if (operation === undefined) return violation({ kind: 'method', operation: undefined });
    const compiled = this.#compiled(operation);
    const parameters = judgeParameters(
      compiled,
      { ...call, path: valuesByName(operation.documented, match.values) },
      this.#refusesUnknown,
    );
    if (parameters !== undefined) return violation(violationOf('parameter', operation.name, parameters));
    return this.#requestBody(operation.name, compiled, call);
  }

  judgeAnswer(path: string, method: string, answer: ContractAnswer): HeadJudgement {
    const match = this.#templates.match(path, method);
    const operation = typeof match === 'string' ? undefined : this.#operationOf(match.value, method);
    if (operation === undefined) return violation({ kind: 'endpoint', operation: undefined });
    const { name } = operation;
    const plan = responseOf(this.#compiled(operation), answer.status);
    if (plan === undefined)
      return violation(
        violationOf('status', name, faultAt('status', 'a documented status', `status ${answer.status}`)),
      );
    const field = judgeAnswerFields(plan.headers, answer.headers, method === 'HEAD');
    if (field !== undefined) return violation(violationOf('header', name, field));
    if (!answer.hasBody) return DONE;
    const type = contentType(answer.headers);
    if (plan.media.size === 0)
      return whole(name, (content) => (content.bytes.length === 0 ? undefined : UNDOCUMENTED_BODY));
    if (type === 'none') return whole(name, (content) => (content.bytes.length === 0 ? undefined : UNTYPED));
    const body = type === 'malformed' ? undefined : plan.media.find(type.essence);
    if (type === 'malformed' || body === undefined || !isUtf8Charset(type))
      return violation(wrongType(name, plan.media.names));
    if (!readsBody(body, type)) return DONE;
    return whole(name, (content) => judgeBody(body, type, content));
  }

  #operationOf(entry: PathEntry, method: string): Operation | undefined {
    const documented = operationIn(entry, method);
    if (documented === undefined) return undefined;
    const known = this.#bySource.get(documented);
    if (known !== undefined) return known;
    const operation = { name: `${documented.method} ${documented.path}`, documented, compiled: undefined };
    this.#bySource.set(documented, operation);
    return operation;
  }

  #compiled(operation: Operation): CompiledOperation {
    operation.compiled ??= compileOperation(operation.documented.source, this.#compilers);
    return operation.compiled;
  }

  #requestBody(name: string, { body }: CompiledOperation, call: ContractCall): HeadJudgement {
    if (!call.hasBody) {
      if (body?.isRequired === true) return violation(violationOf('body', name, faultAt('', 'a body', 'nothing')));
      return DONE;
    }
    if (body === undefined || body.media.size === 0)
      return whole(name, (content) => (content.bytes.length === 0 ? undefined : UNDOCUMENTED_BODY));
    const type = contentType(call.headers);
    const { isRequired, media } = body;
    if (type === 'none')
      return {
        kind: 'body',
        judge: ({ bytes }) => {
          if (bytes.length > 0) return wrongType(name, media.names);
          return isRequired ? violationOf('body', name, faultAt('', 'a body', 'nothing')) : undefined;
        },
      };
    const plan = type === 'malformed' ? undefined : media.find(type.essence);
    if (type === 'malformed' || plan === undefined || !isUtf8Charset(type))
      return violation(wrongType(name, media.names));
    if (isCoded(call.headers))
      return violation(
        violationOf(
          'contentType',
          name,
          faultAt('header:content-encoding', 'a body that is not compressed', 'a coding'),
        ),
      );
    if (!readsBody(plan, type) && !isRequired) return DONE;
    return whole(name, (content) => {
      if (content.bytes.length === 0) return isRequired ? faultAt('', 'a body', 'nothing') : undefined;
      return judgeBody(plan, type, content);
    });
  }
}

const UNTYPED = faultAt('header:content-type', 'a documented media type', 'nothing');
const UNDOCUMENTED_BODY = faultAt('', 'nothing: no body is documented', 'a body');

function violation(found: ContractViolation): HeadJudgement {
  return { kind: 'violation', violation: found };
}

function violationOf(
  kind: Exclude<ContractViolation['kind'], 'endpoint' | 'method' | 'complex'>,
  operation: string,
  judgement: Refused,
): ContractViolation {
  if (judgement.kind === 'fault') return { kind, operation, fault: judgement.fault };
  const fault = { pointer: '', expected: 'a value that can be judged in bounded time', got: 'one that cannot' };
  return { kind: 'complex', operation, fault };
}

function whole(operation: string, judge: (content: BodyContent) => Judgement): HeadJudgement {
  return {
    kind: 'body',
    judge: (content) => {
      const judgement = judge(content);
      return judgement === undefined ? undefined : violationOf('body', operation, judgement);
    },
  };
}

function wrongType(operation: string, names: readonly string[]): ContractViolation {
  const expected = names.length > 8 ? `one of ${names.length} media types` : names.join(', ');
  return violationOf('contentType', operation, faultAt('header:content-type', expected, 'another media type'));
}

function contentType(headers: HeaderFields): MediaType | 'none' | 'malformed' {
  let field: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'content-type') continue;
    if (field !== undefined) return 'malformed';
    field = headers[i + 1];
  }
  return field === undefined || field === '' ? 'none' : (parseMediaType(field) ?? 'malformed');
}

function valuesByName({ parameterNames }: DocumentedOperation, values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(parameterNames.map((name, index) => [name, values[index] ?? '']));
}

function responseOf({ responses }: CompiledOperation, status: number): ResponsePlan | undefined {
  return responses.get(String(status)) ?? responses.get(`${Math.floor(status / 100)}XX`) ?? responses.get('default');
}
