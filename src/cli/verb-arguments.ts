import { GATEWAY_OPTIONS } from './admin-client.ts';
import type { CommandArguments, CommandIo, ExitCode } from './command.ts';
import { usageProblem } from './output.ts';

/** What one verb of a command takes. */
export interface VerbArguments {
  /** What follows the verb, for instance `key id`; undefined where nothing does. */
  readonly subject?: string;
  readonly options: readonly string[];
}

const ALWAYS = new Set([...Object.keys(GATEWAY_OPTIONS), 'json', 'help']);

/**
 * Reports what a verb does not take, or returns undefined. What was given and left unread would be believed done: a second
 * key to revoke, a grace.
 */
export function verbProblem(
  args: CommandArguments,
  io: CommandIo,
  commandName: string,
  { subject, options }: VerbArguments,
): ExitCode | undefined {
  const [verb, given, ...rest] = args.positionals;
  const help = `sallyport ${commandName} --help shows what it takes`;
  if (subject !== undefined && (given === undefined || given === ''))
    return usageProblem(io, `${commandName} ${verb} needs a ${subject}`, help);
  if (subject === undefined && given !== undefined)
    return usageProblem(io, `${commandName} ${verb} takes no arguments`, help);
  if (rest.length > 0) return usageProblem(io, `${commandName} ${verb} takes one ${subject} at a time`, help);
  for (const [name, value] of Object.entries(args.values))
    if (value !== undefined && !ALWAYS.has(name) && !options.includes(name))
      return usageProblem(io, `${commandName} ${verb} takes no --${name}`, help);
  return undefined;
}
