import { ask } from '../../api/client.ts';
import { failed, told } from '../../state/toast.ts';
import type { Consumer, Key } from './shapes.ts';

export function keyPath(keyId: string, verb = ''): string {
  return `/api/v1/keys/${encodeURIComponent(keyId)}${verb}`;
}

export function consumerPath(name: string): string {
  return `/api/v1/consumers/${encodeURIComponent(name)}`;
}

/** Takes a key out of use, or puts it into use again; the toast takes it back. `changed` is called where the gateway did it. */
export async function switchKey(keyId: string, verb: 'disable' | 'enable', changed: () => void): Promise<void> {
  const answer = await ask<Key>('POST', keyPath(keyId, `/${verb}`), verb === 'disable' ? { body: {} } : {});
  if (!answer.ok) {
    failed(`The key ${keyId} is as it was`, answer.problem);
    return;
  }
  changed();
  told(verb === 'disable' ? `The key ${keyId} is disabled` : `The key ${keyId} is in use again`, {
    text: 'Undo',
    run: () => void switchKey(keyId, verb === 'disable' ? 'enable' : 'disable', changed),
  });
}

/** Ends a key at once. Resolves with whether it was done. */
export async function revokeKey(keyId: string, changed: () => void): Promise<boolean> {
  const answer = await ask<Key>('POST', keyPath(keyId, '/revoke'), { body: { reason: 'revoked in the console' } });
  if (answer.ok) {
    changed();
    told(`The key ${keyId} is revoked`);
  } else failed(`The key ${keyId} was not revoked`, answer.problem);
  return answer.ok;
}

/** Refuses every key of a consumer, or takes that back. */
export async function switchConsumer(name: string, disabled: boolean, changed: () => void): Promise<void> {
  const answer = await ask<Consumer>('PUT', consumerPath(name), { body: { disabled } });
  if (!answer.ok) {
    failed(`${name} is as it was`, answer.problem);
    return;
  }
  changed();
  told(disabled ? `${name} is disabled: every key of it is refused` : `${name} may call again`, {
    text: 'Undo',
    run: () => void switchConsumer(name, !disabled, changed),
  });
}
