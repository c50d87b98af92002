import { shellWord } from '../../core/shell-word.ts';
import type { AttackClass } from '../attack-class.ts';

/**
 * The command that lets a class through at a place for a month, ready for a shell. Names of keys are the caller's: whatever
 * a shell could read into them is quoted. Empty for a path that was cut, which names no place.
 */
export function exceptionCommand(routeId: string, path: string, attack: AttackClass): string {
  if (path.includes('…')) return '';
  return `sallyport exceptions add --route ${shellWord(routeId)} --path ${shellWord(path)} --class ${attack} --for 30d`;
}
