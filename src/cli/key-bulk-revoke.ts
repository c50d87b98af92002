import { reportRefusal, withAdmin } from './admin-client.ts';
import type { CommandArguments, CommandIo, CommandOption, ExitCode } from './command.ts';
import { flagOption, stringOption } from './command.ts';
import { parseDuration } from './duration.ts';
import { EXIT_FINDINGS, EXIT_OK, printProgress, printResult, usageProblem } from './output.ts';

/** Options that say which keys, for `keys revoke` without an id. */
export const BULK_OPTIONS = {
  leaked: { type: 'boolean', description: 'keys with an open finding of a leak' },
  'created-before': {
    type: 'string',
    valueName: 'TIME',
    description: 'keys made before a day or time, or so long ago',
  },
  'created-after': { type: 'string', valueName: 'TIME', description: 'keys made after it' },
  'unused-since': {
    type: 'string',
    valueName: 'TIME',
    description: 'keys not used since then, or for so long, such as 90d',
  },
  'dry-run': { type: 'boolean', description: 'only say which keys it would be' },
  yes: { type: 'boolean', description: 'end them without being asked' },
} as const satisfies Record<string, CommandOption>;

const TIMES = [
  ['created-before', 'createdBeforeMs'],
  ['created-after', 'createdAfterMs'],
  ['unused-since', 'unusedSinceMs'],
] as const;
const IDS_SHOWN_MAX = 10;

/** Whether `keys revoke` means many. */
export function namesMany(args: CommandArguments): boolean {
  return (
    stringOption(args, 'consumer') !== undefined ||
    flagOption(args, 'leaked') ||
    TIMES.some(([option]) => stringOption(args, option) !== undefined)
  );
}

/** Ends every key all of the options fit. Without `--yes` it only says which they are, and how to go on. */
export function revokeMany(args: CommandArguments, io: CommandIo, nowMs: number): Promise<ExitCode> {
  const filter: Record<string, unknown> = {};
  const consumer = stringOption(args, 'consumer');
  if (consumer !== undefined) filter['consumer'] = consumer;
  if (flagOption(args, 'leaked')) filter['leaked'] = true;
  for (const [option, field] of TIMES) {
    const text = stringOption(args, option);
    if (text === undefined) continue;
    const ms = pastTime(text, nowMs);
    if (ms === undefined)
      return Promise.resolve(
        usageProblem(
          io,
          `--${option} ${text} is no time that is past`,
          'for instance 90d, 2026-01-01 or 2026-01-01T08:00:00Z',
        ),
      );
    filter[field] = ms;
  }
  const isSure = flagOption(args, 'yes') && !flagOption(args, 'dry-run');
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/keys/revoke', {
      ...filter,
      dryRun: !isSure,
      reason: stringOption(args, 'reason') ?? '',
    });
    if (reply.status !== 200) return reportRefusal(io, reply);
    const count = Number(reply.body['count']);
    const ids = (reply.body['keyIds'] as string[]).slice(0, IDS_SHOWN_MAX);
    const shown = count === 0 ? '' : `: ${ids.join(' ')}${count > ids.length ? ` and ${count - ids.length} more` : ''}`;
    const keys = count === 1 ? '1 key' : `${count} keys`;
    printResult(io, reply.body, isSure ? `${keys} revoked${shown}` : `${keys} would be revoked${shown}`);
    if (isSure || flagOption(args, 'dry-run')) return EXIT_OK;
    if (count === 0) return EXIT_OK;
    printProgress(io, 'nothing is revoked yet: say --yes to revoke them');
    return EXIT_FINDINGS;
  });
}

/** A duration back from now, a day or a time. */
function pastTime(text: string, nowMs: number): number | undefined {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return nowMs - seconds * 1_000;
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms > nowMs ? undefined : ms;
}
