import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseJsonBody } from '../../http/json-body.ts';
import { Contract, type ContractViolation, type HeadJudgement } from './contract.ts';
import { type ReadDocument, readDocument } from './read-document.ts';

/** A document that stands in memory, with the files beside it by their names. */
export function readText(text: string, beside: Readonly<Record<string, string>> = {}): ReadDocument {
  const files: Readonly<Record<string, string>> = { 'api.yaml': text, ...beside };
  return readDocument('api.yaml', {
    readFile: (path) => {
      const found = files[path];
      if (found === undefined) throw new Error('no such file');
      return found;
    },
    beside: (_path, name) => (name.includes('..') ? undefined : name.replace(/^\.\//, '')),
  });
}

export function contractOf(text: string, options: { readonly unknownFields?: 'deny' | 'allow' } = {}): Contract {
  const read = readText(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return new Contract(read.text, options.unknownFields !== 'allow');
}

export function contractOfFile(file: string): Contract {
  const read = readDocument(file, {
    readFile: (path) => readFileSync(path, 'utf8'),
    beside: (path, name) => resolve(dirname(path), name),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return new Contract(read.text, true);
}

export interface Request {
  readonly method?: string;
  /** With its query. */
  readonly target: string;
  readonly headers?: readonly string[];
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly type?: string | undefined;
}

/** What a contract says of a request, read as the gateway reads it. */
export function judge(
  contract: Contract,
  { method, target, headers = [], body, type }: Request,
  onRead = (): void => {},
): ContractViolation | undefined {
  const mark = target.indexOf('?');
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : body instanceof Uint8Array
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const hasBody = body !== undefined;
  const usual = hasBody && type === undefined ? ['content-type', 'application/json'] : [];
  const head = contract.judgeCall({
    method: method ?? (hasBody ? 'POST' : 'GET'),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: [...headers, ...(type === undefined || type === '' ? usual : ['content-type', type])],
    hasBody,
    queryNamesBeside: [],
  });
  return afterHead(head, bytes, onRead);
}

/** `onRead`: told where the body had to be read into a value. */
export function afterHead(
  head: HeadJudgement,
  bytes: Uint8Array,
  onRead = (): void => {},
): ContractViolation | undefined {
  switch (head.kind) {
    case 'violation':
      return head.violation;
    case 'done':
      return undefined;
    case 'body':
      return head.judge({
        bytes,
        json: () => {
          onRead();
          return parseJsonBody(bytes);
        },
      });
  }
}

/** `body /items/0/name`, `endpoint`; empty where nothing is wrong. */
export function shown(violation: ContractViolation | undefined): string {
  if (violation === undefined) return '';
  return violation.operation === undefined ? violation.kind : `${violation.kind} ${violation.fault.pointer}`;
}
