import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hashText, Random } from '../random.ts';
import type { BenignSide } from './templates.ts';

/** Installed packages: real source code and Markdown, the same everywhere because the lock file says so. */
const PACKAGES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const TEXTS = /\.(?:js|mjs|cjs|ts|mts|md|yml|yaml)$/i;
/** Packages of one platform are not installed on another. */
const OF_A_PLATFORM = /linux|darwin|win32|android|freebsd/;
const FILE_BYTES_MAX = 200_000;
const LINE_UNITS_MAX = 400;
/** So many pieces of one file, so that large packages do not drown small ones. */
const PIECES_PER_FILE = 6;
const FILES_PER_PACKAGE = 60;

/** Pieces of the sources and documents of installed packages; a package is on one side as a whole. */
export function packagePieces(side: BenignSide, count: number, seed: number): string[] {
  const names = existsSync(PACKAGES) ? packageNames() : [];
  const random = new Random(seed);
  const pieces: string[] = [];
  for (const name of names) {
    if (sideOf(name) !== side) continue;
    const files = filesBelow(`${PACKAGES}${name}`).filter((file) => TEXTS.test(file));
    random.shuffle(files);
    for (const file of files.slice(0, FILES_PER_PACKAGE)) pieces.push(...piecesOf(file, PIECES_PER_FILE, random));
  }
  return random.shuffle(pieces).slice(0, count);
}

/** Pieces of one to twelve lines of every text below a folder; for figures on code that no training has seen. */
export function folderPieces(folder: string, pattern: RegExp, perFile: number, seed: number): string[] {
  const random = new Random(seed);
  return filesBelow(folder)
    .filter((file) => pattern.test(file))
    .flatMap((file) => piecesOf(file, perFile, random));
}

function sideOf(name: string): BenignSide {
  const part = hashText(name) % 8;
  return part === 7 ? 'test' : part === 3 ? 'calibration' : 'train';
}

function packageNames(): string[] {
  return readdirSync(PACKAGES)
    .flatMap((name) => (name.startsWith('@') ? readdirSync(PACKAGES + name).map((part) => `${name}/${part}`) : [name]))
    .filter((name) => !name.startsWith('.') && !OF_A_PLATFORM.test(name) && !isWorkspace(name))
    .sort();
}

/** A workspace of this repository is linked among the packages; its sources change with every commit, and the model must not. */
function isWorkspace(name: string): boolean {
  return lstatSync(PACKAGES + name).isSymbolicLink();
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
      return entry.isFile() && statSync(path).size <= FILE_BYTES_MAX ? [path] : [];
    });
}

function piecesOf(file: string, count: number, random: Random): string[] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const pieces: string[] = [];
  for (let i = 0; i < count; i++) {
    const start = random.below(lines.length);
    const length = random.chance(0.4) ? 1 + random.below(2) : 1 + random.below(12);
    const chosen = lines.slice(start, start + length);
    const text = chosen.join('\n').trim();
    if (text.length > 8 && chosen.every((line) => line.length <= LINE_UNITS_MAX)) pieces.push(text);
  }
  return pieces;
}
