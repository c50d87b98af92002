import type { AttackClass, Profile } from '../attack-class.ts';
import type { ScoredValue } from './scored-value.ts';

/** One value that was found, as far as it is kept: nothing of its text. */
export interface FoundValue {
  readonly value: ScoredValue;
  readonly attack: AttackClass;
  readonly score: number;
  readonly probability: number;
  readonly location: string;
  /** Key path; of a name the path of what it stands in. */
  readonly path: string;
  readonly isKey: boolean;
  readonly decoded: readonly string[];
}

const SPANS_SHOWN = 3;
const CONTRIBUTIONS_SHOWN = 4;
const EXCEPTION_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * A finding in a line for operators: class, probability, place, what was decoded, positions, what spoke for it, threshold,
 * and the exception that would let it through for a month. Holds nothing of the value itself.
 */
export function detailOf(found: FoundValue, profile: Profile, threshold: number, nowMs: number): string {
  const { value, attack, score, probability, path, isKey } = found;
  const chain = [...found.decoded, ...value.decoders];
  const spans = value.spans.slice(0, SPANS_SHOWN).map(({ start, end }) => `${start}-${end}`);
  const spoke = value.contributions
    .slice(0, CONTRIBUTIONS_SHOWN)
    .map(({ feature, weight }) => `${feature} ${weight > 0 ? '+' : ''}${weight.toFixed(1)}`);
  const where = isKey ? `a name in ${path}` : path;
  const open = isKey ? `${path}.*` : path;
  return [
    `${attack} with ${(probability * 100).toFixed(0)} % in ${where} (${found.location})`,
    ...(chain.length === 0 ? [] : [`decoded: ${chain.join(' ')}`]),
    ...(spans.length === 0 ? [] : [`at ${spans.join(' ')}`]),
    ...(spoke.length === 0 ? [] : [`for it: ${spoke.join(', ')}`]),
    `score ${score.toFixed(1)}, threshold ${threshold.toFixed(1)} (${profile})`,
    `exception: { path: "${open}", class: ${attack}, expires: ${dayText(nowMs + EXCEPTION_DAYS * DAY_MS)} }`,
  ].join('; ');
}

function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
