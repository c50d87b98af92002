import { useEffect, useState } from 'preact/hooks';
import { ask, type Problem, type Query, queryText } from './client.ts';

/** What a page knows of something it asked for. While it is asked again, the former value stays; never that of another path. */
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
  const [known, setKnown] = useState<{ readonly path: string | undefined; readonly state: State<T> }>();
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (target === undefined) return;
    const abort = new AbortController();
    setBusy(true);
    ask<T>('GET', target, { signal: abort.signal }).then(
      (answer) => {
        const state: State<T> = answer.ok
          ? { kind: 'ready', value: answer.value }
          : { kind: 'failed', problem: answer.problem };
        setKnown({ path, state });
        setBusy(false);
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [target, again, round]);
  const state: State<T> = known !== undefined && known.path === path ? known.state : { kind: 'loading' };
  return { ...state, busy, reload: () => setRound((before) => before + 1) };
}
