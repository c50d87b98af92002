import { OutcomeBadge } from '../../components/badge.tsx';
import { type Column, RowSecond } from '../../components/data-table.tsx';
import { FilterValue } from '../../components/filter-bar.tsx';
import { clockText, millisText, timeText } from '../../state/format.ts';
import type { CallRow } from './call-row.ts';

export const CALL_COLUMNS: readonly Column<CallRow>[] = [
  {
    id: 'time',
    title: 'Time (UTC)',
    priority: 2,
    width: '112px',
    cell: ({ timeMs }) => (
      <time class="number soft" dateTime={new Date(timeMs).toISOString()} title={timeText(timeMs)}>
        {clockText(timeMs)}
      </time>
    ),
  },
  {
    id: 'decision',
    title: 'Decision',
    priority: 2,
    width: '112px',
    cell: ({ outcome }) => <OutcomeBadge outcome={outcome} plain />,
  },
  {
    id: 'call',
    title: 'Call',
    main: true,
    cell: (row) => (
      <>
        <span class="cut call-line">
          <span class="call-method">{row.method}</span> {row.path}
        </span>
        <RowSecond>
          <OutcomeBadge outcome={row.outcome} plain />
          <span class="cut">
            {clockText(row.timeMs).slice(0, 8)} {row.consumer || row.address}
          </span>
        </RowSecond>
      </>
    ),
  },
  {
    id: 'status',
    title: 'Status',
    width: '64px',
    cell: ({ status }) => <StatusText status={status} />,
  },
  {
    id: 'reason',
    title: 'Reason',
    priority: 2,
    width: '168px',
    cell: ({ reason, error }) => <FilterValue name="reason" value={reason === '' ? error : reason} inTable />,
  },
  {
    id: 'consumer',
    title: 'Consumer',
    priority: 2,
    width: '128px',
    cell: ({ consumer }) => <FilterValue name="consumer" value={consumer} inTable />,
  },
  {
    id: 'route',
    title: 'Route',
    priority: 3,
    width: '128px',
    cell: ({ routeId }) => <FilterValue name="route" value={routeId} inTable />,
  },
  {
    id: 'address',
    title: 'Address',
    priority: 3,
    width: '128px',
    cell: ({ address }) => <FilterValue name="address" value={address} inTable />,
  },
  {
    id: 'duration',
    title: 'Took',
    priority: 3,
    align: 'end',
    width: '80px',
    cell: ({ durationMicros }) => <span class="soft">{millisText(durationMicros / 1_000)}</span>,
  },
];

/** 0 is the status of a call that got no answer. */
function StatusText({ status }: { readonly status: number }) {
  if (status === 0) return <span class="faint">none</span>;
  return (
    <span class="status number" data-class={Math.floor(status / 100)}>
      {status}
    </span>
  );
}
