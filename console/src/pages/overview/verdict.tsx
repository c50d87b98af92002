import { SeverityBadge } from '../../components/badge.tsx';
import { Icon } from '../../components/icon.tsx';
import { countText, sentenceText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { connection, gaps } from '../../state/stream.ts';
import { rangeParams } from '../../state/time-range.ts';
import { type Judgement, judgementOf, type Trouble } from './judgement.ts';
import type { OverviewData } from './overview-data.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** The answer of the page in one line, who and what it is, and the open findings. */
export function Verdict({ data }: { readonly data: OverviewData }) {
  const { findings } = data;
  const { tone, icon, text, troubles } = isLost() ? LOST : judgementOf(data);
  return (
    <section class="verdict" data-tone={tone} aria-label="Is anything wrong">
      <span class="verdict-mark">
        <Icon name={icon} />
      </span>
      <p class="verdict-text" role="status">
        {text}
      </p>
      <ul class="verdict-counts" aria-label="Open findings">
        {SEVERITIES.map((severity) => (
          <li key={severity} data-none={findings[severity] === 0 ? '' : undefined}>
            <a class="verdict-count" href={`/findings?severity=${severity}`}>
              <b class="number">{countText(findings[severity])}</b> <SeverityBadge severity={severity} />
            </a>
          </li>
        ))}
      </ul>
      {troubles.length === 0 ? null : (
        <ul class="verdict-troubles" aria-label="What is wrong">
          {troubles.map((trouble) => (
            <TroubleLine key={trouble.text} trouble={trouble} />
          ))}
        </ul>
      )}
    </section>
  );
}

function TroubleLine({ trouble: { tone, text, detail, leadsTo, most } }: { readonly trouble: Trouble }) {
  const words = sentenceText(text);
  return (
    <li class="verdict-trouble" data-tone={tone}>
      <Icon name={tone === 'deny' ? 'octagon' : 'alert'} />
      <span>
        {leadsTo === undefined ? (
          words
        ) : (
          <a href={hrefWith({ ...rangeParams(), ...leadsTo.query }, leadsTo.path)}>{words}</a>
        )}
        {detail === undefined ? null : `, ${detail}`}
        {(most ?? []).map(({ filter, value, count }) => (
          <span key={filter} class="soft">
            {' · '}
            {filter} <a href={hrefWith({ ...rangeParams(), outcome: 'denied', [filter]: value }, '/calls')}>{value}</a>{' '}
            <span class="number">{countText(count)}</span>
          </span>
        ))}
      </span>
    </li>
  );
}

const LOST: Judgement = {
  tone: 'unknown',
  icon: 'unknown',
  text: 'The gateway does not answer: these figures are of before',
  troubles: [],
};

/** Whether there was a connection that is gone now. */
function isLost(): boolean {
  return connection() === 'reconnecting' && gaps.value > 0;
}
