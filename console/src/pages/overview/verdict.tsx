import { SeverityBadge } from '../../components/badge.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { countText } from '../../state/format.ts';
import { PAGES } from '../index.ts';
import type { OverviewData } from './overview-data.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

interface Judged {
  readonly tone: 'permit' | 'observe' | 'deny';
  readonly icon: IconName;
  readonly text: string;
}

/** The answer of the page in one line, and the open findings it rests on. */
export function Verdict({ data }: { readonly data: OverviewData }) {
  const { findings } = data;
  const { tone, icon, text } = judged(data);
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

function judged({ findings, health }: OverviewData): Judged {
  const grave = findings.critical + findings.high;
  const failing = health.items.filter(({ ok }) => !ok);
  const troubles = [
    ...(grave > 0 ? [`${countText(grave)} grave ${grave === 1 ? 'finding is' : 'findings are'} open`] : []),
    ...(health.failOpen > 0 ? [`${countText(health.failOpen)} calls were let through unjudged`] : []),
    ...(health.eventsLost > 0 ? [`${countText(health.eventsLost)} records were lost`] : []),
    ...(failing.length > 0 ? [`not well: ${failing.map(({ name }) => name).join(', ')}`] : []),
  ];
  if (troubles.length > 0)
    return {
      tone: grave > 0 || health.status === 'failing' ? 'deny' : 'observe',
      icon: 'alert',
      text: sentence(troubles.join('; ')),
    };
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
