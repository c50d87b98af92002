import { useState } from 'preact/hooks';
import { usePages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import { Button } from '../../components/button.tsx';
import { Drawer } from '../../components/overlay.tsx';
import { Failed, Loaded } from '../../components/panel.tsx';
import { hrefWith } from '../../state/place.ts';
import { ConsumerDialog } from './consumer-dialog.tsx';
import { Ago, ConsumerStatus } from './consumers-view.tsx';
import { consumerPath, switchConsumer } from './credential-actions.ts';
import { useSurroundings } from './example-call.ts';
import { KeyDialog } from './key-dialog.tsx';
import { keyRows } from './key-rows.ts';
import { KeyStatus, Score, Weaknesses } from './key-weaknesses.tsx';
import { RevokeManyDialog } from './revoke-many-dialog.tsx';
import type { Consumer, HealthReport, Key } from './shapes.ts';

interface ConsumerDrawerProps {
  readonly name: string;
  readonly changes: number;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** One consumer: what it is, how its credentials are kept, and what can be done about it. */
export function ConsumerDrawer({ name, changes, onChanged, onClose }: ConsumerDrawerProps) {
  const consumer = useResource<Consumer>(consumerPath(name), {}, changes);
  const { isConfigured } = useSurroundings();
  const [asked, setAsked] = useState<'edit' | 'key' | 'revoke'>();
  const close = (): void => setAsked(undefined);
  return (
    <Drawer title={name} onClose={onClose}>
      <Loaded from={consumer}>
        {(value) => (
          <>
            <div class="row">
              <ConsumerStatus disabled={value.disabled} />
            </div>
            <ConsumerKeys name={name} changes={changes} />
            <div class="row">
              <Button icon="plus" kind="primary" needs="operator" onClick={() => setAsked('key')}>
                New key of {name}
              </Button>
            </div>
            <section class="section" aria-label="About it">
              <h3>About it</h3>
              <dl class="facts">
                <dt>Groups</dt>
                <dd>{value.groups.length === 0 ? <span class="faint">none</span> : value.groups.join(', ')}</dd>
                <dt>Tier</dt>
                <dd>{value.tier === '' ? <span class="faint">none</span> : value.tier}</dd>
                <dt>See also</dt>
                <dd class="row">
                  <a href={`/calls?consumer=${encodeURIComponent(name)}`}>its calls</a>
                  <a href={`/findings?status=all&actor=${encodeURIComponent(name)}`}>its findings</a>
                </dd>
              </dl>
            </section>
            <div class="row">
              <Button
                needs="operator"
                off={isConfigured(name) ? 'the configuration says them: change it there' : undefined}
                onClick={() => setAsked('edit')}
              >
                Change groups and tier
              </Button>
              <Button
                icon={value.disabled ? 'play' : 'pause'}
                needs="operator"
                onClick={() => void switchConsumer(name, !value.disabled, onChanged)}
              >
                {value.disabled ? `Enable ${name}` : `Disable ${name}`}
              </Button>
              <Button kind="danger" icon="block" needs="operator" onClick={() => setAsked('revoke')}>
                Revoke all its keys
              </Button>
            </div>
            {asked === 'edit' ? <ConsumerDialog consumer={value} onClose={close} onDone={onChanged} /> : null}
          </>
        )}
      </Loaded>
      {asked === 'key' ? <KeyDialog consumer={name} onClose={close} onDone={onChanged} /> : null}
      {asked === 'revoke' ? <RevokeManyDialog consumer={name} onClose={close} onDone={onChanged} /> : null}
    </Drawer>
  );
}

function ConsumerKeys({ name, changes }: { readonly name: string; readonly changes: number }) {
  const keys = usePages<Key>('/api/v1/keys', { consumer: name }, changes);
  const health = useResource<HealthReport>('/api/v1/keys/health', { consumer: name }, changes);
  const report = health.kind === 'ready' ? health.value : undefined;
  const rows = keyRows(keys.items, report, false);
  return (
    <section class="section" aria-label="Keys of it">
      <h3 class="row">
        <span class="grow">Keys</span>
        <Score score={report?.consumers[0]?.score} />
      </h3>
      {health.kind === 'failed' ? <Failed problem={health.problem} again={health.reload} /> : null}
      {keys.problem === undefined ? null : <Failed problem={keys.problem} again={keys.reload} />}
      {rows.length === 0 && !keys.isLoading ? <p class="soft">It has no keys.</p> : null}
      <ul class="credential-lines">
        {rows.map((row) => (
          <li key={row.keyId}>
            <a class="credential-line" href={hrefWith({ key: row.keyId })}>
              <span class="grow">
                <code>{row.keyId}</code> <span class="soft">{row.name}</span>
              </span>
              {row.health === undefined ? null : <Weaknesses names={row.weaknesses} />}
              <span class="faint">
                <Ago ms={row.health?.lastUsedMs ?? 0} />
              </span>
              <KeyStatus status={row.status} expiresAtMs={row.expiresAtMs} />
            </a>
          </li>
        ))}
      </ul>
      {keys.hasMore ? <Button onClick={keys.more}>Read more keys</Button> : null}
    </section>
  );
}
