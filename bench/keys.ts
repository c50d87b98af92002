/**
 * A million API keys: `scripts/node bench/keys.ts [keys]`, about a minute; `--index` leaves the store out.
 * Every part runs in a process of its own, so that its memory is its own. Prints how long the index takes to fill, from
 * records in memory and from SQLite, what it takes of memory, and what `authenticate()` costs among a thousand keys and
 * among all: random keys, cut anew out of bytes as a parser does (the cutting is measured and taken off), rounds
 * interleaved, medians. A canary proves first that right keys are let in and others are not.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CredentialIndexWriter, CredentialReader } from '../src/crypto/credential-index.ts';
import { systemRandom } from '../src/edge/random.ts';
import { openControlStore } from '../src/store/sqlite/control-database.ts';
import { type Authenticated, authenticationOf, measureAuthentication, median } from './micro/authentication.ts';
import { FEW, type KeySource, KeySupply } from './micro/key-supply.ts';

const BATCH = 10_000;
const ROUNDS = 11;

const [part = '', ...rest] = process.argv.slice(2);
switch (part) {
  case '--part-index':
    await measureIndex(Number(rest[0]), 'records in memory');
    break;
  case '--part-fill-store':
    await fillStore(Number(rest[0]), rest[1] ?? '');
    break;
  case '--part-store':
    await measureIndex(Number(rest[0]), 'SQLite', rest[1]);
    break;
  default:
    runParts(process.argv.slice(2));
}

function runParts(options: readonly string[]): void {
  const keys = Number(options.find((option) => !option.startsWith('-')) ?? 1_000_000);
  const run = (...args: readonly string[]): void => {
    process.stdout.write(
      execFileSync(process.execPath, ['--expose-gc', import.meta.filename, ...args], { encoding: 'utf8' }),
    );
  };
  run('--part-index', String(keys));
  if (options.includes('--index')) return;
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-keys-'));
  try {
    run('--part-fill-store', String(keys), join(folder, 'keys.db'));
    run('--part-store', String(keys), join(folder, 'keys.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fillStore(keys: number, file: string): Promise<void> {
  const store = openControlStore(file);
  const supply = new KeySupply();
  let milliseconds = 0;
  for (let first = 0; first < keys; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, keys - first) }, (_, i) => supply.record(first + i));
    const start = performance.now();
    await store.keys.insert(batch);
    milliseconds += performance.now() - start;
  }
  store.close();
  row(`insert ${keys} into SQLite`, `${(milliseconds / 1000).toFixed(1)} s`);
}

async function measureIndex(keys: number, from: string, file?: string): Promise<void> {
  const supply = new KeySupply();
  const source: KeySource = file === undefined ? supply : openStore(file);
  const count = await source.count(keys);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const writer = new CredentialIndexWriter(systemRandom, count + Math.ceil(count / 8));
  const milliseconds = await source.load(keys, (record) => writer.upsert(record, undefined));
  globalThis.gc?.();
  const after = process.memoryUsage().rss;
  row(`fill the index with ${writer.size} from ${from}`, `${(milliseconds / 1000).toFixed(2)} s`);
  row('  resident memory', `+${megabytes(after - before)} MB`);
  const { table, records, arena } = writer.handle();
  row(
    '  address space of table, records, texts',
    [table, records, arena].map(({ byteLength }) => megabytes(byteLength)).join(' + '),
  );

  const small = new CredentialIndexWriter(systemRandom);
  for (let n = 0; n < FEW; n++) small.upsert(supply.record(n), undefined);
  const few = authenticationOf(supply, new CredentialReader(small.handle()), FEW);
  const many = authenticationOf(supply, new CredentialReader(writer.handle()), writer.size);
  const rounds: { few: Authenticated; many: Authenticated }[] = [];
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ few: measureAuthentication(few), many: measureAuthentication(many) });
  for (const kind of ['accepted', 'refused'] as const) {
    const [one, other] = [median(rounds.map(({ few }) => few[kind])), median(rounds.map(({ many }) => many[kind]))];
    row(`authenticate, ${kind}, among ${FEW}`, `${one.toFixed(0)} ns`);
    row(`authenticate, ${kind}, among ${writer.size}`, `${other.toFixed(0)} ns`);
    row('  ratio', (other / one).toFixed(2));
  }
}

function openStore(file: string): KeySource {
  const store = openControlStore(file);
  return {
    count: () => store.keys.count(),
    load: async (_, visit) => {
      const start = performance.now();
      await store.keys.scan(visit);
      return performance.now() - start;
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function row(name: string, value: string): void {
  console.log(`${name.padEnd(62)} ${value.padStart(18)}`);
}
