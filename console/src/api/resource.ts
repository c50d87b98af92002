import { useEffect, useState } from 'preact/hooks';
import { ask, type Problem, type Query, queryText } from './client.ts';

/** What a page knows of something it asked for. While it is asked again, the former value stays on the screen. */
export type Resource<T> = {
  readonly reload: () => void;
  /** True while it is being asked for. */
  readonly busy: boolean;
} & (
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly problem: Problem }
);

type State<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Asks for a path whenever it, its query or `again` changes; undefined: not yet. An answer that is overtaken is dropped. */
export function useResource<T>(path: string | undefined, query: Query = {}, again: unknown = 0): Resource<T> {
  const target = path === undefined ? undefined : path + queryText(query);
  const [state, setState] = useState<State<T>>({ kind: 'loading' });
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (target === undefined) return;
    const abort = new AbortController();
    setBusy(true);
    ask<T>('GET', target, { signal: abort.signal }).then(
      (answer) => {
        setState(answer.ok ? { kind: 'ready', value: answer.value } : { kind: 'failed', problem: answer.problem });
        setBusy(false);
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [target, again, round]);
  return { ...state, busy, reload: () => setRound((before) => before + 1) };
}
