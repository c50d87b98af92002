import type { AttackClass } from '../attack-class.ts';
import { MEMBERS_MAX, type ParameterRecord, type Witnesses } from './parameter-record.ts';
import { NARROW_TYPES, VALUE_TYPES, type ValueType } from './value-type.ts';

/** What has to be there before anything counts as learned. */
export const CONSUMERS_MIN = 3;
/** Addresses are cheap: more of them are asked for where nobody is identified. */
export const ADDRESSES_MIN = 10;
export const WINDOWS_MIN = 3;
export const VALUES_MIN = 100;
const NARROW_RATIO_MIN = 0.98;
const USUAL_RATIO_MIN = 0.8;
const VALUES_PER_MEMBER_MIN = 10;
/** Of so many sources one may have sent something else. */
const SOURCES_FOR_ONE_DISSENT = 10;
/** What was not seen for so long is forgotten. */
export const FORGOTTEN_AFTER_MS = 30 * 86_400_000;

/** What is held against, and for, the values of one parameter. */
export interface LearnedParameter {
  /** Undefined: values are held to no type. */
  readonly type: ValueType | undefined;
  readonly lengthMax: number;
  readonly alphabet: number;
  /** Fingerprints of the only values there are; empty: there are more than a few. */
  readonly members: readonly number[];
  /** Names of the features that are usual there. */
  readonly evidence: readonly string[];
  /** Classes of attack an operator forgives there. */
  readonly forgive: readonly AttackClass[];
}

/** Whether enough different callers have shown something, at enough different times. */
export function isWitnessed({ consumers, addresses, windows }: Witnesses): boolean {
  return windows.length >= WINDOWS_MIN && (consumers.length >= CONSUMERS_MIN || addresses.length >= ADDRESSES_MIN);
}

/** What stands in the way of learning, in words; empty: enough was seen. */
export function missingOf(record: ParameterRecord): readonly string[] {
  const { consumers, addresses, windows, values } = record;
  return [
    ...(consumers.length >= CONSUMERS_MIN || addresses.length >= ADDRESSES_MIN
      ? []
      : [`${consumers.length} of ${CONSUMERS_MIN} consumers, ${addresses.length} of ${ADDRESSES_MIN} addresses`]),
    ...(windows.length >= WINDOWS_MIN ? [] : [`${windows.length} of ${WINDOWS_MIN} hours`]),
    ...(values >= VALUES_MIN ? [] : [`${values} of ${VALUES_MIN} values`]),
  ];
}

/** The narrowest type nearly all values are of; `text` where there is none, or too little was seen. */
export function typeOf(record: ParameterRecord): ValueType {
  if (record.values === 0) return 'text';
  const fits = (type: ValueType, ratio: number): boolean =>
    (record.types[VALUE_TYPES.indexOf(type)] ?? 0) >= record.values * ratio;
  const narrow = NARROW_TYPES.find((type) => fits(type, NARROW_RATIO_MIN) && isAgreed(record, type));
  return narrow ?? VALUE_TYPES.slice(NARROW_TYPES.length).find((type) => fits(type, USUAL_RATIO_MIN)) ?? 'text';
}

/**
 * What counts for a parameter at a time; undefined where nothing does. What an operator has said counts as long as it was
 * said to; what was learned, while the parameter is in use and its evidence is seen.
 */
export function learnedFrom(record: ParameterRecord, nowMs: number): LearnedParameter | undefined {
  const pin = record.pin !== null && record.pin.expiresMs > nowMs ? record.pin : undefined;
  const isLearned = missingOf(record).length === 0 && nowMs - record.lastMs < FORGOTTEN_AFTER_MS;
  const learnedType = isLearned ? typeOf(record) : 'text';
  const type = pin?.type ?? learnedType;
  const isNarrow = NARROW_TYPES.includes(type);
  const isByPin = pin?.type !== undefined;
  const members = isLearned && !isByPin ? fewMembers(record) : [];
  const evidence = isLearned ? usualEvidence(record, nowMs) : [];
  const forgive = pin?.forgive ?? [];
  if (!isNarrow && members.length === 0 && evidence.length === 0 && forgive.length === 0) return undefined;
  return {
    type: isNarrow ? type : undefined,
    lengthMax: isByPin ? 0 : record.lengthMax,
    alphabet: isByPin ? 0 : record.alphabet,
    members,
    evidence,
    forgive,
  };
}

/** The values are few, and each came often: a search that was seen a hundred times is no list of choices. */
function fewMembers({ members, values }: ParameterRecord): readonly number[] {
  return members === null || members.length > MEMBERS_MAX || members.length * VALUES_PER_MEMBER_MIN > values
    ? []
    : members;
}

function usualEvidence(record: ParameterRecord, nowMs: number): readonly string[] {
  return Object.entries(record.evidence)
    .filter(
      ([, one]) =>
        one.count >= record.values * USUAL_RATIO_MIN && isWitnessed(one) && nowMs - one.lastMs < FORGOTTEN_AFTER_MS,
    )
    .map(([name]) => name);
}

function isAgreed(record: ParameterRecord, type: ValueType): boolean {
  const sources = Math.max(record.consumers.length, record.addresses.length);
  return (record.dissent[type] ?? []).length <= (sources >= SOURCES_FOR_ONE_DISSENT ? 1 : 0);
}
