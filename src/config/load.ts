import { dirname, resolve } from 'node:path';
import type { Configuration } from '../core/configuration.ts';
import { completeConfiguration } from './complete.ts';
import { CONFIGURATION_SCHEMA } from './configuration-schema.ts';
import { readContracts } from './contract-files.ts';
import { type Diagnostic, type DiagnosticCode, diagnostic, type SourcePath, sortDiagnostics } from './diagnostics.ts';
import { checkGeoFile } from './geo-file.ts';
import { errorCode, interpolate } from './interpolation.ts';
import { lintConfiguration } from './lint.ts';
import { lintContracts } from './lint-contract.ts';
import { findCredentials } from './lint-credentials.ts';
import { lintExpiredExceptions } from './lint-payload.ts';
import { lintStored, type StoredHoldings } from './lint-stored.ts';
import { expandRouteGroups } from './route-groups.ts';
import { RouteSettings } from './route-settings.ts';
import { INVALID, type ReadContext } from './schema-types.ts';
import { type Position, parseSource, SOURCE_BYTES_MAX } from './source-tree.ts';
import { checkTlsFiles } from './tls-files.ts';

export interface LoadPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a whole file as UTF-8 text; throws where it cannot. */
  readonly readFile: (path: string) => string;
  /** Reads a whole file as it is; throws where it cannot. Without it such files cannot be read. */
  readonly readBytes?: (path: string) => Uint8Array;
  /** Folder a relative configuration path starts from; without it the process's own. */
  readonly cwd?: string;
  /** What a running gateway's store holds; without it nothing is said of scopes, groups and tiers that stand there. */
  readonly stored?: StoredHoldings;
  /** Unix time in milliseconds; without it nothing is said of what has expired. */
  readonly nowMs?: number;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      readonly warnings: readonly Diagnostic[];
      /** Absolute paths of every file the configuration came from: itself, secrets, certificates. A change of one asks for a reload. */
      readonly sources: readonly string[];
      /** Where the settings of its routes come from. */
      readonly settings: RouteSettings;
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const START: Position = { line: 1, column: 1 };
const DIAGNOSTICS_MAX = 200;

/**
 * Reads, validates and lints a configuration file. Reports everything that is wrong, each at its line and column.
 * Does not check that upstreams answer or that ports are free.
 */
export function loadConfiguration(file: string, ports: LoadPorts): LoadResult {
  const path = absolute(file, ports);
  let text: string;
  try {
    text = ports.readFile(path);
  } catch (error) {
    return failed([
      diagnostic('SP001', { file, position: START, path: [] }, `the file cannot be read${errorCode(error)}`),
    ]);
  }
  return loadConfigurationText(text, file, ports);
}

/** The same for a text that stands, or would stand, in `file`. */
export function loadConfigurationText(text: string, file: string, ports: LoadPorts): LoadResult {
  if (Buffer.byteLength(text) > SOURCE_BYTES_MAX) {
    return failed([
      diagnostic('SP002', { file, position: START, path: [] }, `the file is larger than ${SOURCE_BYTES_MAX} bytes`),
    ]);
  }
  const source = parseSource(text);
  if (source.root === undefined) {
    return failed(
      source.faults.map((fault) => diagnostic(fault.code, { file, position: fault.position, path: [] }, fault.message)),
    );
  }
  const path = absolute(file, ports);
  const reading = new FileReading(file, path, ports);
  findCredentials(source.root, reading);
  const root = expandRouteGroups(source.root, reading);
  if (root === undefined) return failed(reading.problems);
  const read = CONFIGURATION_SCHEMA.read(root, [], reading);
  if (read === INVALID) return failed(reading.problems);
  const completed = completeConfiguration(read, root, reading);
  const { configuration, operations } = readContracts(completed, root, reading);
  checkTlsFiles(configuration, root, reading);
  checkGeoFile(configuration, root, reading);
  lintConfiguration(configuration, root, reading);
  lintContracts(configuration, operations, root, reading);
  if (ports.nowMs !== undefined) lintExpiredExceptions(configuration, ports.nowMs, root, reading);
  if (ports.stored !== undefined) lintStored(configuration, ports.stored, root, reading);
  if (reading.failed) return failed(reading.problems);
  const settings = new RouteSettings(source.root);
  return {
    ok: true,
    configuration: settings.withOrigins(configuration),
    warnings: sortDiagnostics(reading.problems),
    sources: [path, ...reading.files],
    settings,
  };
}

function absolute(file: string, ports: LoadPorts): string {
  return ports.cwd === undefined ? resolve(file) : resolve(ports.cwd, file);
}

function failed(diagnostics: readonly Diagnostic[]): LoadResult {
  return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
}

/** What is collected while one file is read. */
class FileReading implements ReadContext {
  readonly problems: Diagnostic[] = [];
  failed = false;
  readonly #reported = new Set<string>();
  readonly files = new Set<string>();
  readonly #file: string;
  readonly #folder: string;
  readonly #ports: LoadPorts;

  constructor(file: string, path: string, ports: LoadPorts) {
    this.#file = file;
    this.#folder = dirname(path);
    this.#ports = ports;
  }

  report(code: DiagnosticCode, position: Position, path: SourcePath, message: string, fix?: string): void {
    const problem = diagnostic(code, { file: this.#file, position, path }, message, fix);
    // What a group says stands in each of its routes, and is wrong once.
    const key = `${code} ${problem.line}:${problem.column} ${message}`;
    if (this.#reported.has(key)) return;
    // An error counts also where there is no room left to list it: warnings must not crowd it out.
    const firstError = problem.severity === 'error' && !this.failed;
    if (problem.severity === 'error') this.failed = true;
    if (!firstError && this.problems.length >= DIAGNOSTICS_MAX) return;
    this.#reported.add(key);
    this.problems.push(problem);
  }

  interpolate(text: string): ReturnType<ReadContext['interpolate']> {
    return interpolate(text, {
      env: this.#ports.env,
      readFile: this.#ports.readFile,
      resolvePath: (name) => this.resolvePath(name),
      used: (name) => this.files.add(name),
    });
  }

  resolvePath(path: string): string {
    return resolve(this.#folder, path);
  }

  readFile(path: string): string {
    const text = this.#ports.readFile(path);
    this.files.add(path);
    return text;
  }

  readBytes(path: string): Uint8Array {
    const { readBytes } = this.#ports;
    if (readBytes === undefined) throw new TypeError('files of this kind cannot be read here');
    const bytes = readBytes(path);
    this.files.add(path);
    return bytes;
  }
}
