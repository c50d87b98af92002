import type { CommandIo } from './command.ts';
import { renderTable } from './output.ts';

/** Values shown of each kind; `--json` has all. */
const SHOWN_MAX = 12;

/** How a key is used, for people: one line in all, then who uses it, the last first. */
export function keyUsageText(io: CommandIo, usage: Readonly<Record<string, unknown>>): string {
  const calls = Number(usage['calls']);
  if (calls === 0) return `key ${String(usage['keyId'])} was not used`;
  const head = `key ${String(usage['keyId'])} of ${String(usage['consumer'])}: ${calls} ${calls === 1 ? 'call' : 'calls'}, ${String(usage['refusals'])} refused, last ${timeText(usage['lastUsedMs'])}`;
  const rows = (['addresses', 'agents', 'routes'] as const).flatMap((kind) =>
    (usage[kind] as Readonly<Record<string, unknown>>[])
      .slice(0, SHOWN_MAX)
      .map(({ value, calls: some, refusals, lastMs }) => [
        SINGULAR[kind],
        String(value),
        String(some),
        String(refusals),
        timeText(lastMs),
      ]),
  );
  return `${head}\n\n${renderTable(io, ['by', 'which', 'calls', 'refused', 'last'], rows)}`;
}

const SINGULAR = { addresses: 'address', agents: 'agent', routes: 'route' } as const;

function timeText(value: unknown): string {
  return typeof value === 'number' && value > 0 ? new Date(value).toISOString().replace(/\.\d+Z$/, 'Z') : '–';
}
