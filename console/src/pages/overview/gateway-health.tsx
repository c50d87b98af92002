import { StateBadge } from '../../components/badge.tsx';
import { Panel } from '../../components/panel.tsx';
import { agoText, bytesText, countOf, countText, lengthText, shareText } from '../../state/format.ts';
import type { GatewayFigures } from './overview-data.ts';

interface Line {
  readonly name: string;
  /** Undefined: it is not known. */
  readonly ok: boolean | undefined;
  readonly detail: string;
}

/** A thread that is busier has no room for more calls. */
const BUSY_MAX = 0.9;

/** How the gateway itself does, part by part; what is not well first. */
export function GatewayHealth({ health }: { readonly health: GatewayFigures }) {
  const lines = [...health.items, ...figureLines(health)].toSorted((one, other) => rank(one) - rank(other));
  return (
    <Panel
      title="The gateway itself"
      actions={
        <span class="faint">
          {health.version} · up for {lengthText(health.uptimeMs)}
        </span>
      }
    >
      <ul class="health">
        {lines.map(({ name, ok, detail }) => (
          <li key={name}>
            <StateBadge ok={ok} good="Well" bad="Not well" />
            <span>
              <strong>{name}</strong> <span class="soft">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function figureLines({ failOpen, eventsLost, events, issuers, saturation, threads }: GatewayFigures): readonly Line[] {
  const busiest = Math.max(0, ...saturation.threads);
  const { connections, connectionsMax } = saturation;
  const written =
    events.lastWriteMs === null ? 'nothing was written yet' : `last written ${agoText(events.lastWriteMs)}`;
  return [
    {
      name: 'fail open',
      ok: failOpen === 0,
      detail: `${countOf(failOpen, 'call')} let through that could not be judged`,
    },
    { name: 'event loss', ok: eventsLost === 0, detail: `${countOf(eventsLost, 'record')} lost` },
    {
      name: 'event store',
      ok: events.stalled ? false : events.lastWriteMs === null ? undefined : true,
      detail: `${written}, ${bytesText(events.backlogBytes)} waiting`,
    },
    {
      name: 'threads',
      ok: threads.alive >= threads.configured,
      detail: `${threads.alive} of ${threads.configured} alive`,
    },
    {
      name: 'load',
      ok: saturation.threads.length === 0 ? undefined : busiest < BUSY_MAX,
      detail: `busiest thread ${shareText(busiest, 1)}, control plane ${shareText(saturation.controlPlane, 1)}`,
    },
    {
      name: 'connections',
      ok: connections < connectionsMax * BUSY_MAX,
      detail: `${countText(connections)} of ${countText(connectionsMax)}`,
    },
    ...issuers.map(({ name, ok, keys, ageMs }) => ({
      name: `keys of ${name}`,
      ok,
      detail: ageMs === null ? 'none were fetched' : `${countText(keys)}, fetched ${lengthText(ageMs)} ago`,
    })),
  ];
}

function rank({ ok }: Line): number {
  if (ok === false) return 0;
  return ok === undefined ? 1 : 2;
}
