import { STAGE_IDS } from '../core/decision.ts';
import type { ModeOverride } from '../ports.ts';
import type { CommandArguments } from './command.ts';
import { followUp } from './follow-up.ts';

/** What a mode is of, by how its target is written. */
export function scopeOf(target: string): ModeOverride['scope'] {
  if (target.startsWith('/')) return 'path';
  if (STAGE_IDS.some((id) => id === target)) return 'stage';
  // A name of the file has no `@`, and a route that a mode for a path made begins with its path.
  return target.includes('@') ? 'route-stage' : 'route';
}

/** What is open while calls that match no route are only observed, and the command that closes it. */
export function unmatchedText(args: CommandArguments): string {
  return `Calls that match no route are only observed and still go on to the upstream. Refuse them with:\n  ${followUp(args, 'enforce route')}`;
}
