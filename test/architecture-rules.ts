import { builtinModules } from 'node:module';
import path from 'node:path';
import { codeOnly, importsOf, lineAt } from './source-scan.ts';

/** A file of `src/`, named as `http/canonical-path.ts`. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** The floors of the house, lowest first. An import goes to a lower floor or stays in its own folder. */
export const FLOORS: readonly (readonly string[])[] = [
  ['core'],
  ['ports.ts'],
  ['http', 'crypto'],
  ['authn', 'authz', 'limit', 'detect', 'decoy', 'tokens', 'inventory', 'behavior', 'respond', 'audit'],
  ['pipeline'],
  ['config', 'store', 'edge', 'admin', 'fuzz'],
  ['cli'],
  ['index.ts'],
];

export const LINES_MAX = 500;

/** Where time, random, the environment and the network may be reached for; everywhere else they come in as arguments. */
const SHELLS = new Set(['store', 'edge', 'admin', 'cli']);

const AMBIENT: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'Date.now', pattern: /\bDate\s*\.\s*now\b/g },
  { name: 'new Date()', pattern: /\bnew\s+Date\s*(?:\(\s*\)|(?![\s(]))/g },
  { name: 'Math.random', pattern: /\bMath\s*\.\s*random\b/g },
  { name: 'process.env', pattern: /\bprocess\s*\.\s*env\b/g },
  { name: 'process.hrtime', pattern: /\bprocess\s*\.\s*hrtime\b/g },
  { name: 'performance', pattern: /(?<![.\w$])performance\s*\./g },
  { name: 'fetch', pattern: /(?<![.\w$])fetch\s*\(|\bglobalThis\s*\.\s*fetch\b/g },
  { name: 'console', pattern: /(?<![.\w$])console\s*\./g },
];

/** Only shells touch sockets (`node:net` is not listed: its address functions are pure). */
const SOCKET_MODULES = new Set([
  'node:http',
  'node:https',
  'node:http2',
  'node:tls',
  'node:dgram',
  'node:dns',
  'undici',
]);
const SOCKET_FOLDERS = new Set(['edge', 'admin', 'cli', 'fuzz', 'store']);

export function importDirection(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { file, specifier, line, target } of resolvedImports(files)) {
    const where = `src/${file.name}:${line}`;
    if (specifier === '?') faults.push(`${where} imports a computed path`);
    else if (target === undefined) continue;
    else if (target.startsWith('..')) faults.push(`${where} imports ${specifier} from outside src`);
    else {
      const [from, to] = [folderOf(file.name), folderOf(target)];
      if (from !== to && floorOf(to) >= floorOf(from)) faults.push(`${where} ${from} imports ${to} (${specifier})`);
    }
  }
  return faults;
}

export function coreImportsNothing(files: readonly SourceFile[]): string[] {
  return resolvedImports(files)
    .filter(
      ({ file, target }) => folderOf(file.name) === 'core' && (target === undefined || folderOf(target) !== 'core'),
    )
    .map(({ file, specifier, line }) => `src/${file.name}:${line} imports ${specifier}`);
}

/** A relative import names an existing file with its suffix; a package is one of the dependencies; built-ins say `node:`. */
export function importsExist(files: readonly SourceFile[], dependencies: readonly string[]): string[] {
  const names = new Set(files.map((file) => file.name));
  const faults: string[] = [];
  for (const { file, specifier, line, target } of resolvedImports(files)) {
    const where = `src/${file.name}:${line}`;
    if (target !== undefined) {
      if (target.endsWith('.ts') && !names.has(target))
        faults.push(`${where} imports ${specifier}, which does not exist`);
    } else if (builtinModules.includes(specifier)) faults.push(`${where} imports ${specifier} without node:`);
    else if (!specifier.startsWith('node:') && specifier !== '?' && !dependencies.includes(packageOf(specifier)))
      faults.push(`${where} imports ${specifier}, which is no dependency`);
  }
  return faults;
}

export function ambientAccess(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const file of files) {
    if (SHELLS.has(folderOf(file.name))) continue;
    const code = codeOnly(file.text);
    for (const { name, pattern } of AMBIENT)
      for (const match of code.matchAll(pattern))
        faults.push(`src/${file.name}:${lineAt(file.text, match.index)} reaches for ${name}`);
  }
  return faults;
}

export function socketModules(files: readonly SourceFile[]): string[] {
  return resolvedImports(files)
    .filter(({ file, specifier }) => SOCKET_MODULES.has(specifier) && !SOCKET_FOLDERS.has(folderOf(file.name)))
    .map(({ file, specifier, line }) => `src/${file.name}:${line} imports ${specifier}`);
}

export function folderNames(files: readonly SourceFile[]): string[] {
  const planned = new Set(FLOORS.flat());
  return [...new Set(files.map((file) => folderOf(file.name)))].filter((folder) => !planned.has(folder));
}

/**
 * Cycles in the order in which files are loaded; each as the files on it, once. Types do not count: a part that was split
 * out of a class may name the class.
 */
export function importCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map<string, string[]>(files.map((file) => [file.name, []]));
  for (const { file, target, deferred } of resolvedImports(files))
    if (target !== undefined && !deferred) edges.get(file.name)?.push(target);
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const trail: string[] = [];
  const visit = (name: string): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(name)), name].join(' → '));
      return;
    }
    state.set(name, 'open');
    trail.push(name);
    for (const next of edges.get(name) ?? []) visit(next);
    trail.pop();
    state.set(name, 'done');
  };
  for (const name of edges.keys()) visit(name);
  return cycles;
}

const CONSOLE_FLOORS = ['api', 'state', 'components', 'pages', 'shell'];

/** Of files of `console/src`: imports that go up, from one page to another, or for more than types to the gateway. */
export function consoleImports(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { file, specifier, line, target, deferred } of resolvedImports(files)) {
    const where = `console/src/${file.name}:${line}`;
    if (target === undefined) continue;
    if (target.startsWith('..')) {
      if (!deferred || !target.startsWith('../../src/')) faults.push(`${where} imports ${specifier} from outside`);
      continue;
    }
    const [from, to] = [folderOf(file.name), folderOf(target)];
    const upwards = CONSOLE_FLOORS.includes(from) && CONSOLE_FLOORS.indexOf(to) > CONSOLE_FLOORS.indexOf(from);
    if (upwards) faults.push(`${where} ${from} imports ${to} (${specifier})`);
    const [, page, ...within] = target.split('/');
    const foreign = within.length > 0 && from === 'pages' && to === 'pages' && file.name.split('/')[1] !== page;
    if (foreign && file.name !== 'pages/index.ts') faults.push(`${where} imports another page (${specifier})`);
  }
  return faults;
}

export function longFiles(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.split('\n').length - 1;
    return lines > LINES_MAX ? [`${file.name} has ${lines} lines`] : [];
  });
}

interface ResolvedImport {
  readonly file: SourceFile;
  readonly specifier: string;
  readonly line: number;
  /** Path under `src/` for a relative import; undefined for packages and built-ins. */
  readonly target: string | undefined;
  readonly deferred: boolean;
}

function resolvedImports(files: readonly SourceFile[]): ResolvedImport[] {
  return files.flatMap((file) =>
    importsOf(file.text).map(({ specifier, line, deferred }) => ({
      file,
      specifier,
      line,
      deferred,
      target: specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file.name), specifier) : undefined,
    })),
  );
}

/** The first folder of a file under `src/`, or the file itself where it stands in no folder. */
function folderOf(name: string): string {
  return name.split('/')[0] ?? name;
}

/** A folder that stands in no plan is above everything, so that nothing may import it. */
function floorOf(folder: string): number {
  const floor = FLOORS.findIndex((folders) => folders.includes(folder));
  return floor < 0 ? FLOORS.length : floor;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
