import type { Resource } from '../../api/resource.ts';
import { SeverityBadge } from '../../components/badge.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { countText } from '../../state/format.ts';
import { PAGES } from '../index.ts';
import type { HealthData, OverviewData } from './overview-data.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

interface Judged {
  readonly tone: 'permit' | 'observe' | 'deny' | 'unknown';
  readonly icon: IconName;
  readonly text: string;
}

/** The answer of the page in one line, and the open findings it rests on. */
export function Verdict(props: { readonly data: OverviewData; readonly health: Resource<HealthData> }) {
  const { findings } = props.data;
  const { tone, icon, text } = judged(props.data, props.health);
  const hasFindings = PAGES.some(({ path }) => path === '/findings');
  return (
    <section class="verdict" data-tone={tone} aria-label="Is anything wrong">
      <span class="verdict-mark">
        <Icon name={icon} />
      </span>
      <p class="verdict-text" role="status">
        {text}
      </p>
      <ul class="verdict-counts" aria-label="Open findings">
        {SEVERITIES.map((severity) => {
          const figure = (
            <>
              <b class="number">{countText(findings[severity])}</b> <SeverityBadge severity={severity} />
            </>
          );
          return (
            <li key={severity} data-none={findings[severity] === 0 ? '' : undefined}>
              {hasFindings ? (
                <a class="verdict-count" href={`/findings?severity=${severity}`}>
                  {figure}
                </a>
              ) : (
                <span class="verdict-count">{figure}</span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What is not known counts as a reason to look, never as well. */
function judged({ findings }: OverviewData, health: Resource<HealthData>): Judged {
  const grave = findings.critical + findings.high;
  const failing = health.kind === 'ready' ? health.value.items.filter(({ ok }) => !ok) : [];
  const troubles = [
    ...(grave > 0 ? [`${countText(grave)} grave ${grave === 1 ? 'finding is' : 'findings are'} open`] : []),
    ...(failing.length > 0 ? [`not well: ${failing.map(({ name }) => name).join(', ')}`] : []),
  ];
  if (troubles.length > 0)
    return { tone: grave > 0 ? 'deny' : 'observe', icon: 'alert', text: sentence(troubles.join('; ')) };
  if (health.kind === 'failed')
    return { tone: 'unknown', icon: 'unknown', text: 'How the gateway does could not be found out' };
  if (health.kind === 'loading') return { tone: 'unknown', icon: 'unknown', text: 'Looking…' };
  const small = findings.medium + findings.low;
  if (small > 0)
    return {
      tone: 'observe',
      icon: 'info',
      text: `Nothing grave; ${countText(small)} ${small === 1 ? 'finding waits' : 'findings wait'} for somebody to look`,
    };
  return { tone: 'permit', icon: 'check', text: 'Nothing is wrong that the gateway knows of' };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
