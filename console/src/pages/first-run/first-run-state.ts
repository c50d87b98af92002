import { useEffect, useState } from 'preact/hooks';
import { type Resource, useResource } from '../../api/resource.ts';
import type { Call, PageOf, RouteLine } from '../../api/shapes.ts';
import { gaps, onCalls } from '../../state/stream.ts';

/** What tells that a step was done, each asked of the gateway itself. */
export interface FirstRunState {
  readonly calls: Resource<PageOf<Call>>;
  readonly keys: Resource<PageOf<{ readonly keyId: string; readonly consumer: string }>>;
  readonly routes: Resource<PageOf<RouteLine>>;
  readonly refused: Resource<PageOf<Call>>;
  readonly permitted: Resource<PageOf<Call>>;
  /** After something was done here. */
  readonly look: () => void;
}

/** Looks again whenever somebody calls. */
export function useFirstRun(): FirstRunState {
  const [round, setRound] = useState(0);
  const look = (): void => setRound((before) => before + 1);
  useEffect(() => onCalls(look), []);
  const again = `${round} ${gaps.value}`;
  const calls = useResource<PageOf<Call>>('/api/v1/calls', { limit: 20 }, again);
  const keys = useResource<PageOf<{ keyId: string; consumer: string }>>('/api/v1/keys', { limit: 1 }, again);
  const routes = useResource<PageOf<RouteLine>>('/api/v1/routes', {}, again);
  const refused = useResource<PageOf<Call>>('/api/v1/calls', { limit: 1, outcome: 'denied', status: 401 }, again);
  const permitted = useResource<PageOf<Call>>(
    '/api/v1/calls',
    { limit: 50, outcome: 'permitted', statusClass: 2 },
    again,
  );
  return { calls, keys, routes, refused, permitted, look };
}

export function itemsOf<T>(resource: Resource<PageOf<T>>): readonly T[] {
  return resource.kind === 'ready' ? resource.value.items : [];
}

const FINISHED = 'sallyport.firstRun';

/** The route all steps were done for, as this browser remembers it: what is called afterwards does not undo them. */
export function finishedRoute(): string | undefined {
  try {
    return localStorage.getItem(FINISHED) ?? undefined;
  } catch {
    return undefined;
  }
}

export function finish(routeId: string): void {
  try {
    localStorage.setItem(FINISHED, routeId);
  } catch {
    // Without storage the steps are judged anew by the calls there are.
  }
}
