import type { Outcome } from '../../../src/core/event.ts';
import type { Severity } from '../../../src/core/finding.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'permit' | 'deny' | 'observe' | 'fault' | 'unknown' | Severity;

/** A word with an icon and a colour: each says the same, so that none is needed to read it. */
export function Badge(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly text: string;
  /** True: no ground, for rows with many. */
  readonly plain?: boolean;
}) {
  return (
    <span class="badge" data-tone={props.tone} data-plain={props.plain === true ? '' : undefined}>
      <Icon name={props.icon} />
      {props.text}
    </span>
  );
}

const OUTCOMES: Readonly<Record<Outcome, { tone: Tone; icon: IconName; text: string }>> = {
  permitted: { tone: 'permit', icon: 'check', text: 'Permitted' },
  denied: { tone: 'deny', icon: 'block', text: 'Denied' },
  observed: { tone: 'observe', icon: 'eye', text: 'Observed' },
};

export function OutcomeBadge({ outcome, plain }: { readonly outcome: string; readonly plain?: boolean }) {
  const known = Object.entries(OUTCOMES).find(([name]) => name === outcome)?.[1];
  return <Badge {...(known ?? UNKNOWN)} plain={plain === true} />;
}

const SEVERITIES: Readonly<Record<Severity, IconName>> = {
  critical: 'octagon',
  high: 'alert',
  medium: 'diamond',
  low: 'dot',
  info: 'info',
};

export function SeverityBadge({ severity }: { readonly severity: string }) {
  const known = Object.entries(SEVERITIES).find(([name]) => name === severity);
  if (known === undefined) return <Badge {...UNKNOWN} />;
  const [name, icon] = known;
  return <Badge tone={name as Severity} icon={icon} text={`${name.charAt(0).toUpperCase()}${name.slice(1)}`} />;
}

/** Of something that is well, is not, or of which that is not known: the last is never green. */
export function StateBadge(props: { readonly ok: boolean | undefined; readonly good: string; readonly bad: string }) {
  if (props.ok === undefined) return <Badge {...UNKNOWN} />;
  return props.ok ? (
    <Badge tone="permit" icon="check" text={props.good} />
  ) : (
    <Badge tone="deny" icon="alert" text={props.bad} />
  );
}

export function ModeBadge({ mode }: { readonly mode: string }) {
  if (mode === 'enforce') return <Badge tone="permit" icon="lock" text="Enforced" />;
  if (mode === 'observe') return <Badge tone="observe" icon="eye" text="Observed" />;
  return <Badge {...UNKNOWN} />;
}

const UNKNOWN = { tone: 'unknown', icon: 'unknown', text: 'Unknown' } as const;
