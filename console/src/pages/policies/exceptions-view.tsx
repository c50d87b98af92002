import { useState } from 'preact/hooks';
import type { ExceptionView } from '../../../../src/detect/payload/exception-view.ts';
import { ask } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { PageOf } from '../../api/shapes.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { Empty, Loaded, Panel } from '../../components/panel.tsx';
import { agoText, countOf, countText, timeText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { failed, told } from '../../state/toast.ts';
import { AddException } from './add-exception.tsx';

const DAY_MS = 86_400_000;

/** Exceptions for attacks: where, until when, and what they let through. */
export function ExceptionsView() {
  const [round, setRound] = useState(0);
  const [adding, setAdding] = useState(false);
  const again = (): void => setRound((before) => before + 1);
  const list = useResource<PageOf<ExceptionView>>('/api/v1/exceptions', { limit: 500 }, round);
  return (
    <>
      <Panel
        title="Let through"
        flush
        actions={
          <Button icon="plus" needs="operator" onClick={() => setAdding(true)}>
            Add an exception
          </Button>
        }
      >
        <Loaded from={list}>
          {({ items, next }) =>
            items.length === 0 ? (
              <Empty
                icon="shield"
                title="There is no exception"
                text="Everything that looks like an attack is judged by the profile of its route. Where that is wrong of a call, its evidence has “Let this through”."
              >
                <a class="button" href={hrefWith({ text: 'payload.', outcome: 'denied', range: '24h' }, '/calls')}>
                  See denied calls
                </a>
              </Empty>
            ) : (
              <>
                <DataTable label="Exceptions" columns={columns(again)} rows={items} keyOf={keyOf} />
                {next === undefined ? null : <p class="field-hint policies-foot">There are more than are listed.</p>}
              </>
            )
          }
        </Loaded>
      </Panel>
      {adding ? <AddException onAdded={again} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function keyOf({ source, id }: ExceptionView): string {
  return `${source} ${id}`;
}

function columns(onChanged: () => void): readonly Column<ExceptionView>[] {
  return [
    {
      id: 'what',
      title: 'Attack and place',
      cell: (one) => (
        <>
          <span class="cut exception-what" title={`${one.class} at ${one.path ?? 'every place'}`}>
            <strong>{one.class}</strong> at <code>{one.path ?? 'every place'}</code>
          </span>
          <RowSecond>
            <span class="cut">
              {one.route ?? 'every route'} · {countOf(one.letThrough, 'call')} · {untilText(one)}
            </span>
          </RowSecond>
        </>
      ),
    },
    { id: 'route', title: 'Route', priority: 2, width: '108px', cell: (one) => one.route ?? <i>every route</i> },
    {
      id: 'consumer',
      title: 'For',
      priority: 2,
      width: '108px',
      cell: ({ consumer }) => consumer ?? <span class="soft">everybody</span>,
    },
    { id: 'used', title: 'Calls', priority: 2, align: 'end', width: '100px', cell: used },
    {
      id: 'last',
      title: 'Last used',
      priority: 3,
      width: '110px',
      cell: ({ lastUsedMs }) =>
        lastUsedMs === 0 ? (
          <span class="faint">never</span>
        ) : (
          <span title={timeText(lastUsedMs)}>{agoText(lastUsedMs)}</span>
        ),
    },
    { id: 'until', title: 'Until', priority: 2, width: '150px', cell: until },
    {
      id: 'why',
      title: 'Why, and who',
      priority: 3,
      cell: ({ reason, addedBy, source }) => (
        <span class="cut" title={reason}>
          {source === 'configuration' ? 'in the file' : [reason, addedBy].filter(Boolean).join(' · ') || '–'}
        </span>
      ),
    },
    {
      id: 'remove',
      title: 'Remove',
      align: 'end',
      width: '136px',
      cell: (one) => (
        <Button
          icon="close"
          needs="operator"
          off={one.source === 'configuration' ? 'it stands in the file: take it out there' : undefined}
          onClick={() => void remove(one, onChanged)}
        >
          Remove
          <span class="visually-hidden">
            {' '}
            the exception for {one.class} at {one.path ?? 'every place'} of {one.route ?? 'every route'}
          </span>
        </Button>
      ),
    },
  ];
}

function used({ letThrough, warnings }: ExceptionView) {
  if (warnings.includes('never_used')) return <Badge tone="observe" icon="alert" text="never used" plain />;
  return <span class="number">{countText(letThrough)}</span>;
}

function until(one: ExceptionView) {
  if (one.warnings.includes('expired')) return <Badge tone="unknown" icon="clock" text="over" plain />;
  if (one.warnings.includes('route_gone')) return <Badge tone="unknown" icon="alert" text="its route is gone" plain />;
  return <span title={timeText(one.expiresMs)}>{untilText(one)}</span>;
}

function untilText({ expiresMs }: ExceptionView): string {
  return expiresMs <= Date.now() ? 'over' : agoText(expiresMs);
}

async function remove(one: ExceptionView, onChanged: () => void): Promise<void> {
  const answer = await ask('DELETE', `/api/v1/exceptions/${encodeURIComponent(one.id)}`);
  if (!answer.ok) {
    failed('The exception is still there', answer.problem);
    return;
  }
  onChanged();
  const isOver = one.expiresMs <= Date.now();
  told(
    `${one.class} is refused again at ${one.path ?? 'every place'} of ${one.route ?? 'every route'}`,
    isOver ? undefined : { text: 'Undo', run: () => void putBack(one, onChanged) },
  );
}

/** As long as it would have counted, to the day. */
async function putBack(one: ExceptionView, onChanged: () => void): Promise<void> {
  const { route, path, class: attack, consumer, reason, expiresMs } = one;
  const days = Math.max(1, Math.ceil((expiresMs - Date.now()) / DAY_MS));
  const answer = await ask<ExceptionView>('POST', '/api/v1/exceptions', {
    body: { route, path, class: attack, consumer, reason, days },
  });
  if (answer.ok) {
    onChanged();
    told(`The exception is back, until ${timeText(answer.value.expiresMs)}`);
  } else failed('The exception is not back', answer.problem);
}
