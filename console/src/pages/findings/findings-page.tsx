import './findings.css';
import { useCallback } from 'preact/hooks';
import type { Finding, FindingGroup } from '../../../../src/core/finding.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import type { PageOf } from '../../api/shapes.ts';
import { Button } from '../../components/button.tsx';
import { activeFilters, FilterBar } from '../../components/filter-bar.tsx';
import { Page } from '../../components/page.tsx';
import { Empty, Failed, Loaded, Notice } from '../../components/panel.tsx';
import { Segments } from '../../components/segments.tsx';
import { go, param, setParams } from '../../state/place.ts';
import { useCallsTick } from '../../state/refresh.ts';
import { FindingDrawer } from './finding-drawer.tsx';
import { FINDING_FIELDS, findingQuery, STATUS_CHOICES, statusChoice } from './finding-filters.ts';
import { FindingGroupPanel, hrefOfFinding } from './finding-group.tsx';

/** `complete`: nothing was left out of the counts. */
interface Groups {
  readonly items: readonly FindingGroup[];
  readonly complete: boolean;
}

const REFRESH_MS = 3_000;
const LISTED_MAX = 500;

export default function FindingsPage() {
  const tick = useCallsTick(REFRESH_MS);
  const query = findingQuery();
  const groups = useResource<Groups>('/api/v1/findings/groups', query, tick);
  const listed = useResource<PageOf<Finding>>('/api/v1/findings', { ...query, limit: LISTED_MAX }, tick);
  const open = param('finding');
  const close = useCallback(() => setParams({ finding: undefined }), []);
  const reload = (): void => {
    groups.reload();
    listed.reload();
  };
  return (
    <Page title="Findings" question="What is wrong, who is behind it, and is it dealt with?">
      <FilterBar
        fields={FINDING_FIELDS}
        textField="actor"
        placeholder="severity:high, actor:acme, detector:leak.key_published"
      >
        <Segments
          label="Status"
          value={statusChoice()}
          choices={STATUS_CHOICES}
          onChange={(value) => setParams({ status: value === 'open' ? undefined : value })}
        />
      </FilterBar>
      <Loaded from={groups}>{(value) => <GroupList groups={value} listed={listed} open={open} />}</Loaded>
      {open === undefined ? null : (
        <FindingDrawer
          id={open}
          onClose={close}
          onChanged={reload}
          onMove={(by) => {
            const items = groups.kind === 'ready' ? inOrder(groups.value.items, findingsOf(listed)) : [];
            const next = items[items.findIndex(({ id }) => id === open) + by];
            if (next !== undefined) go(hrefOfFinding(next), 'replace');
          }}
        />
      )}
    </Page>
  );
}

function GroupList(props: {
  readonly groups: Groups;
  readonly listed: Resource<PageOf<Finding>>;
  readonly open: string | undefined;
}) {
  const { groups, listed, open } = props;
  const findings = findingsOf(listed);
  if (groups.items.length === 0) return <Nothing />;
  if (listed.kind === 'failed') return <Failed problem={listed.problem} again={listed.reload} />;
  return (
    <>
      {groups.complete ? null : (
        <Notice tone="unknown" icon="info">
          There are more findings than can be counted at once: these are the newest. Filters find the others.
        </Notice>
      )}
      {groups.items.map((group) => (
        <FindingGroupPanel
          key={group.detector}
          group={group}
          findings={findings.filter(({ detector }) => detector === group.detector)}
          isLoading={listed.kind === 'loading'}
          isAlone={param('detector') === group.detector}
          open={open}
        />
      ))}
    </>
  );
}

function Nothing() {
  const filters = activeFilters(FINDING_FIELDS);
  const status = statusChoice();
  if (filters.length > 0)
    return (
      <Empty icon="search" title="No finding passes these filters">
        <Button onClick={() => setParams(Object.fromEntries(filters.map(({ field }) => [field.name, undefined])))}>
          Clear the filters
        </Button>
        {status === 'all' ? null : <Button onClick={() => setParams({ status: 'all' })}>Look at all of them</Button>}
      </Empty>
    );
  if (status === 'open')
    return (
      <Empty
        icon="check"
        title="Nothing is open"
        text="Leaked keys, planted ones that are used, predictable credentials and tokens that come back appear here as they are seen."
      >
        <Button onClick={() => setParams({ status: 'all' })}>Look at those dealt with</Button>
        <a class="button" data-kind="plain" href="/calls?outcome=denied">
          Look at denied calls
        </a>
      </Empty>
    );
  return (
    <Empty icon="findings" title={status === 'all' ? 'Nothing was found yet' : `No finding is ${status}`}>
      {status === 'all' ? null : <Button onClick={() => setParams({ status: undefined })}>Look at open ones</Button>}
    </Empty>
  );
}

function findingsOf(listed: Resource<PageOf<Finding>>): readonly Finding[] {
  return listed.kind === 'ready' ? listed.value.items : [];
}

/** As they stand on the page. */
function inOrder(groups: readonly FindingGroup[], findings: readonly Finding[]): readonly Finding[] {
  return groups.flatMap((group) => findings.filter(({ detector }) => detector === group.detector));
}
