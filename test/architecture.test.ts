import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './architecture-rules.ts';
import {
  ambientAccess,
  consoleImports,
  coreImportsNothing,
  folderNames,
  importCycles,
  importDirection,
  importsExist,
  longFiles,
  socketModules,
} from './architecture-rules.ts';
import { codeOnly, importsOf } from './source-scan.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function read(folder: string): SourceFile[] {
  return globSync('**/*.{ts,tsx}', { cwd: `${root}${folder}`, exclude: ['**/node_modules/**'] })
    .sort()
    .map((name) => ({ name, text: readFileSync(`${root}${folder}/${name}`, 'utf8') }));
}

const source = read('src');
/** Tests may import anything and read the clock; how long they are is asked of them too. */
const built = source.filter((file) => !file.name.endsWith('.test.ts'));
const dependencies = Object.keys(
  (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { dependencies: object }).dependencies,
);

/** Sources below write `#{` for the start of a template's hole, so that no reader and no linter takes it for one here. */
function withHoles(text: string): string {
  return text.replaceAll('#{', '$\u007b');
}

test('an import goes to a lower floor or stays in its own folder', () => {
  assert.ok(built.length > 0);
  assert.deepEqual(importDirection(built), []);
});

test('core imports nothing, not even built-in modules', () => {
  assert.deepEqual(coreImportsNothing(built), []);
});

test('every import names an existing file, a dependency, or a built-in with node:', () => {
  assert.deepEqual(importsExist(built, dependencies), []);
});

test('time, random, environment, network and console are reached for in shells only', () => {
  assert.deepEqual(ambientAccess(built), []);
});

test('only shells know socket modules', () => {
  assert.deepEqual(socketModules(built), []);
});

test('the folders of src are those of the plan', () => {
  assert.deepEqual(folderNames(source), []);
});

test('no file imports itself by way of others', () => {
  assert.deepEqual(importCycles(built), []);
});

test('the console imports downwards, no page another page, and of the gateway types alone', () => {
  const files = read('console/src');
  assert.ok(files.length > 0);
  assert.deepEqual(consoleImports(files), []);
  const wrong = (name: string, text: string): number => consoleImports([{ name, text }]).length;
  assert.equal(wrong('state/a.ts', "import { b } from '../components/b.tsx';"), 1);
  assert.equal(wrong('pages/calls/a.ts', "import { b } from '../keys/b.ts';"), 1);
  assert.equal(wrong('pages/calls/a.ts', "import { b } from '../../../../src/core/event.ts';"), 1);
  assert.equal(wrong('pages/calls/a.ts', "import type { B } from '../../../../src/core/event.ts';"), 0);
});

test('no file is longer than 500 lines', () => {
  assert.deepEqual(
    ['src', 'test', 'bench', 'examples', 'scripts', 'console/src'].flatMap((folder) => longFiles(read(folder))),
    [],
  );
});

test('the scanner finds every form of import and none in comments, strings, templates or regular expressions', () => {
  const text = [
    "import a, { type B } from './a.ts';",
    "import type { C } from './c.ts';",
    "import './side-effect.ts';",
    'export * from "./d.ts";',
    "export {\n  e,\n} from './e.ts';",
    "type F = import('./f.ts').F;",
    "const g = await import('./g.ts');",
    "const worker = new Worker(new URL('./thread.ts', import.meta.url));",
    "const data = new URL('./data.json', import.meta.url);",
    "// import x from './comment.ts';",
    "/* import x from './block.ts'; */",
    'const s = "import x from \'./string.ts\'";',
    "const t = `import x from './template.ts' #{`nested #{await import('./inside.ts')} '`} '`;",
    "const r = /import '.\\/regex.ts'[/'\"]/; const half = 4 / 2; const q = '/';",
    "const late = import('./late.ts');",
    'const computed = import(name);',
    'array.from("./method.ts"); import.meta.url;',
    'const service = { import(keys: (a: string) => void): void {}, async import(keys) {} };',
    'interface Service { load(): void; import(keys: string): void }',
  ].join('\n');
  assert.deepEqual(
    importsOf(withHoles(text)).map((found) => found.specifier),
    [
      './a.ts',
      './c.ts',
      './side-effect.ts',
      './d.ts',
      './e.ts',
      './f.ts',
      './g.ts',
      './thread.ts',
      './inside.ts',
      './late.ts',
      '?',
    ],
  );
});

test('the scanner knows which imports take no part in loading', () => {
  const text = [
    "import type { A } from './type.ts';",
    "export type { importsOf } from './export-type.ts';",
    "import { type B } from './inline.ts';",
    "import type, { c } from './named-type.ts';",
    "export {\n  d,\n} from './value.ts';",
    "type E = import('./in-type.ts').E;",
  ].join('\n');
  const deferred = importsOf(text).filter((found) => found.deferred);
  assert.deepEqual(
    deferred.map((found) => found.specifier),
    ['./type.ts', './export-type.ts', './in-type.ts'],
  );
});

test('the scanner keeps positions and lines', () => {
  const text = withHoles("a = 'b'; // c\n/* d\n */ e = `f#{g}h`;");
  assert.equal(codeOnly(text).length, text.length);
  assert.equal(codeOnly(text), withHoles("a = ' ';     \n    \n    e = ` #{g} `;"));
});

test('each rule reports the fault it is there for', () => {
  const file = (name: string, text: string): SourceFile[] => [{ name, text }];
  assert.equal(importDirection(file('http/a.ts', "import '../crypto/b.ts';")).length, 1);
  assert.equal(importDirection(file('limit/a.ts', "import type { B } from '../pipeline/b.ts';")).length, 1);
  assert.equal(importDirection(file('ports.ts', "import './http/b.ts';")).length, 1);
  assert.equal(importDirection(file('edge/a.ts', "import '../store/b.ts';")).length, 1);
  assert.equal(importDirection(file('edge/a.ts', "import '../../bench/b.ts';")).length, 1);
  assert.equal(importDirection(file('cli/a.ts', 'import(name);')).length, 1);
  assert.equal(importDirection(file('cli/commands/a.ts', "import '../../edge/b.ts'; import '../c.ts';")).length, 0);
  assert.equal(coreImportsNothing(file('core/a.ts', "import './b.ts'; import 'node:fs'; import 'undici';")).length, 2);
  assert.equal(importsExist(file('http/a.ts', "import './b.ts'; import 'fs'; import 'left-pad';"), []).length, 3);
  assert.equal(socketModules(file('authn/a.ts', "import 'node:http';")).length, 1);
  assert.deepEqual(folderNames(file('utils/a.ts', '')), ['utils']);
  assert.equal(longFiles(file('a.ts', '\n'.repeat(501))).length, 1);
  assert.equal(longFiles(file('a.ts', '\n'.repeat(500))).length, 0);
  const ring = [...file('http/a.ts', "import './b.ts';"), ...file('http/b.ts', "import { type A } from './a.ts';")];
  assert.deepEqual(importCycles(ring), ['http/a.ts → http/b.ts → http/a.ts']);
  const named = [...file('http/a.ts', "import './b.ts';"), ...file('http/b.ts', "import type { A } from './a.ts';")];
  assert.deepEqual(importCycles(named), []);
});

test('each way to reach for the surroundings is seen, and what only looks like one is not', () => {
  const faults = (text: string): number => ambientAccess([{ name: 'limit/a.ts', text: withHoles(text) }]).length;
  for (const text of [
    'Date.now()',
    'new Date()',
    'Math.random()',
    'process.env.HOME',
    "process.env['HOME']",
    'await fetch(url)',
    'console.log(1)',
    'performance.now()',
    'process.hrtime.bigint()',
    '`#{Date.now()}`',
  ])
    assert.equal(faults(text), 1, text);
  for (const text of [
    "'Date.now()'",
    '// console.log',
    'new Date(nowMs)',
    'ports.fetch(url)',
    'prefetch(url)',
    'this.console.log',
  ])
    assert.equal(faults(text), 0, text);
  assert.equal(ambientAccess([{ name: 'cli/a.ts', text: 'console.log(process.env)' }]).length, 0);
});
