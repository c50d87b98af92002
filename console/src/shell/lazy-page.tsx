import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { Failed, Skeleton } from '../components/panel.tsx';
import { PAGES, type PageEntry } from '../pages/index.ts';
import { mayBeSignedIn } from '../state/session.ts';

const loaded = new Map<PageEntry, ComponentType>();

/** Fetches the page of a path, and what it shows first where somebody may be there, which is still being found out. Never rejects. */
export async function fetchAhead(path: string): Promise<void> {
  const entry = PAGES.find((one) => one.path === path);
  if (entry === undefined || loaded.has(entry)) return;
  try {
    const { default: component, ahead } = await entry.load();
    loaded.set(entry, component);
    if (mayBeSignedIn()) await ahead?.();
  } catch {
    // It fails again when the page is shown, and is told there.
  }
}

/** A page, fetched when it is first shown. */
export function LazyPage({ entry }: { readonly entry: PageEntry }) {
  const [, setDone] = useState<PageEntry>();
  const [lost, setLost] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    setLost(false);
    if (loaded.has(entry)) {
      // It may have come since it was looked for.
      setDone(entry);
      return;
    }
    entry.load().then(
      ({ default: component }) => {
        loaded.set(entry, component);
        setDone(entry);
      },
      () => setLost(true),
    );
  }, [entry, round]);
  const Component = loaded.get(entry);
  if (Component !== undefined) return <Drawn key={entry.path} page={Component} />;
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

/** A page that cannot be drawn says so: what it showed before would stay otherwise, as if it still were so. */
function Drawn({ page: Component }: { readonly page: ComponentType }) {
  const [fault, drawAgain] = useErrorBoundary();
  if (fault === undefined) return <Component />;
  const problem = {
    status: 0,
    code: 'page',
    title: 'This page could not be drawn',
    detail: 'The gateway answered what this console does not understand. If it was updated, load the console again.',
    more: {},
  };
  return <Failed problem={problem} again={drawAgain} />;
}
