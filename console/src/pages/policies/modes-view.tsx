import { useState } from 'preact/hooks';
import type { UnmatchedView } from '../../../../src/admin/services.ts';
import { useResource } from '../../api/resource.ts';
import type { PageOf, RouteLine } from '../../api/shapes.ts';
import { ModeBadge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { ChangeMode } from '../../components/change-mode.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Loaded, Panel } from '../../components/panel.tsx';
import { agoText, timeText } from '../../state/format.ts';
import { clearMode, MODE_WORDS, type ModeChange, type SetMode } from '../../state/modes.ts';
import { hrefWith } from '../../state/place.ts';

/** They are over before the route of a call is known. */
const BEFORE_ROUTE: readonly string[] = ['framing', 'admit'];

const SCOPE_WORDS: Readonly<Record<SetMode['scope'], string>> = {
  route: 'route',
  path: 'path',
  stage: 'stage',
  'route-stage': 'stage of a route',
};

const OTHER = { observe: 'enforce', enforce: 'observe' } as const;

/** What is enforced and what is only observed, by route and by stage, and what was set by command over the file. */
export function ModesView() {
  const [asked, setAsked] = useState<ModeChange>();
  const [round, setRound] = useState(0);
  const again = (): void => setRound((before) => before + 1);
  const routes = useResource<RouteLines>('/api/v1/routes', {}, round);
  const modes = useResource<PageOf<SetMode>>('/api/v1/modes', {}, round);
  return (
    <>
      <Panel
        title="Routes and stages"
        flush
        actions={
          <span class="modes-legend">
            <span class="row">
              <StageMode mode="enforce" /> enforced
            </span>
            <span class="row">
              <StageMode mode="observe" /> observed
            </span>
            <span>underlined: the route’s own word</span>
          </span>
        }
      >
        <p class="modes-hint">
          A mark switches one stage of one route, the name of a stage all routes, the button of a route all its stages.
        </p>
        <Loaded from={routes}>
          {({ items, unmatched }) => <Matrix routes={items} unmatched={unmatched} onAsk={setAsked} />}
        </Loaded>
      </Panel>
      <Panel title="Set by command, over what the file says" flush>
        <Loaded from={modes}>{({ items }) => <Commands modes={items} onChanged={again} />}</Loaded>
      </Panel>
      {asked === undefined ? null : <ChangeMode {...asked} onChanged={again} onClose={() => setAsked(undefined)} />}
    </>
  );
}

interface RouteLines extends PageOf<RouteLine> {
  readonly unmatched: UnmatchedView;
}

function Matrix({
  routes,
  unmatched,
  onAsk,
}: {
  readonly routes: readonly RouteLine[];
  readonly unmatched: UnmatchedView;
  readonly onAsk: (change: ModeChange) => void;
}) {
  const stages = Object.keys(routes[0]?.stages ?? {});
  if (routes.length === 0)
    return (
      <Empty icon="policies" title="There is no route" text="Routes are written in the configuration.">
        <a class="button" href={hrefWith({ view: undefined })}>
          To the configuration
        </a>
      </Empty>
    );
  return (
    <section class="table-scroll" tabIndex={0} aria-label="Modes by route and stage">
      <table class="table loose modes">
        <thead>
          <tr>
            <th scope="col">Route</th>
            <th scope="col">Mode</th>
            {stages.map((stage) => (
              <th key={stage} scope="col" class="modes-stage">
                <StageHead stage={stage} routes={routes} onAsk={onAsk} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <tr key={route.id}>
              <th scope="row" class="modes-route">
                <a class="cut" href={hrefWith({ route: route.id }, '/calls')} title={`Calls of ${route.id}`}>
                  {route.id}
                </a>
                <span class="faint mono cut">
                  {route.methods.join(' ')} {route.path}
                </span>
              </th>
              <td>
                <span class="row modes-mode">
                  <ModeBadge mode={route.mode} />
                  <Button
                    needs="operator"
                    onClick={() => onAsk({ scope: 'route', target: route.id, mode: OTHER[route.mode] })}
                  >
                    {route.mode === 'observe' ? 'Enforce' : 'Observe'}
                    <span class="visually-hidden"> the route {route.id}</span>
                  </Button>
                  {route.modeSource === 'command' ? <span class="faint">by command</span> : null}
                </span>
              </td>
              {stages.map((stage) => (
                <td key={stage} class="modes-stage" data-stage={stage}>
                  <StageCell route={route} stage={stage} onAsk={onAsk} />
                </td>
              ))}
            </tr>
          ))}
          <Unmatched of={unmatched} stages={stages} onAsk={onAsk} />
        </tbody>
      </table>
    </section>
  );
}

/** Calls that match no route: the stage that looks for one judges them, and no other. */
function Unmatched(props: {
  readonly of: UnmatchedView;
  readonly stages: readonly string[];
  readonly onAsk: (change: ModeChange) => void;
}) {
  const { mode, upstream } = props.of;
  return (
    <tr>
      <th scope="row" class="modes-route">
        <a class="cut" href={hrefWith({ reason: 'route.not_found' }, '/calls')}>
          Calls of no route
        </a>
        <span class="faint cut">{upstream === null ? 'denied' : `go to ${upstream}`}</span>
      </th>
      <td>
        <span class="row modes-mode">
          <ModeBadge mode={mode} />
          <Button needs="operator" onClick={() => props.onAsk({ scope: 'stage', target: 'route', mode: OTHER[mode] })}>
            {mode === 'observe' ? 'Enforce' : 'Observe'}
            <span class="visually-hidden"> for calls of no route</span>
          </Button>
        </span>
      </td>
      {props.stages.map((stage) => (
        <td key={stage} class="modes-stage" data-stage={stage}>
          {stage === 'route' ? <StageMode mode={mode} /> : <span class="faint">–</span>}
          <span class="visually-hidden">{stage === 'route' ? MODE_WORDS[mode] : 'does not judge them'}</span>
        </td>
      ))}
    </tr>
  );
}

/** A stage, with the switch for all routes. Of a stage that is enforced somewhere, observing is what can be asked. */
function StageHead(props: {
  readonly stage: string;
  readonly routes: readonly RouteLine[];
  readonly onAsk: (change: ModeChange) => void;
}) {
  const { stage, routes, onAsk } = props;
  const isEnforced = routes.some(({ stages }) => stages[stage] === 'enforce');
  const mode = isEnforced ? 'observe' : 'enforce';
  return (
    <Button kind="quiet" needs="operator" onClick={() => onAsk({ scope: 'stage', target: stage, mode })}>
      {stage}
      <span class="visually-hidden">: {mode} it on every route</span>
    </Button>
  );
}

/** How one stage of one route is, with its switch. Stages before the route is known have one mode for all calls. */
function StageCell(props: {
  readonly route: RouteLine;
  readonly stage: string;
  readonly onAsk: (change: ModeChange) => void;
}) {
  const { route, stage, onAsk } = props;
  const mode = route.stages[stage];
  const word = mode === undefined ? 'unknown' : MODE_WORDS[mode];
  if (mode === undefined || BEFORE_ROUTE.includes(stage))
    return (
      <>
        <StageMode mode={mode} />
        <span class="visually-hidden">{word}</span>
      </>
    );
  const isOwn = route.ownStages.includes(stage);
  return (
    <Button
      kind="quiet"
      needs="operator"
      class={isOwn ? 'stage-switch own' : 'stage-switch'}
      onClick={() => onAsk({ scope: 'route-stage', target: `${stage}@${route.id}`, mode: OTHER[mode] })}
    >
      <StageMode mode={mode} />
      <span class="visually-hidden">
        {word}
        {isOwn ? ', by the route’s own word' : ''}: {OTHER[mode]} {stage} of {route.id}
      </span>
    </Button>
  );
}

function StageMode({ mode }: { readonly mode: 'observe' | 'enforce' | undefined }) {
  const [icon, text] =
    mode === 'enforce'
      ? (['lock', 'enforced'] as const)
      : mode === 'observe'
        ? (['eye', 'observed'] as const)
        : (['unknown', 'unknown'] as const);
  const tone = { lock: 'permit', eye: 'observe', unknown: 'unknown' }[icon];
  return (
    <span class="stage-mode" data-tone={tone} title={text}>
      <Icon name={icon} />
    </span>
  );
}

function Commands({ modes, onChanged }: { readonly modes: readonly SetMode[]; readonly onChanged: () => void }) {
  if (modes.length === 0)
    return <Empty icon="check" title="Nothing is set by command" text="What the file says counts everywhere." />;
  return (
    <table class="table loose commands">
      <thead>
        <tr>
          <th scope="col">Of</th>
          <th scope="col">Mode</th>
          <th scope="col" data-priority="2">
            Since
          </th>
          <th scope="col">
            <span class="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {modes.map((one) => (
          <tr key={`${one.scope} ${one.target}`}>
            <td>
              <span class="faint">{SCOPE_WORDS[one.scope]}</span> <code>{one.target}</code>
            </td>
            <td>
              <ModeBadge mode={one.mode} />
            </td>
            <td data-priority="2">
              <span title={timeText(one.setAtMs)}>{agoText(one.setAtMs)}</span>
            </td>
            <td data-align="end">
              <Button icon="undo" needs="operator" onClick={() => void clearMode(one, onChanged)}>
                Take back
                <span class="visually-hidden">
                  {' '}
                  the mode of {SCOPE_WORDS[one.scope]} {one.target}
                </span>
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
