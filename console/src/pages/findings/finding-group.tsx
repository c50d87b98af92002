import type { Finding, FindingGroup } from '../../../../src/core/finding.ts';
import { SeverityBadge } from '../../components/badge.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { FilterValue } from '../../components/filter-bar.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { agoText, countText, sentenceText, timeText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { detectorText } from './detector-texts.ts';
import { StatusBadge } from './finding-status.tsx';

/** Of a group that is not looked at alone. */
const SHOWN_MAX = 5;

/** Findings of one detector: how many, how often and who is affected; then each. */
export function FindingGroupPanel(props: {
  readonly group: FindingGroup;
  readonly findings: readonly Finding[];
  readonly isLoading: boolean;
  readonly isAlone: boolean;
  readonly open: string | undefined;
}) {
  const { group, findings, isLoading, isAlone, open } = props;
  const shown = isAlone ? findings : findings.slice(0, SHOWN_MAX);
  const text = detectorText(group.detector);
  const id = `group-${group.detector}`;
  return (
    <section class="panel finding-group" data-flush aria-labelledby={id}>
      <header class="finding-group-head">
        <SeverityBadge severity={group.severity} />
        <div class="grow">
          <h2 id={id}>{text.name}</h2>
          <p class="faint">{text.meaning === '' ? group.title : text.meaning}</p>
        </div>
        <ul class="finding-counts">
          <Figure count={group.findings} one="finding" many="findings" />
          <Figure count={group.count} one="time seen" many="times seen" />
          <Figure count={group.actors} one="actor" many="actors" />
          <Figure count={group.subjects} one="subject" many="subjects" />
        </ul>
      </header>
      {isLoading ? (
        <Skeleton />
      ) : (
        <DataTable
          label={`${text.name}, newest first`}
          columns={COLUMNS}
          rows={shown}
          keyOf={keyOf}
          hrefOf={hrefOfFinding}
          openKey={open}
        />
      )}
      {isLoading || shown.length >= group.findings ? null : (
        <p class="finding-more">
          {isAlone ? (
            <span class="faint">The newest {countText(shown.length)} are shown.</span>
          ) : (
            <a href={hrefWith({ detector: group.detector })}>All {countText(group.findings)}</a>
          )}
        </p>
      )}
    </section>
  );
}

function Figure(props: { readonly count: number; readonly one: string; readonly many: string }) {
  return (
    <li data-none={props.count === 0 ? '' : undefined}>
      <b class="number">{countText(props.count)}</b> {props.count === 1 ? props.one : props.many}
    </li>
  );
}

const COLUMNS: readonly Column<Finding>[] = [
  {
    id: 'title',
    title: 'What was seen',
    main: true,
    cell: (finding) => (
      <>
        <span class="cut finding-title">{sentenceText(finding.title)}</span>
        <RowSecond>
          <StatusBadge status={finding.status} plain />
          <span class="cut">
            {finding.actor === '' ? '' : `${finding.actor} · `}
            {countText(finding.count)}× · {agoText(finding.lastMs)}
          </span>
        </RowSecond>
      </>
    ),
  },
  {
    id: 'severity',
    title: 'Severity',
    width: '7rem',
    priority: 2,
    cell: ({ severity }) => <SeverityBadge severity={severity} />,
  },
  {
    id: 'status',
    title: 'Status',
    width: '7rem',
    priority: 2,
    cell: ({ status }) => <StatusBadge status={status} plain />,
  },
  {
    id: 'actor',
    title: 'Who',
    width: '10rem',
    priority: 2,
    cell: ({ actor }) => <FilterValue name="actor" value={actor} inTable />,
  },
  {
    id: 'count',
    title: 'Times',
    width: '5rem',
    align: 'end',
    priority: 2,
    cell: ({ count }) => countText(count),
  },
  {
    id: 'last',
    title: 'Last seen',
    width: '7.5rem',
    priority: 2,
    cell: ({ lastMs }) => <time title={timeText(lastMs)}>{agoText(lastMs)}</time>,
  },
];

function keyOf({ id }: Finding): string {
  return id;
}

export function hrefOfFinding({ id }: Finding): string {
  return hrefWith({ finding: id });
}
