import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../../shared/data/vectors/desync-guardian');

export type Tier = 'Compliant' | 'Acceptable' | 'Ambiguous' | 'Severe';

/** One request of the corpus and the tier it belongs to. */
export interface DesyncCase {
  readonly file: string;
  readonly name: string;
  readonly method: string;
  readonly uri: string;
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly tier: Tier;
}

/** Whether the corpus is there; tests that need it skip without it. */
export const DESYNC_VECTORS_PRESENT = existsSync(FOLDER);

/** Reads the corpus; a Host is added where a row has none, because the rows are about other fields. */
export function desyncCases(): DesyncCase[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const rows = parse(readFileSync(join(FOLDER, file), 'utf8')) as {
        name: string;
        method?: string;
        uri?: string;
        version?: string;
        headers?: { name: string | null; value: unknown }[] | null;
        expected: { tier: Tier };
      }[];
      return rows.map((row) => {
        const headers = (row.headers ?? []).map((header) => [text(header.name), text(header.value)] as const);
        const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
        return {
          file,
          name: row.name,
          method: text(row.method),
          uri: text(row.uri),
          version: text(row.version),
          headers: hasHost ? headers : [['Host', 'api.example.com'] as const, ...headers],
          tier: row.expected.tier,
        };
      });
    });
}

/** The bytes a client would send for the head of a case. */
export function headBytes(row: DesyncCase): Buffer {
  const line = [row.method, row.uri, row.version].filter((part) => part !== '').join(' ');
  const fields = row.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${line}\r\n${fields}\r\n`, 'utf8');
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}
