import { Empty, Panel } from '../../components/panel.tsx';
import { countText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { rangeParams } from '../../state/time-range.ts';
import type { OverviewData, TopValue } from './overview-data.ts';

const LISTS = [
  { list: 'reasons', filter: 'reason', title: 'Reasons', none: 'Nothing was denied or failed' },
  { list: 'consumers', filter: 'consumer', title: 'Consumers', none: 'Nobody was identified' },
  { list: 'routes', filter: 'route', title: 'Routes', none: 'No route was called' },
  { list: 'addresses', filter: 'address', title: 'Addresses', none: 'Nobody called' },
] as const;

/** So that the four lists stand side by side without a hole. */
const SHOWN_MAX = 7;

/** Who and what there is most of; each leads to its calls. */
export function TopLists({ data }: { readonly data: OverviewData }) {
  return (
    <div class="grid-4">
      {LISTS.map(({ list, filter, title, none }) => (
        <Panel key={list} title={title}>
          {data.top[list].length === 0 ? (
            <Empty icon="check" title={none} />
          ) : (
            <TopList values={data.top[list].slice(0, SHOWN_MAX)} filter={filter} />
          )}
        </Panel>
      ))}
    </div>
  );
}

function TopList({ values, filter }: { readonly values: readonly TopValue[]; readonly filter: string }) {
  const most = Math.max(...values.map(({ calls }) => calls), 1);
  return (
    <ol class="top-list">
      {values.map(({ value, calls, denied }) => (
        <li key={value}>
          <a class="top-row" href={hrefWith({ ...rangeParams(), [filter]: value }, '/calls')}>
            <span class="cut">{value === '' ? 'none' : value}</span>
            <span class="number">
              {countText(calls)}
              {denied === 0 ? null : <span class="top-denied"> · {countText(denied)} denied</span>}
            </span>
            <span class="top-bar-whole" aria-hidden="true">
              <span class="top-bar-part" style={{ width: `${(calls / most) * 100}%` }}>
                <span class="top-bar-denied" style={{ width: `${(denied / Math.max(calls, 1)) * 100}%` }} />
              </span>
            </span>
          </a>
        </li>
      ))}
    </ol>
  );
}
