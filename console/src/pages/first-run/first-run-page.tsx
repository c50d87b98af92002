import { gatewayAddress, type Listening } from '../../state/gateway-address.ts';
import './first-run.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { EnforceRoute } from '../../components/enforce-route.tsx';
import { Page } from '../../components/page.tsx';
import { Failed, Loaded, Notice } from '../../components/panel.tsx';
import { curlLine } from '../../state/curl.ts';
import { exampleOf } from './example.ts';
import { finish, finishedRoute, itemsOf, useFirstRun } from './first-run-state.ts';
import { KeyStep, type MadeKey } from './key-step.tsx';

/** What was made in it is shown this once: it stays open. */
const KEY_STEP = 1;

/** From nothing to the first call that is refused and the first that is not, each step seen by the gateway itself. */
export default function FirstRunPage() {
  const config = useResource<Listening>('/api/v1/config');
  return (
    <Page title="First run" question="From nothing to the first refused call, in four steps">
      <Loaded from={config}>{(value) => <Steps gatewayUrl={gatewayAddress(value)} />}</Loaded>
    </Page>
  );
}

function Steps({ gatewayUrl }: { readonly gatewayUrl: string }) {
  const state = useFirstRun();
  const [key, setKey] = useState<MadeKey>();
  const [finished, setFinished] = useState(finishedRoute);
  const [enforcing, setEnforcing] = useState(false);
  const calls = itemsOf(state.calls);
  const [call] = calls;
  const { route, path } = exampleOf(calls, itemsOf(state.routes), finished);
  // Before both are read, no one can say which route it will be, nor what it asks for.
  const isKnown = state.calls.kind === 'ready' && state.routes.kind === 'ready';
  const url = `${gatewayUrl}${path}`;
  const header = key?.header ?? 'x-api-key';
  const hasKey = itemsOf(state.keys).length > 0 || key !== undefined;
  const isEnforced = route !== undefined && route.mode === 'enforce';
  const hasRefused = itemsOf(state.refused).length > 0;
  const hasPermitted = itemsOf(state.permitted).some(({ credentialId }) => credentialId !== '');
  const done = [
    call !== undefined,
    hasKey,
    isEnforced,
    (hasRefused && hasPermitted) || (finished !== undefined && route?.id === finished),
  ];
  const at = done.indexOf(false);
  const doneFor = at < 0 ? route?.id : undefined;
  useEffect(() => {
    if (doneFor === undefined) return;
    finish(doneFor);
    setFinished(doneFor);
  }, [doneFor]);
  const problem = state.calls.kind === 'failed' ? state.calls.problem : undefined;
  const step = (index: number, title: string, children: ComponentChildren) => (
    <Step
      title={title}
      number={index + 1}
      done={done[index] === true}
      current={index === at}
      open={index === at || done[index] !== true || (index === KEY_STEP && key !== undefined)}
    >
      {children}
    </Step>
  );
  return (
    <>
      {problem === undefined ? null : <Failed problem={problem} again={state.look} />}
      {at < 0 ? (
        <Notice tone="permit" icon="check">
          <strong>All done.</strong> Callers prove who they are, and you have seen both answers. The{' '}
          <a href="/">overview</a> is where to look from now on.
        </Notice>
      ) : null}
      <ol class="steps">
        {step(
          0,
          'Send a call through the gateway',
          <>
            <p>Any call of your API will do. It goes on to the API, and is judged and recorded on its way.</p>
            <CopyField label="the command" text={curlLine(url)} />
            {call === undefined ? (
              <Waiting />
            ) : (
              <p class="soft">
                Seen:{' '}
                <code>
                  {call.method} {call.path}
                </code>
              </p>
            )}
          </>,
        )}
        {step(
          1,
          'Make a key',
          <KeyStep
            hasKey={hasKey}
            scopes={isKnown ? (route?.scopes ?? []) : undefined}
            isNext={at === KEY_STEP}
            made={key}
            curlOf={(made, field) => curlLine(url, { fields: [`${field}: ${made}`] })}
            onMade={(made) => {
              setKey(made);
              state.look();
            }}
          />,
        )}
        {step(
          2,
          'Enforce the route',
          route === undefined ? (
            <p>The configuration has no route yet.</p>
          ) : (
            <>
              <p>
                Until now the route <strong>{route.id}</strong> is{' '}
                {route.mode === 'enforce' ? 'enforced' : 'only observed: nothing is blocked'}. Before it is enforced you
                see which of the recorded calls it would have denied.
              </p>
              <div class="row">
                <Button
                  icon="lock"
                  kind={at === 2 ? 'primary' : 'plain'}
                  needs="operator"
                  off={isEnforced ? 'it is enforced' : undefined}
                  onClick={() => setEnforcing(true)}
                >
                  Enforce the route {route.id}
                </Button>
              </div>
            </>
          ),
        )}
        {step(
          3,
          'See 401 and 200',
          <>
            <p>Without a key the call is refused, with it answered.</p>
            <div class="row">
              <Seen what="401 without a key" seen={hasRefused} />
              <CopyField label="the command without a key" text={curlLine(url)} />
            </div>
            <div class="row">
              <Seen what="200 with the key" seen={hasPermitted} />
              <CopyField
                label="the command with the key"
                text={curlLine(url, { fields: [`${header}: ${key?.key ?? 'YOUR-KEY'}`] })}
              />
            </div>
          </>,
        )}
      </ol>
      {enforcing && route !== undefined ? (
        <EnforceRoute
          routeId={route.id}
          onClose={() => {
            setEnforcing(false);
            state.look();
          }}
        />
      ) : null}
    </>
  );
}

function Step(props: {
  readonly title: string;
  readonly number: number;
  readonly done: boolean;
  readonly current: boolean;
  readonly open: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <li
      class="panel step"
      data-current={props.current ? '' : undefined}
      aria-current={props.current ? 'step' : undefined}
    >
      <div class="panel-head">
        <span class="step-number" aria-hidden="true">
          {props.number}
        </span>
        <h2>{props.title}</h2>
        {props.done ? (
          <Badge tone="permit" icon="check" text="Done" />
        ) : (
          <Badge tone="unknown" icon="dot" text="To do" />
        )}
      </div>
      {props.open ? (
        <div class="panel-body section">{props.children}</div>
      ) : (
        <details class="panel-body">
          <summary>Show it again</summary>
          <div class="section">{props.children}</div>
        </details>
      )}
    </li>
  );
}

function Waiting() {
  return (
    <p class="soft" role="status">
      Waiting for it… this page sees it as it comes.
    </p>
  );
}

function Seen({ what, seen }: { readonly what: string; readonly seen: boolean }) {
  return seen ? <Badge tone="permit" icon="check" text={what} /> : <Badge tone="unknown" icon="dot" text={what} />;
}
