import { ask } from '../api/client.ts';
import type { PageOf } from '../api/shapes.ts';
import { failed, told } from './toast.ts';

interface SetMode {
  readonly scope: string;
  readonly target: string;
  readonly mode: string;
}

/** What a route was set to by command before; `none`: what the configuration says counted. */
export type Before = 'none' | 'observe' | 'enforce';

/** Enforces a route and offers the way back. Resolves with what counted before, or undefined where it failed, which is told. */
export async function enforceRoute(routeId: string): Promise<Before | undefined> {
  const modes = await ask<PageOf<SetMode>>('GET', '/api/v1/modes');
  if (!modes.ok) {
    failed(`The route ${routeId} is not enforced`, modes.problem);
    return undefined;
  }
  const known = modes.value.items.find(({ scope, target }) => scope === 'route' && target === routeId)?.mode;
  const before: Before = known === 'observe' || known === 'enforce' ? known : 'none';
  const answer = await setMode(routeId, 'enforce');
  if (!answer.ok) {
    failed(`The route ${routeId} is not enforced`, answer.problem);
    return undefined;
  }
  told(`The route ${routeId} is enforced`, { text: 'Undo', run: () => void restore(routeId, before) });
  return before;
}

async function restore(routeId: string, before: Before): Promise<void> {
  const answer =
    before === 'none'
      ? await ask('DELETE', `/api/v1/modes/route/${encodeURIComponent(routeId)}`)
      : await setMode(routeId, before);
  if (answer.ok) told(`The route ${routeId} is as it was before`);
  else failed(`The route ${routeId} is still enforced`, answer.problem);
}

function setMode(target: string, mode: 'observe' | 'enforce') {
  return ask('PUT', '/api/v1/modes', { body: { scope: 'route', target, mode } });
}
