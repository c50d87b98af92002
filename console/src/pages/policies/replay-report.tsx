import { useState } from 'preact/hooks';
import type { Change, Comparison } from '../../../../src/pipeline/comparison.ts';
import { Badge, type Tone } from '../../components/badge.tsx';
import type { IconName } from '../../components/icon.tsx';
import { Notice } from '../../components/panel.tsx';
import { Segments } from '../../components/segments.tsx';
import { countText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { CHANGES } from './use-replay.ts';

interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly text: string;
  readonly hint: string;
}

const LOOKS: Readonly<Record<Change, Look>> = {
  newlyDenied: { tone: 'deny', icon: 'block', text: 'Newly denied', hint: 'go through now, and would be denied' },
  newlyAllowed: { tone: 'permit', icon: 'check', text: 'Newly allowed', hint: 'are denied now, and would go through' },
  newlyObserved: {
    tone: 'observe',
    icon: 'eye',
    text: 'Newly observed',
    hint: 'would go through, and be denied were it enforced',
  },
  noLongerObserved: {
    tone: 'permit',
    icon: 'check',
    text: 'No longer observed',
    hint: 'nothing would be said against them any more',
  },
  unknown: {
    tone: 'unknown',
    icon: 'unknown',
    text: 'Could not be told',
    hint: 'what decides them was not recorded',
  },
  unchanged: { tone: 'unknown', icon: 'dot', text: 'Unchanged', hint: 'fare as they do now' },
};

type By = 'rule' | 'route' | 'caller';

const BY = [
  { value: 'rule', text: 'By rule' },
  { value: 'route', text: 'By route' },
  { value: 'caller', text: 'By caller' },
] as const;

interface Row {
  readonly key: string;
  readonly name: string;
  readonly more: string;
  readonly change: Change;
  readonly calls: number;
  readonly examples: readonly string[];
}

/** What a replay found: how many fare otherwise, and which rules, routes and callers these are of. */
export function ReplayReport({
  comparison,
  enforced,
}: {
  readonly comparison: Comparison;
  readonly enforced: boolean;
}) {
  const [by, setBy] = useState<By>('rule');
  const { calls, counts, unknownBecause, mayBeDenied, incomplete, stopped } = comparison;
  if (calls === 0)
    return (
      <Notice tone="unknown" icon="unknown">
        No call was recorded in that time, so that nothing can be said of what it would do.
      </Notice>
    );
  return (
    <div class="stack">
      <Verdict comparison={comparison} enforced={enforced} />
      <dl class="replay-counts">
        {CHANGES.filter((change) => counts[change] > 0).map((change) => (
          <div key={change} title={LOOKS[change].hint}>
            <dt>
              <Badge {...LOOKS[change]} plain />
            </dt>
            <dd class="number">{countText(counts[change])}</dd>
          </div>
        ))}
      </dl>
      {counts.unchanged === calls ? null : (
        <>
          <Segments label="Listed" value={by} choices={BY} onChange={setBy} />
          <Rows rows={rowsOf(comparison, by)} by={by} />
        </>
      )}
      {unknownBecause.length === 0 ? null : (
        <details class="replay-unknown">
          <summary>
            Why {countText(counts.unknown)} could not be told
            {mayBeDenied === 0 ? '' : ` (${countText(mayBeDenied)} of them go through now and may be denied)`}
          </summary>
          <ul class="counts">
            {unknownBecause.map(({ why, calls: count }) => (
              <li key={why}>
                <span class="soft">{why}</span> <span class="number">{countText(count)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {incomplete || stopped ? (
        <p class="field-hint">
          {stopped ? 'There are more calls than one replay looks at: later ones are in none of the counts. ' : ''}
          {incomplete ? 'There is more to list than is listed; the counts above are whole.' : ''}
        </p>
      ) : null}
    </div>
  );
}

function Verdict({ comparison, enforced }: { readonly comparison: Comparison; readonly enforced: boolean }) {
  const { calls, counts, mayBeDenied } = comparison;
  const denied = counts.newlyDenied;
  const certain = denied === 0 && mayBeDenied === 0;
  return (
    <Notice
      tone={denied > 0 ? 'deny' : certain ? 'permit' : 'unknown'}
      icon={denied > 0 ? 'block' : certain ? 'check' : 'unknown'}
    >
      Of <strong>{countText(calls)}</strong> recorded {calls === 1 ? 'call' : 'calls'}{' '}
      <strong>{countText(denied)}</strong> would be newly denied
      {enforced ? ', were every stage enforced' : ''}
      {mayBeDenied === 0 ? '.' : `, and ${countText(mayBeDenied)} more may be.`}
    </Notice>
  );
}

function Rows({ rows, by }: { readonly rows: readonly Row[]; readonly by: By }) {
  return (
    <section class="table-scroll" tabIndex={0} aria-label={`What changes, by ${by}`}>
      <table class="table loose replay-rows">
        <thead>
          <tr>
            <th scope="col">{by === 'rule' ? 'Rule' : by === 'route' ? 'Route' : 'Caller'}</th>
            <th scope="col">Change</th>
            <th scope="col" data-align="end">
              Calls
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, more, change, calls, examples }) => (
            <tr key={key}>
              <td class="replay-name">
                <span class="mono">{name}</span>
                {more === '' ? null : <span class="faint"> {more}</span>}
                <span class="replay-examples">
                  {examples.map((id, index) => (
                    <a key={id} href={hrefWith({ call: id, range: '7d' }, '/calls')}>
                      call {index + 1}
                    </a>
                  ))}
                </span>
              </td>
              <td>
                <Badge {...LOOKS[change]} plain />
              </td>
              <td data-align="end">{countText(calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What denies first, since that is what the question was. */
function rowsOf({ byRule, byRoute, byConsumer }: Comparison, by: By): readonly Row[] {
  const named: readonly Omit<Row, 'key'>[] = (() => {
    switch (by) {
      case 'rule':
        return byRule.map(({ reason, rule, ...rest }) => ({
          ...rest,
          name: reason === '' ? 'none' : reason,
          more: rule,
        }));
      case 'route':
        return byRoute.map(({ route, ...rest }) => ({ ...rest, name: route === '' ? 'no route' : route, more: '' }));
      case 'caller':
        return byConsumer.map(({ caller, identified, ...rest }) => ({
          ...rest,
          name: caller,
          more: identified ? '' : 'nobody identified',
        }));
    }
  })();
  return named
    .map((row) => ({ ...row, key: `${row.change} ${row.name} ${row.more}` }))
    .sort((one, other) => CHANGES.indexOf(one.change) - CHANGES.indexOf(other.change) || other.calls - one.calls);
}
