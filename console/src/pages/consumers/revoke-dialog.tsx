import { useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import type { PageOf } from '../../api/shapes.ts';
import { Confirm } from '../../components/confirm.tsx';
import { Loaded, Notice } from '../../components/panel.tsx';
import { timeText } from '../../state/format.ts';
import { revokeKey } from './credential-actions.ts';
import type { Key } from './shapes.ts';

/** As many as one answer brings: a key that was rotated is made with the consumer of its successor. */
const KEYS_MAX = 500;

/** Asks before a key ends for good; where the one it replaced still works, whether that ends too. */
export function RevokeDialog(props: {
  readonly revoked: Key;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { revoked, onClose, onDone } = props;
  const { keyId, consumer } = revoked;
  const keys = useResource<PageOf<Key>>('/api/v1/keys', { consumer, status: 'active', limit: KEYS_MAX });
  const [both, setBoth] = useState(false);
  const replaced =
    keys.kind === 'ready'
      ? keys.value.items.find(
          ({ successorId, expiresAtMs }) => successorId === keyId && (expiresAtMs === 0 || expiresAtMs > Date.now()),
        )
      : undefined;
  const run = async (): Promise<boolean> => {
    // The replaced one first: should that fail, nothing is said to be over that is not.
    if (both && replaced !== undefined && !(await revokeKey(replaced.keyId, onDone))) return false;
    return revokeKey(keyId, onDone);
  };
  return (
    <Confirm
      title={`Revoke ${keyId}`}
      action={both && replaced !== undefined ? 'Revoke both' : `Revoke ${keyId}`}
      needs="operator"
      off={keys.kind === 'loading' ? 'asking whether a key it replaced still works' : undefined}
      onClose={onClose}
      onConfirm={run}
    >
      <p>
        The key of <strong>{consumer}</strong> is refused at once, on every thread. That cannot be taken back; to stop
        it for a while, disable it.
      </p>
      <Loaded from={keys}>
        {() =>
          replaced === undefined ? null : (
            <>
              <Notice tone="observe" icon="alert">
                The key <code>{replaced.keyId}</code>, which it replaced, still works
                {replaced.expiresAtMs === 0 ? ' and has no end' : ` until ${timeText(replaced.expiresAtMs)}`}.
              </Notice>
              <label class="check">
                <input type="checkbox" checked={both} onChange={(event) => setBoth(event.currentTarget.checked)} />
                Revoke {replaced.keyId} too
              </label>
            </>
          )
        }
      </Loaded>
    </Confirm>
  );
}
