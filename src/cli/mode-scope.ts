import { STAGE_IDS } from '../core/decision.ts';
import type { ModeOverride } from '../ports.ts';

/** What a mode is of, by how its target is written. */
export function scopeOf(target: string): ModeOverride['scope'] {
  if (target.startsWith('/')) return 'path';
  if (STAGE_IDS.some((id) => id === target)) return 'stage';
  // A name of the file has no `@`, and a route that a mode for a path made begins with its path.
  return target.includes('@') ? 'route-stage' : 'route';
}
