import { createHash } from 'node:crypto';
import { dirname, resolve, sep } from 'node:path';
import { Contract } from '../authz/contract/contract.ts';
import type { DocumentedOperation } from '../authz/contract/document-paths.ts';
import { DocumentProblem } from '../authz/contract/json-node.ts';
import { type DocumentReadingProblem, readDocument } from '../authz/contract/read-document.ts';
import type { Configuration, ContractDocument, UpstreamConfig } from '../core/configuration.ts';
import type { DiagnosticCode } from './diagnostics.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

interface FileContext extends Pick<ReadContext, 'report'> {
  readFile(path: string): string;
}

export interface ReadContracts {
  readonly configuration: Configuration;
  /** By upstream. */
  readonly operations: ReadonlyMap<string, readonly DocumentedOperation[]>;
}

/**
 * Reads every OpenAPI document the configuration names and compiles all of it once, so that what cannot be used is found
 * before it is needed. The documents stand in the configuration as memory that threads share.
 */
export function readContracts(configuration: Configuration, root: SourceNode, context: FileContext): ReadContracts {
  const upstreams: Record<string, UpstreamConfig> = {};
  const operations = new Map<string, readonly DocumentedOperation[]>();
  for (const [name, upstream] of Object.entries(configuration.upstreams)) {
    upstreams[name] = upstream;
    if (upstream.openapi === undefined) continue;
    const path = ['upstreams', name, 'openapi'];
    const read = readContract(upstream.openapi.file, context);
    if ('problem' in read) {
      const { code, message } = reported(read.problem, upstream.openapi.file);
      context.report(code, positionOf(root, path), path, message);
      continue;
    }
    operations.set(name, read.operations);
    upstreams[name] = { ...upstream, openapi: read.document };
  }
  return { configuration: { ...configuration, upstreams }, operations };
}

function readContract(
  file: string,
  context: FileContext,
):
  | { readonly document: ContractDocument; readonly operations: readonly DocumentedOperation[] }
  | { readonly problem: DocumentReadingProblem } {
  const folder = `${dirname(file)}${sep}`;
  const read = readDocument(file, {
    readFile: (path) => context.readFile(path),
    beside: (path, name) => {
      const target = resolve(dirname(path), name);
      return target.startsWith(folder) ? target : undefined;
    },
  });
  if (!read.ok) return { problem: read.problem };
  try {
    const contract = new Contract(read.text, true);
    contract.compileAll();
    return {
      document: { file, text: shared(read.text), digest: createHash('sha256').update(read.text).digest('hex') },
      operations: contract.operations,
    };
  } catch (error) {
    if (!(error instanceof DocumentProblem)) throw error;
    const { pointer, message } = error;
    return { problem: { kind: 'unusable', file, pointer, line: 0, column: 0, message } };
  }
}

function shared(text: string): SharedArrayBuffer {
  const bytes = Buffer.from(text);
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}

const CODES: Readonly<Record<DocumentReadingProblem['kind'], DiagnosticCode>> = {
  unreadable: 'SP110',
  malformed: 'SP111',
  unusable: 'SP112',
};

/** Files beside the document are named from its folder on. */
function reported(
  { kind, file, pointer, line, column, message }: DocumentReadingProblem,
  document: string,
): { readonly code: DiagnosticCode; readonly message: string } {
  const folder = `${dirname(document)}${sep}`;
  const name = file.startsWith(folder) ? file.slice(folder.length) : file;
  const place = line > 0 ? `${name}:${line}:${column}` : pointer === '' ? name : `${name}#${pointer}`;
  return { code: CODES[kind], message: `${place}: ${message}` };
}
