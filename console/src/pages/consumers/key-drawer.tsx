import { useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-field.tsx';
import { Drawer } from '../../components/overlay.tsx';
import { Failed, Loaded, Notice } from '../../components/panel.tsx';
import { agoText, countOf, timeText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { useCallsTick } from '../../state/refresh.ts';
import { keyPath, switchKey } from './credential-actions.ts';
import { KeyUsageView } from './key-usage.tsx';
import { KeyStatus, WeaknessList, weaknessesOf } from './key-weaknesses.tsx';
import { RestrictDialog } from './restrict-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import type { HealthReport, Key } from './shapes.ts';

interface KeyDrawerProps {
  readonly keyId: string;
  readonly changes: number;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

const REFRESH_MS = 3_000;

/** One key: what it may, what weakens it, who uses it, and what can be done about it. */
export function KeyDrawer({ keyId, changes, onChanged, onClose }: KeyDrawerProps) {
  const tick = useCallsTick(REFRESH_MS);
  const found = useResource<Key>(keyPath(keyId), {}, changes);
  const [asked, setAsked] = useState<'rotate' | 'restrict' | 'revoke'>();
  const close = (): void => setAsked(undefined);
  const key = found.kind === 'ready' && found.value.keyId === keyId ? found.value : undefined;
  return (
    <Drawer title={`Key ${keyId}`} onClose={onClose} actions={<CopyButton text={keyId} label="Copy the key id" />}>
      <Loaded from={found}>
        {(value) => (
          <>
            <div class="row">
              <KeyStatus status={value.status} expiresAtMs={value.expiresAtMs} />
              <span class="soft">
                of <a href={hrefWith({ owner: value.consumer, key: undefined })}>{value.consumer}</a>
                {value.name === '' ? '' : `, “${value.name}”`}
              </span>
            </div>
            <Ended of={value} />
            {value.status === 'active' ? <KeyHealthView of={value} again={`${changes} ${tick}`} /> : null}
            <Actions of={value} onAsk={setAsked} onChanged={onChanged} />
            <KeyUsageView of={value} tick={`${changes} ${tick}`} />
            <KeyFacts of={value} />
          </>
        )}
      </Loaded>
      {key === undefined ? null : (
        <>
          {asked === 'rotate' ? <RotateDialog rotated={key} onClose={close} onDone={onChanged} /> : null}
          {asked === 'restrict' ? <RestrictDialog of={key} onClose={close} onDone={onChanged} /> : null}
          {asked === 'revoke' ? <RevokeDialog revoked={key} onClose={close} onDone={onChanged} /> : null}
        </>
      )}
    </Drawer>
  );
}

function Ended({ of: key }: { readonly of: Key }) {
  const { status, disabledReason, revokedReason, revokedAtMs, successorId, expiresAtMs } = key;
  const why =
    status === 'revoked'
      ? `Revoked ${agoText(revokedAtMs)}${revokedReason === '' ? '.' : `: ${revokedReason}.`}`
      : status === 'disabled'
        ? `Disabled${disabledReason === '' ? '.' : `: ${disabledReason}.`}`
        : undefined;
  return (
    <>
      {why === undefined ? null : (
        <Notice tone={status === 'revoked' ? 'deny' : 'observe'} icon={status === 'revoked' ? 'block' : 'pause'}>
          {why}
        </Notice>
      )}
      {successorId === '' ? null : (
        <Notice tone="unknown" icon="refresh">
          Replaced by{' '}
          <a href={hrefWith({ key: successorId })}>
            <code>{successorId}</code>
          </a>
          {status === 'revoked' || expiresAtMs === 0
            ? '.'
            : `, ${expiresAtMs > Date.now() ? 'ends' : 'ended'} ${agoText(expiresAtMs)}.`}
        </Notice>
      )}
    </>
  );
}

function KeyHealthView({ of: key, again }: { readonly of: Key; readonly again: string }) {
  const health = useResource<HealthReport>('/api/v1/keys/health', { consumer: key.consumer }, again);
  if (health.kind === 'failed') return <Failed problem={health.problem} again={health.reload} />;
  const own = health.kind === 'ready' ? health.value.items.find(({ keyId }) => keyId === key.keyId) : undefined;
  if (own === undefined) return null;
  const names = weaknessesOf(own, false);
  return (
    <section class="section" aria-label="Health">
      <h3 class="row">
        <span class="grow">What weakens it</span>
        <span class="soft number">{100 - own.penalty} of 100</span>
      </h3>
      {names.length === 0 ? <p class="soft">Nothing that is known.</p> : <WeaknessList names={names} health={own} />}
      <p class="faint">
        Its use has been watched for {countOf(own.watchedDays, 'day')}.
        {own.isWatchedEnough ? '' : ' Which scopes it has no use for is told from 7 days on.'}
      </p>
    </section>
  );
}

function Actions(props: {
  readonly of: Key;
  readonly onAsk: (asked: 'rotate' | 'restrict' | 'revoke') => void;
  readonly onChanged: () => void;
}) {
  const { of: key, onAsk, onChanged } = props;
  if (key.status === 'revoked') return null;
  return (
    <div class="row">
      <Button
        icon="refresh"
        needs="operator"
        off={key.successorId === '' ? undefined : 'it was rotated already'}
        onClick={() => onAsk('rotate')}
      >
        Rotate
      </Button>
      <Button icon="lock" needs="operator" onClick={() => onAsk('restrict')}>
        Change rights
      </Button>
      {key.status === 'disabled' ? (
        <Button icon="play" needs="operator" onClick={() => void switchKey(key.keyId, 'enable', onChanged)}>
          Enable
        </Button>
      ) : (
        <Button icon="pause" needs="operator" onClick={() => void switchKey(key.keyId, 'disable', onChanged)}>
          Disable
        </Button>
      )}
      <Button kind="danger" icon="block" needs="operator" onClick={() => onAsk('revoke')}>
        Revoke {key.keyId}
      </Button>
    </div>
  );
}

function KeyFacts({ of: key }: { readonly of: Key }) {
  return (
    <section class="section" aria-label="What it may">
      <h3>What it may</h3>
      <dl class="facts">
        <dt>Scopes</dt>
        <dd class="mono">{listed(key.scopes, 'none')}</dd>
        <dt>Routes</dt>
        <dd class="mono">{listed(key.routes, 'every one')}</dd>
        <dt>From</dt>
        <dd class="mono">{listed(key.allowedCidrs, 'anywhere')}</dd>
        <dt>Rate</dt>
        <dd>{key.rate === '' ? <span class="faint">none of its own</span> : key.rate}</dd>
        <dt>Quota</dt>
        <dd>{key.quota === '' ? <span class="faint">none of its own</span> : key.quota}</dd>
        <dt>Made</dt>
        <dd>
          {timeText(key.createdAtMs)}
          {key.foreign ? <span class="faint"> · taken over from elsewhere</span> : null}
        </dd>
        <dt>{key.status === 'revoked' ? 'Revoked' : 'Ends'}</dt>
        <dd>
          {key.status === 'revoked' ? (
            <>
              {timeText(key.revokedAtMs)} <span class="faint">· {agoText(key.revokedAtMs)}</span>
            </>
          ) : key.expiresAtMs === 0 ? (
            <span class="faint">never</span>
          ) : (
            <>
              {timeText(key.expiresAtMs)} <span class="faint">· {agoText(key.expiresAtMs)}</span>
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

function listed(values: readonly string[], none: string) {
  return values.length === 0 ? <span class="faint">{none}</span> : values.join(' ');
}
