import { ask } from '../api/client.ts';
import type { PageOf } from '../api/shapes.ts';
import { sentenceText } from './format.ts';
import { failed, told } from './toast.ts';

export type Mode = 'observe' | 'enforce';

/** A mode that was set by command, of `GET /api/v1/modes`. */
export interface SetMode {
  readonly scope: 'route' | 'path' | 'stage' | 'route-stage';
  readonly target: string;
  readonly mode: Mode;
  readonly setAtMs: number;
}

export interface ModeChange {
  readonly scope: 'route' | 'stage' | 'route-stage';
  /** Of one stage of one route `limit@orders`. */
  readonly target: string;
  readonly mode: Mode;
}

/** What was set by command before; `none`: what the configuration says counted. */
export type Before = 'none' | Mode;

/** How something reads that is in a mode. */
export const MODE_WORDS: Readonly<Record<Mode, string>> = { enforce: 'enforced', observe: 'observed' };

/** What a mode is of, in words: `the stage limit of the route orders`. */
export function modeSubject({ scope, target }: Pick<SetMode, 'scope' | 'target'>): string {
  if (scope !== 'route-stage') return `the ${scope} ${target}`;
  const at = target.indexOf('@');
  return `the stage ${target.slice(0, at)} of the route ${target.slice(at + 1)}`;
}

/**
 * Enforces or observes a route, a stage on every route, or one stage of one route, and offers the way back; `onChanged` hears of both. Resolves with
 * what counted before, or undefined where it failed, which is told.
 */
export async function changeMode(change: ModeChange, onChanged?: () => void): Promise<Before | undefined> {
  const { scope, target, mode } = change;
  const [subject, word] = [modeSubject(change), MODE_WORDS[mode]];
  const failure = `${sentenceText(subject)} is not ${word}`;
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
  told(`${sentenceText(subject)} is ${word}${openText(answer.value)}`, {
    text: 'Undo',
    run: () => void restore(change, before, onChanged),
  });
  return before;
}

async function restore(change: ModeChange, before: Before, onChanged: (() => void) | undefined): Promise<void> {
  const subject = modeSubject(change);
  const answer = before === 'none' ? await remove(change) : await put({ ...change, mode: before });
  if (answer.ok) {
    onChanged?.();
    told(`${sentenceText(subject)} is as it was before`);
  } else failed(`${sentenceText(subject)} is still ${MODE_WORDS[change.mode]}`, answer.problem);
}

/** Takes back a mode that was set by command: what the file says counts again. */
export async function clearMode(set: SetMode, onChanged: () => void): Promise<void> {
  const [subject, word] = [modeSubject(set), MODE_WORDS[set.mode]];
  const answer = await remove(set);
  if (!answer.ok) {
    failed(`${sentenceText(subject)} is still ${word} by command`, answer.problem);
    return;
  }
  onChanged();
  const again = async (): Promise<void> => {
    const back = await put(set);
    if (back.ok) {
      onChanged();
      told(`${sentenceText(subject)} is ${word} by command again`);
    } else failed(`${sentenceText(subject)} is as the file says`, back.problem);
  };
  told(`For ${subject} the file counts again${openText(answer.value)}`, { text: 'Undo', run: () => void again() });
}

/** What a change of a mode leaves open: the gateway says so of calls of no route that pass while a route enforces. */
function openText({ unmatchedPass }: Changed): string {
  return unmatchedPass ? '. Calls that match no route still go on: enforce the stage route to refuse them' : '';
}

interface Changed {
  readonly unmatchedPass: boolean;
}

function put({ scope, target, mode }: Pick<SetMode, 'scope' | 'target' | 'mode'>) {
  return ask<Changed>('PUT', '/api/v1/modes', { body: { scope, target, mode } });
}

function remove({ scope, target }: Pick<SetMode, 'scope' | 'target'>) {
  return ask<Changed>('DELETE', `/api/v1/modes/${scope}/${encodeURIComponent(target)}`);
}
