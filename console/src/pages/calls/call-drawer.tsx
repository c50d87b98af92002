import { useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import { OutcomeBadge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-field.tsx';
import { EnforceRoute } from '../../components/enforce-route.tsx';
import { FilterValue } from '../../components/filter-bar.tsx';
import { Drawer } from '../../components/overlay.tsx';
import { Loaded, Notice } from '../../components/panel.tsx';
import { Trace } from '../../components/trace.tsx';
import { agoText, bytesText, millisText, sentenceText, timeText } from '../../state/format.ts';
import { useShortcuts } from '../../state/keyboard.ts';
import { hrefWith } from '../../state/place.ts';
import { beginning, type CallDetail, stagesOf, textsOf } from './call-detail.ts';
import { CallEvidence } from './call-evidence.tsx';

interface CallDrawerProps {
  readonly requestId: string;
  readonly onClose: () => void;
  /** To the row below (1) or above (−1). */
  readonly onMove: (by: number) => void;
}

/** One call whole: what was decided and why, by whom it came, and what can be done about it. */
export function CallDrawer({ requestId, onClose, onMove }: CallDrawerProps) {
  const detail = useResource<CallDetail>(`/api/v1/calls/${encodeURIComponent(requestId)}`);
  const [enforcing, setEnforcing] = useState<string>();
  useShortcuts([
    { key: 'j', text: 'Next call', inDialog: true, run: () => onMove(1) },
    { key: 'k', text: 'Call before', inDialog: true, run: () => onMove(-1) },
  ]);
  const title = detail.kind === 'ready' ? `${detail.value.call.method} ${detail.value.call.path}` : 'Call';
  return (
    <Drawer
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" icon="up" label="Call before (k)" onClick={() => onMove(-1)} />
          <Button kind="quiet" icon="down" label="Next call (j)" onClick={() => onMove(1)} />
        </>
      }
    >
      <Loaded from={detail}>
        {(value) => <CallView detail={value} onEnforce={setEnforcing} onChanged={detail.reload} />}
      </Loaded>
      {enforcing === undefined ? null : <EnforceRoute routeId={enforcing} onClose={() => setEnforcing(undefined)} />}
    </Drawer>
  );
}

function CallView({
  detail,
  onEnforce,
  onChanged,
}: {
  readonly detail: CallDetail;
  readonly onEnforce: (routeId: string) => void;
  readonly onChanged: () => void;
}) {
  const { call } = detail;
  return (
    <>
      <div class="row">
        <OutcomeBadge outcome={call.outcome} />
        <span class="soft">
          {call.status === 0 ? 'no answer' : `answered ${call.status}`} · {timeText(call.timeMs)} ·{' '}
          {agoText(call.timeMs)}
        </span>
      </div>
      <Why detail={detail} />
      <section class="section" aria-label="Trace">
        <h3>What each stage said</h3>
        <Trace stages={stagesOf(detail)} />
      </section>
      <CallEvidence call={call} found={detail.payload} onChanged={onChanged} />
      <Caller detail={detail} />
      <Answer detail={detail} />
      {call.outcome === 'observed' && call.routeId !== '' ? (
        <div class="row">
          <Button icon="lock" needs="operator" onClick={() => onEnforce(call.routeId)}>
            Enforce the route {call.routeId}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Why({ detail }: { readonly detail: CallDetail }) {
  const { outcome } = detail.call;
  const [sentence] = textsOf(detail, 'outcome');
  const tone = outcome === 'denied' ? 'deny' : outcome === 'observed' ? 'observe' : 'permit';
  const icon = outcome === 'denied' ? 'block' : outcome === 'observed' ? 'eye' : 'check';
  return (
    <Notice tone={tone} icon={icon}>
      <p class="why">{sentenceText(beginning(sentence ?? ''))}</p>
      {textsOf(detail, 'hint').map((hint) => (
        <p key={hint} class="soft">
          {hint}
        </p>
      ))}
    </Notice>
  );
}

function Caller({ detail }: { readonly detail: CallDetail }) {
  const { call } = detail;
  return (
    <section class="section" aria-label="Caller">
      <h3>Who called</h3>
      <dl class="facts">
        <dt>Consumer</dt>
        <dd>
          {call.consumer === '' ? (
            <span class="faint">nobody identified</span>
          ) : (
            <FilterValue name="consumer" value={call.consumer} />
          )}
          {detail.isConsumer ? (
            <>
              {' '}
              <a href={hrefWith({ owner: call.consumer }, '/consumers')}>open the consumer</a>
            </>
          ) : null}
        </dd>
        <dt>Credential</dt>
        <dd>
          <FilterValue name="credential" value={call.credentialId} />
          {call.authenticator === '' ? null : <span class="faint"> by {call.authenticator}</span>}
          {detail.isKey ? (
            <>
              {' '}
              <a href={hrefWith({ view: 'keys', key: call.credentialId }, '/consumers')}>open the key</a>
            </>
          ) : null}
        </dd>
        <dt>Address</dt>
        <dd>
          <FilterValue name="address" value={call.address} />
        </dd>
        <dt>Agent</dt>
        <dd>{call.userAgent === '' ? <span class="faint">–</span> : call.userAgent}</dd>
        {call.signals.length === 0 ? null : (
          <>
            <dt>Signals</dt>
            <dd class="mono">{call.signals.join(', ')}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Answer({ detail }: { readonly detail: CallDetail }) {
  const { call } = detail;
  const upstream = call.upstreamMicros === 0 ? 'not asked' : millisText(call.upstreamMicros / 1_000);
  return (
    <section class="section" aria-label="Call and answer">
      <h3>Call and answer</h3>
      <dl class="facts">
        <dt>Request</dt>
        <dd class="row">
          <code>{call.requestId}</code>
          <CopyButton text={call.requestId} label="Copy the request id" />
        </dd>
        <dt>Target</dt>
        <dd class="mono">
          {call.scheme}://{call.host}
          {call.path}
        </dd>
        <dt>Route</dt>
        <dd>
          <FilterValue name="route" value={call.routeId} />
        </dd>
        <dt>Reason</dt>
        <dd>
          <FilterValue name="reason" value={call.reason} />
        </dd>
        <dt>Took</dt>
        <dd>
          {millisText(call.durationMicros / 1_000)}{' '}
          <span class="faint">
            · upstream {upstream} · own work {millisText(call.decisionMicros / 1_000)}
          </span>
        </dd>
        <dt>Size</dt>
        <dd>
          {bytesText(call.requestBytes)} in, {bytesText(call.responseBytes)} out
        </dd>
        {textsOf(detail, 'answer').map((text) => (
          <>
            <dt>Answer</dt>
            <dd>{text}</dd>
          </>
        ))}
        {textsOf(detail, 'rules').map((text) => (
          <>
            <dt>Settings</dt>
            <dd class="mono">{text}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
