import type { AttackClass } from '../attack-class.ts';
import { FORGOTTEN_AFTER_MS, isWitnessed, learnedFrom, missingOf, typeOf } from './learned-parameter.ts';
import type { ParameterRecord } from './parameter-record.ts';
import type { ValueType } from './value-type.ts';

/** Where a parameter stands. */
export interface ParameterPlace {
  readonly routeId: string;
  readonly method: string;
  readonly template: string;
  readonly path: string;
}

/** A parameter as people read it. */
export interface ParameterView extends ParameterPlace {
  readonly id: string;
  /** What most values are, whether enough was seen of them or not. */
  readonly type: ValueType;
  /** What values are held to; undefined: to nothing. `choice`: to the values that are known. */
  readonly heldTo: ValueType | 'choice' | undefined;
  /** What is missing before it counts as learned; empty: nothing. */
  readonly missing: readonly string[];
  readonly values: number;
  readonly consumers: number;
  readonly addresses: number;
  readonly hours: number;
  readonly lengthMin: number;
  readonly lengthMax: number;
  readonly characters: readonly string[];
  /** How many different values there are; 0: more than a few. */
  readonly choices: number;
  readonly evidence: readonly {
    readonly feature: string;
    readonly share: number;
    readonly consumers: number;
    readonly hours: number;
    readonly forgiven: boolean;
  }[];
  readonly forgives: readonly AttackClass[];
  readonly pin: { readonly type: ValueType | undefined; readonly expiresMs: number } | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
  /** When it is forgotten unless it is seen before. */
  readonly forgottenMs: number;
}

const CHARACTERS = [
  'lower',
  'upper',
  'digit',
  'dash',
  'joint',
  'space',
  'address',
  'quote',
  'angle',
  'bracket',
  'separator',
  'hole',
  'backslash',
  'percent',
  'operator',
  'control',
  'high',
] as const;

export function parameterView(
  id: string,
  place: ParameterPlace,
  record: ParameterRecord,
  nowMs: number,
): ParameterView {
  const learned = learnedFrom(record, nowMs);
  const pin = record.pin !== null && record.pin.expiresMs > nowMs ? record.pin : undefined;
  const { routeId, method, template, path } = place;
  return {
    id,
    routeId,
    method,
    template,
    path,
    type: pin?.type ?? typeOf(record),
    heldTo: learned?.type ?? ((learned?.members.length ?? 0) > 0 ? 'choice' : undefined),
    missing: missingOf(record),
    values: record.values,
    consumers: record.consumers.length,
    addresses: record.addresses.length,
    hours: record.windows.length,
    lengthMin: record.values === 0 ? 0 : record.lengthMin,
    lengthMax: record.lengthMax,
    characters: CHARACTERS.filter((_, bit) => (record.alphabet & (1 << bit)) !== 0),
    choices: record.members?.length ?? 0,
    evidence: Object.entries(record.evidence).map(([feature, one]) => ({
      feature,
      share: Math.round((one.count / Math.max(1, record.values)) * 1000) / 1000,
      consumers: one.consumers.length,
      hours: one.windows.length,
      forgiven: isWitnessed(one) && learned?.evidence.includes(feature) === true,
    })),
    forgives: learned?.forgive ?? [],
    pin: pin === undefined ? undefined : { type: pin.type, expiresMs: pin.expiresMs },
    firstMs: record.firstMs,
    lastMs: record.lastMs,
    forgottenMs: record.lastMs + FORGOTTEN_AFTER_MS,
  };
}
