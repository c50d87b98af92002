import type { ComponentChildren } from 'preact';
import type { Finding } from '../../../../src/core/finding.ts';
import { useResource } from '../../api/resource.ts';
import { SeverityBadge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { FilterValue } from '../../components/filter-bar.tsx';
import { Drawer } from '../../components/overlay.tsx';
import { Loaded, Notice } from '../../components/panel.tsx';
import { agoText, countText, sentenceText, shareText, timeText } from '../../state/format.ts';
import { useShortcuts } from '../../state/keyboard.ts';
import { detectorText } from './detector-texts.ts';
import { FindingCalls } from './finding-calls.tsx';
import { FindingDecision } from './finding-decision.tsx';
import { FindingHours, FindingTimeline } from './finding-history.tsx';
import { StatusBadge } from './finding-status.tsx';

/** One finding whole: what was seen, how often and when, the calls behind it, and what is decided of it. */
export function FindingDrawer(props: {
  readonly id: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
  /** To the finding below (1) or above (−1). */
  readonly onMove: (by: number) => void;
}) {
  const { id, onClose, onChanged, onMove } = props;
  const found = useResource<Finding>(`/api/v1/findings/${encodeURIComponent(id)}`);
  useShortcuts([
    { key: 'j', text: 'Next finding', inDialog: true, run: () => onMove(1) },
    { key: 'k', text: 'Finding before', inDialog: true, run: () => onMove(-1) },
  ]);
  const finding = found.kind === 'ready' ? found.value : undefined;
  const changed = (): void => {
    found.reload();
    onChanged();
  };
  return (
    <Drawer
      title={finding === undefined ? 'Finding' : detectorText(finding.detector).name}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" icon="up" label="Finding before (k)" onClick={() => onMove(-1)} />
          <Button kind="quiet" icon="down" label="Next finding (j)" onClick={() => onMove(1)} />
        </>
      }
    >
      <Loaded from={found}>
        {(value) => (
          <>
            <FindingView finding={value} />
            <FindingDecision key={value.id} finding={value} onChanged={changed} />
            <FindingTimeline finding={value} />
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function FindingView({ finding }: { readonly finding: Finding }) {
  const text = detectorText(finding.detector);
  return (
    <>
      <div class="row">
        <SeverityBadge severity={finding.severity} />
        <StatusBadge status={finding.status} />
        <span class="soft">
          seen {countText(finding.count)} {finding.count === 1 ? 'time' : 'times'}, last {agoText(finding.lastMs)}
        </span>
      </div>
      <p class="finding-sentence">{sentenceText(finding.title)}</p>
      {text.meaning === '' ? null : (
        <Notice tone={finding.status === 'open' ? 'deny' : 'unknown'} icon="info">
          <p>{text.meaning}</p>
          <p class="soft">{text.next}</p>
        </Notice>
      )}
      <dl class="facts">
        <dt>Who</dt>
        <dd>
          <FilterValue name="actor" value={finding.actor} />
        </dd>
        <dt>What it concerns</dt>
        <dd>
          <Subject finding={finding} />
        </dd>
        <dt>First seen</dt>
        <dd>
          {timeText(finding.firstMs)} <span class="faint">· {agoText(finding.firstMs)}</span>
        </dd>
        <dt>Last seen</dt>
        <dd>
          {timeText(finding.lastMs)} <span class="faint">· {agoText(finding.lastMs)}</span>
        </dd>
        <dt>Certainty</dt>
        <dd>
          {shareText(finding.certainty, 1)}{' '}
          {finding.certainty === 1 ? <span class="faint">· there is no innocent explanation</span> : null}
        </dd>
        <dt>Detector</dt>
        <dd>
          <FilterValue name="detector" value={finding.detector} />
        </dd>
      </dl>
      <FindingHours finding={finding} />
      <FindingCalls finding={finding} />
    </>
  );
}

/** Findings about keys name the key, which has a place of its own. */
function Subject({ finding }: { readonly finding: Finding }): ComponentChildren {
  const { subject, detector } = finding;
  if (subject === '') return <span class="faint">–</span>;
  if (!/^(key|leak\.key|decoy\.key)/.test(detector)) return <code>{subject}</code>;
  return (
    <a href={`/consumers?view=keys&key=${encodeURIComponent(subject)}`}>
      the key <code>{subject}</code>
    </a>
  );
}
