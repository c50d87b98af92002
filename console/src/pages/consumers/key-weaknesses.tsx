import { Badge, type Tone } from '../../components/badge.tsx';
import type { IconName } from '../../components/icon.tsx';
import { agoText, timeText } from '../../state/format.ts';
import type { Key, KeyHealth } from './shapes.ts';

/** What can be said of a key: what the gateway scores, that nobody ever used it, that it can be guessed, and that it is replaced. */
export type WeaknessName =
  | 'leaked'
  | 'predictable'
  | 'rotated_still_used'
  | 'ends_soon'
  | 'idle'
  | 'replaced'
  | 'never_used'
  | 'not_used_yet'
  | 'unused_scopes'
  | 'unconfined'
  | 'never_expires'
  | 'old'
  | 'many_addresses'
  | 'many_agents'
  | 'routes_gone';

interface WeaknessText {
  readonly text: string;
  readonly tone: Tone;
  readonly icon: IconName;
  /** What it means, and what to do. */
  readonly meaning: string;
}

/** The gravest first. */
const TEXTS: Readonly<Record<WeaknessName, WeaknessText>> = {
  leaked: {
    text: 'Leaked',
    tone: 'critical',
    icon: 'octagon',
    meaning: 'It was seen where others can read it. Rotate it, then revoke it.',
  },
  predictable: {
    text: 'Predictable',
    tone: 'high',
    icon: 'alert',
    meaning: 'Imported keys like it can be guessed from one another. Replace it by a key made here.',
  },
  rotated_still_used: {
    text: 'Old key in use',
    tone: 'high',
    icon: 'alert',
    meaning: 'It was replaced, and somebody still uses it. See below who.',
  },
  ends_soon: {
    text: 'Ends soon',
    tone: 'medium',
    icon: 'clock',
    meaning: 'Its owner is cut off then. Rotate it with a grace.',
  },
  idle: { text: 'Idle', tone: 'medium', icon: 'diamond', meaning: 'Nobody uses it. Disable or revoke it.' },
  replaced: {
    text: 'Replaced',
    tone: 'unknown',
    icon: 'refresh',
    meaning: 'Its owner changes over to its successor.',
  },
  never_used: {
    text: 'Never used',
    tone: 'unknown',
    icon: 'dot',
    meaning: 'It was made and never used. Ask its owner, or revoke it.',
  },
  not_used_yet: {
    text: 'Not used yet',
    tone: 'unknown',
    icon: 'dot',
    meaning: 'It is new: whether anybody needs it shows in time.',
  },
  unused_scopes: {
    text: 'Over-broad',
    tone: 'medium',
    icon: 'diamond',
    meaning: 'It holds scopes it has had no use for. Make one without them.',
  },
  unconfined: {
    text: 'Unconfined',
    tone: 'low',
    icon: 'dot',
    meaning: 'No routes, addresses or limits of its own. Change its rights.',
  },
  never_expires: {
    text: 'Never expires',
    tone: 'low',
    icon: 'dot',
    meaning: 'Lost, it works for ever. Give the next one an end.',
  },
  old: { text: 'Old', tone: 'low', icon: 'dot', meaning: 'The older, the more places it lies in. Rotate it.' },
  many_addresses: {
    text: 'Many addresses',
    tone: 'low',
    icon: 'dot',
    meaning: 'It is used from many places: is it shared? Give each its own.',
  },
  many_agents: {
    text: 'Many agents',
    tone: 'low',
    icon: 'dot',
    meaning: 'Different programs use it: is it shared? Give each its own.',
  },
  routes_gone: {
    text: 'Routes gone',
    tone: 'low',
    icon: 'dot',
    meaning: 'It is confined to routes the configuration no longer has.',
  },
};

export const WEAKNESS_NAMES = Object.keys(TEXTS) as readonly WeaknessName[];

/** In the list: what says something at a glance. Every key without an end would bear the others. */
const QUIET: readonly WeaknessName[] = ['never_expires', 'unconfined', 'old'];
const SHOWN_MAX = 3;

/** The gravest first. */
export function weaknessesOf(health: KeyHealth, isPredictable: boolean): readonly WeaknessName[] {
  const names = new Set<string>(health.weaknesses.map(({ name }) => name));
  if (health.lastUsedMs === 0) names.add(health.isWatchedEnough ? 'never_used' : 'not_used_yet');
  if (health.successorId !== '') names.add('replaced');
  if (isPredictable) names.add('predictable');
  return WEAKNESS_NAMES.filter((name) => names.has(name));
}

/** Badges for a list. */
export function Weaknesses({ names }: { readonly names: readonly WeaknessName[] }) {
  const loud = names.filter((name) => !QUIET.includes(name));
  if (names.length === 0) return <Badge tone="permit" icon="check" text="Sound" plain />;
  const shown = (loud.length === 0 ? names : loud).slice(0, SHOWN_MAX);
  const others = names.length - shown.length;
  return (
    <span class="weaknesses">
      {shown.map((name) => (
        <WeaknessBadge key={name} name={name} />
      ))}
      {others === 0 ? null : (
        <span class="faint" title={names.map((name) => TEXTS[name].text).join(', ')}>
          +{others}
        </span>
      )}
    </span>
  );
}

function WeaknessBadge({ name }: { readonly name: WeaknessName }) {
  const { tone, icon, text } = TEXTS[name];
  return <Badge tone={tone} icon={icon} text={text} />;
}

/** Each with what it means, what it costs and the figures behind it. */
export function WeaknessList(props: { readonly names: readonly WeaknessName[]; readonly health: KeyHealth }) {
  return (
    <ul class="weakness-list">
      {props.names.map((name) => {
        const scored = props.health.weaknesses.find((one) => one.name === name);
        const detail = name === 'replaced' ? replacedText(props.health) : (scored?.detail ?? '');
        return (
          <li key={name}>
            <WeaknessBadge name={name} />
            <span class="grow">
              {TEXTS[name].meaning}
              {detail === '' ? null : <span class="faint"> ({detail})</span>}
            </span>
            <span class="faint number">{scored === undefined ? '' : `−${scored.points}`}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** `by 7Hq2mB0xT4aL, which is not used yet; ends 2026-11-28 14:03:22 UTC, in 2 h`. */
function replacedText({ successorId, isSuccessorUsed, expiresAtMs }: KeyHealth): string {
  const ends = expiresAtMs === 0 ? '' : `; ends ${timeText(expiresAtMs)}, ${agoText(expiresAtMs)}`;
  return `by ${successorId}${isSuccessorUsed ? '' : ', which is not used yet'}${ends}`;
}

export function KeyStatus({ status, expiresAtMs }: Pick<Key, 'expiresAtMs'> & { readonly status: string }) {
  if (status === 'active' && expiresAtMs !== 0 && expiresAtMs <= Date.now())
    return <Badge tone="unknown" icon="clock" text="Expired" plain />;
  switch (status) {
    case 'active':
      return <Badge tone="permit" icon="check" text="Active" plain />;
    case 'disabled':
      return <Badge tone="observe" icon="pause" text="Disabled" plain />;
    case 'revoked':
      return <Badge tone="deny" icon="block" text="Revoked" plain />;
    default:
      return <Badge tone="unknown" icon="unknown" text="Unknown" plain />;
  }
}

const SCORE_GOOD = 80;
const SCORE_FAIR = 50;

/** How well the credentials of a consumer are kept, of 100. */
export function Score({ score }: { readonly score: number | undefined }) {
  if (score === undefined) return <Badge tone="unknown" icon="dot" text="No active keys" plain />;
  const [tone, icon, word] =
    score >= SCORE_GOOD
      ? (['permit', 'check', 'good'] as const)
      : score >= SCORE_FAIR
        ? (['observe', 'diamond', 'fair'] as const)
        : (['deny', 'alert', 'poor'] as const);
  return <Badge tone={tone} icon={icon} text={`${score} ${word}`} plain />;
}
