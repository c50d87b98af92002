import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Skeleton } from '../components/panel.tsx';
import type { PageEntry } from '../pages/index.ts';

const loaded = new Map<PageEntry, ComponentType>();

/** A page, fetched when it is first shown. */
export function LazyPage({ entry }: { readonly entry: PageEntry }) {
  const [, setDone] = useState<PageEntry>();
  const [lost, setLost] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    setLost(false);
    if (loaded.has(entry)) return;
    entry.load().then(
      ({ default: component }) => {
        loaded.set(entry, component);
        setDone(entry);
      },
      () => setLost(true),
    );
  }, [entry, round]);
  const Component = loaded.get(entry);
  if (Component !== undefined) return <Component />;
  if (!lost) return <Skeleton />;
  const problem = {
    status: 0,
    code: 'page',
    title: 'This page could not be fetched',
    detail: 'The gateway cannot be reached, or has been updated since: then load the console again.',
    more: {},
  };
  return <Failed problem={problem} again={() => setRound(round + 1)} />;
}
