import { useEffect, useState } from 'preact/hooks';
import { type Answer, ask, type Problem, type Query, queryText } from './client.ts';
import type { PageOf } from './shapes.ts';

/** A list that is read page by page. */
export interface Pages<T> {
  readonly items: readonly T[];
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  /** Of the last page that was asked for. */
  readonly problem: Problem | undefined;
  readonly more: () => void;
  readonly reload: () => void;
}

const PAGE_SIZE = 500;

interface State<T> {
  readonly target: string;
  readonly items: readonly T[];
  readonly next: string | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
}

/** Reads a list from its beginning whenever its path or query changes; what was read stays while it is read again. */
export function usePages<T>(path: string, query: Query = {}, again: unknown = 0): Pages<T> {
  const target = path + queryText({ ...query, limit: PAGE_SIZE });
  const [state, setState] = useState<State<T>>({
    target,
    items: [],
    next: undefined,
    problem: undefined,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const take = (answer: Answer<PageOf<T>>, before: readonly T[]): void => {
    if (answer.ok) {
      const { items, next } = answer.value;
      setState({ target, items: [...before, ...items], next, problem: undefined, isLoading: false });
    } else setState((old) => ({ ...old, target, problem: answer.problem, isLoading: false }));
  };
  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, isLoading: true }));
    ask<PageOf<T>>('GET', target, { signal: abort.signal }).then(
      (answer) => take(answer, []),
      () => undefined,
    );
    return () => abort.abort();
  }, [target, again, round]);
  const more = (): void => {
    const { next, items } = state;
    if (next === undefined || state.isLoading || state.target !== target) return;
    setState((old) => ({ ...old, isLoading: true }));
    void ask<PageOf<T>>('GET', `${target}&cursor=${encodeURIComponent(next)}`).then((answer) => take(answer, items));
  };
  return {
    items: state.items,
    isLoading: state.isLoading,
    hasMore: state.next !== undefined,
    problem: state.problem,
    more,
    reload: () => setRound((before) => before + 1),
  };
}
