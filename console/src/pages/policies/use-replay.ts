import { useEffect, useRef, useState } from 'preact/hooks';
import type { Change, Comparison } from '../../../../src/pipeline/comparison.ts';
import { ask, type Problem } from '../../api/client.ts';

/** In the order they are told: what matters most first. */
export const CHANGES: readonly Change[] = [
  'newlyDenied',
  'newlyAllowed',
  'newlyObserved',
  'noLongerObserved',
  'unknown',
  'unchanged',
];

export interface ReplayWanted {
  readonly text: string;
  readonly sinceMinutes: number;
  readonly enforce: boolean;
}

export type ReplayState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly calls: number; readonly ending: boolean }
  | {
      readonly kind: 'done';
      readonly of: ReplayWanted;
      readonly against: string | null;
      readonly comparison: Comparison;
    }
  | { readonly kind: 'failed'; readonly of: ReplayWanted; readonly problem: Problem };

const LOOK_MS = 400;

export interface Replay {
  readonly state: ReplayState;
  run(wanted: ReplayWanted): void;
  /** Ends the replay that runs, whoever began it. */
  cancel(): void;
}

/** Tries a text on recorded calls, one at a time, and follows how far it is. `against`: the fingerprint of the file that it is compared with. */
export function useReplay(against: string | null): Replay {
  const [state, setState] = useState<ReplayState>({ kind: 'none' });
  const running = useRef(0);
  useEffect(() => () => void running.current++, []);
  const follow = async (round: number): Promise<void> => {
    while (running.current === round) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const status = await ask<{ readonly calls: number }>('GET', '/api/v1/config/replay');
      if (running.current !== round) return;
      if (status.ok)
        setState((before) => (before.kind === 'running' ? { ...before, calls: status.value.calls } : before));
    }
  };
  const run = async (wanted: ReplayWanted): Promise<void> => {
    const round = ++running.current;
    setState({ kind: 'running', calls: 0, ending: false });
    void follow(round);
    const answer = await ask<Comparison>('POST', '/api/v1/config/replay', { body: wanted });
    if (running.current !== round) return;
    running.current++;
    if (answer.ok) setState({ kind: 'done', of: wanted, against, comparison: answer.value });
    else if (answer.problem.code === 'replay_cancelled') setState({ kind: 'none' });
    else setState({ kind: 'failed', of: wanted, problem: answer.problem });
  };
  const cancel = async (): Promise<void> => {
    setState((before) => (before.kind === 'running' ? { ...before, ending: true } : before));
    const answer = await ask('DELETE', '/api/v1/config/replay');
    setState((before) => {
      if (before.kind === 'running') return answer.ok ? before : { ...before, ending: false };
      return before.kind === 'failed' && answer.ok ? { kind: 'none' } : before;
    });
  };
  return { state, run: (wanted) => void run(wanted), cancel: () => void cancel() };
}
