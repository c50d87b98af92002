import type { CommandArguments, CommandOption } from './command.ts';
import { flagOption, stringOption, stringOptions } from './command.ts';
import { parseDuration } from './duration.ts';

/** Options that say what a key is confined to. */
export const RESTRICTION_OPTIONS = {
  route: {
    type: 'string',
    multiple: true,
    valueName: 'ID[:METHOD,…]',
    description: 'route the key may be used for, by its id; none: any',
  },
  'any-route': { type: 'boolean', description: 'lets the key be used for any route again' },
  rate: {
    type: 'string',
    valueName: 'N/TIME',
    description: 'calls per time of this key alone, such as 100/1m; none ends it',
  },
  burst: { type: 'string', valueName: 'N', description: 'calls that may come at once, with --rate' },
  quota: {
    type: 'string',
    valueName: 'N/TIME',
    description: 'calls per window of this key alone, such as 10000/1d; none ends it',
  },
  idle: {
    type: 'string',
    valueName: 'DURATION',
    description: 'disabled when unused for so long, such as 30d; never, or default for what the configuration says',
  },
} as const satisfies Record<string, CommandOption>;

/** The fields of the admin API these options mean, or what is wrong with them. */
export function restrictionFields(
  args: CommandArguments,
):
  | { readonly ok: true; readonly fields: Record<string, unknown> }
  | { readonly ok: false; readonly problem: string; readonly fix: string } {
  const fields: Record<string, unknown> = {};
  const routes = stringOptions(args, 'route');
  if (flagOption(args, 'any-route')) {
    if (routes.length > 0) return { ok: false, problem: '--any-route and --route', fix: 'give one of them' };
    fields['routes'] = [];
  } else if (routes.length > 0) fields['routes'] = routes;
  for (const name of ['rate', 'quota'] as const) {
    const text = stringOption(args, name);
    if (text !== undefined) fields[name] = text === 'none' ? '' : text;
  }
  const burst = stringOption(args, 'burst');
  if (burst !== undefined) {
    if (!/^[1-9][0-9]{0,9}$/.test(burst))
      return { ok: false, problem: `--burst ${burst} is no number`, fix: 'for instance 20' };
    fields['burst'] = Number(burst);
  }
  const idle = stringOption(args, 'idle');
  if (idle !== undefined) {
    const seconds = idle === 'never' ? -1 : idle === 'default' ? 0 : parseDuration(idle);
    if (seconds === undefined)
      return { ok: false, problem: `--idle ${idle} is no duration`, fix: 'for instance 30d, never or default' };
    fields['idleSeconds'] = seconds;
  }
  return { ok: true, fields };
}
