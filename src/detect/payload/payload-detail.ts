import type { AttackClass, Profile } from '../attack-class.ts';
import { exceptionCommand } from './exception-command.ts';
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
/** What a record has room for. Of more the evidence goes first and the command never: cut, it would say something else. */
const DETAIL_CHARACTERS_MAX = 512;
/** A longer path is told once, in the command. */
const PATH_CHARACTERS_MAX = 120;

/**
 * A finding in a line for operators: class, probability, place, threshold, the command that would let it through for a month,
 * what was decoded, positions, and what spoke for it. Holds nothing of the value itself.
 */
export function detailOf(found: FoundValue, profile: Profile, threshold: number, routeId: string): string {
  const { value, attack, score, probability, path, isKey } = found;
  const chain = [...found.decoded, ...value.decoders];
  const spans = value.spans.slice(0, SPANS_SHOWN).map(({ start, end }) => `${start}-${end}`);
  const spoke = value.contributions
    .slice(0, CONTRIBUTIONS_SHOWN)
    .map(({ feature, weight }) => `${feature} ${weight > 0 ? '+' : ''}${weight.toFixed(1)}`);
  const place = path.length > PATH_CHARACTERS_MAX ? 'the place named below' : path;
  const where = isKey ? `a name in ${place}` : place;
  const command = exceptionCommand(routeId, placeOf(found), attack);
  const pieces = [
    `${attack} with ${(probability * 100).toFixed(0)} % in ${where} (${found.location})`,
    `score ${score.toFixed(1)}, threshold ${threshold.toFixed(1)} (${profile})`,
    ...(command === '' ? [] : [`exception: ${command}`]),
    ...(chain.length === 0 ? [] : [`decoded: ${chain.join(' ')}`]),
    ...(spans.length === 0 ? [] : [`at ${spans.join(' ')}`]),
    ...(spoke.length === 0 ? [] : [`for it: ${spoke.join(', ')}`]),
  ];
  let detail = '';
  for (const piece of pieces) {
    const longer = detail === '' ? piece : `${detail}; ${piece}`;
    if (longer.length <= DETAIL_CHARACTERS_MAX) detail = longer;
  }
  return detail;
}

/** Key path as exceptions name it: of a name what it stands in, for the name may be what the attack is written in. */
export function placeOf({ path, isKey }: Pick<FoundValue, 'path' | 'isKey'>): string {
  return isKey ? `${path}.*` : path;
}
