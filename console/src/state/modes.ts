import { ask } from '../api/client.ts';
import type { PageOf } from '../api/shapes.ts';
import { failed, told } from './toast.ts';

export type Mode = 'observe' | 'enforce';

/** A mode that was set by command, of `GET /api/v1/modes`. */
export interface SetMode {
  readonly scope: 'route' | 'path' | 'stage';
  readonly target: string;
  readonly mode: Mode;
  readonly setAtMs: number;
}

export interface ModeChange {
  readonly scope: 'route' | 'stage';
  readonly target: string;
  readonly mode: Mode;
}

/** What was set by command before; `none`: what the configuration says counted. */
export type Before = 'none' | Mode;

/** How something reads that is in a mode. */
export const MODE_WORDS: Readonly<Record<Mode, string>> = { enforce: 'enforced', observe: 'observed' };

/**
 * Enforces or observes a route, or a stage on every route, and offers the way back; `onChanged` hears of both. Resolves with
 * what counted before, or undefined where it failed, which is told.
 */
export async function changeMode(change: ModeChange, onChanged?: () => void): Promise<Before | undefined> {
  const { scope, target, mode } = change;
  const word = MODE_WORDS[mode];
  const failure = `The ${scope} ${target} is not ${word}`;
  const modes = await ask<PageOf<SetMode>>('GET', '/api/v1/modes');
  if (!modes.ok) {
    failed(failure, modes.problem);
    return undefined;
  }
  const answer = await put(change);
  if (!answer.ok) {
    failed(failure, answer.problem);
    return undefined;
  }
  const before = modes.value.items.find((one) => one.scope === scope && one.target === target)?.mode ?? 'none';
  onChanged?.();
  told(`The ${scope} ${target} is ${word}`, { text: 'Undo', run: () => void restore(change, before, onChanged) });
  return before;
}

async function restore(change: ModeChange, before: Before, onChanged: (() => void) | undefined): Promise<void> {
  const { scope, target, mode } = change;
  const answer = before === 'none' ? await remove(change) : await put({ ...change, mode: before });
  if (answer.ok) {
    onChanged?.();
    told(`The ${scope} ${target} is as it was before`);
  } else failed(`The ${scope} ${target} is still ${MODE_WORDS[mode]}`, answer.problem);
}

/** Takes back a mode that was set by command: what the file says counts again. */
export async function clearMode(set: SetMode, onChanged: () => void): Promise<void> {
  const { scope, target, mode } = set;
  const answer = await remove(set);
  if (!answer.ok) {
    failed(`The ${scope} ${target} is still ${MODE_WORDS[mode]} by command`, answer.problem);
    return;
  }
  onChanged();
  const again = async (): Promise<void> => {
    const back = await put(set);
    if (back.ok) {
      onChanged();
      told(`The ${scope} ${target} is ${MODE_WORDS[mode]} by command again`);
    } else failed(`The ${scope} ${target} is as the file says`, back.problem);
  };
  told(`For the ${scope} ${target} the file counts again`, { text: 'Undo', run: () => void again() });
}

function put({ scope, target, mode }: Pick<SetMode, 'scope' | 'target' | 'mode'>) {
  return ask('PUT', '/api/v1/modes', { body: { scope, target, mode } });
}

function remove({ scope, target }: Pick<SetMode, 'scope' | 'target'>) {
  return ask('DELETE', `/api/v1/modes/${scope}/${encodeURIComponent(target)}`);
}
