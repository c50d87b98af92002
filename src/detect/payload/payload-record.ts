import { ATTACK_CLASSES, type AttackClass, PROFILES, type Profile } from '../attack-class.ts';

/** The mildest profile that refuses a value; `near`: none does. */
export type Severity = Profile | 'near';

/** From the gravest on: what a profile refuses every later one refuses too. */
const SEVERITIES: readonly Severity[] = ['relaxed', 'default', 'strict', 'near'];

/** One value as a record keeps it. Of a name the path ends in `*`. */
export interface RecordedValue {
  readonly attack: AttackClass;
  readonly severity: Severity;
  readonly path: string;
}

/** A value an exception let through. */
export interface ExceptedValue extends RecordedValue {
  readonly exception: string;
  /** Whether it would have been refused, or only have come near. */
  readonly refused: boolean;
}

/** What was found in one call, as far as it is recorded. */
export interface RecordedPayload {
  /** The gravest first. */
  readonly values: readonly RecordedValue[];
  readonly excepted: readonly ExceptedValue[];
  /** Classes of which several values weigh more together than any alone. */
  readonly together: readonly { readonly attack: AttackClass; readonly severity: Severity }[];
  /** False: more was found than is recorded. */
  readonly isComplete: boolean;
  /** True: a value was read only until it was sure to be refused; other classes in it were not looked for. */
  readonly isCut: boolean;
}

/** Of what a record has room for. */
const CHARACTERS_MAX = 360;
const EXCEPTED = 'payload.excepted:';
const SPARED = 'payload.spared:';
const TOGETHER = 'payload.together:';
const MORE = 'payload.more';
const CUT = 'payload.cut';
/** Signal of uploaded files that are no text: nothing speaks against such a call. */
export const UNREAD_FILES = 'payload.unread:files';
/** As long as a record's signals can be: what is as long may have been cut. */
const SIGNALS_CHARACTERS_MAX = 512;

/** Names of the signals from which `readPayloadSignals` reads the same again. */
export function payloadSignals({ values, excepted, together, isComplete, isCut }: RecordedPayload): string[] {
  const names = [
    ...[...excepted].sort(byGravity).map((one) => `${one.refused ? EXCEPTED : SPARED}${one.exception}:${textOf(one)}`),
    ...[...values].sort(byGravity).map((one) => `payload.${textOf(one)}`),
    ...together.map(({ attack, severity }) => `${TOGETHER}${attack}:${severity}`),
  ];
  const kept: string[] = [];
  let characters = 0;
  for (const name of names) {
    if (characters + name.length > CHARACTERS_MAX) continue;
    characters += name.length + 1;
    kept.push(name);
  }
  if (!isComplete || kept.length < names.length) kept.push(MORE);
  if (isCut) kept.push(CUT);
  return kept;
}

/** What a call's recorded signals say was found in it. */
export function readPayloadSignals(signals: readonly string[]): RecordedPayload {
  const values: RecordedValue[] = [];
  const excepted: ExceptedValue[] = [];
  const together: { attack: AttackClass; severity: Severity }[] = [];
  let characters = -1;
  for (const signal of signals) {
    characters += signal.length + 1;
    const refused = signal.startsWith(EXCEPTED);
    if (refused || signal.startsWith(SPARED)) {
      const text = signal.slice(refused ? EXCEPTED.length : SPARED.length);
      const colon = text.indexOf(':');
      const value = recordedValueOf(text.slice(colon + 1));
      if (value !== undefined) excepted.push({ ...value, exception: text.slice(0, colon), refused });
    } else if (signal.startsWith(TOGETHER)) {
      const value = recordedValueOf(`${signal.slice(TOGETHER.length)}:`);
      if (value !== undefined) together.push(value);
    } else if (signal.startsWith('payload.')) {
      const value = recordedValueOf(signal.slice('payload.'.length));
      if (value !== undefined) values.push(value);
    }
  }
  const isComplete = !signals.includes(MORE) && characters < SIGNALS_CHARACTERS_MAX;
  return { values, excepted, together, isComplete, isCut: signals.includes(CUT) };
}

/** Name of the exception a signal says was used, or undefined. Only of what would have been refused. */
export function usedException(signal: string): string | undefined {
  if (!signal.startsWith(EXCEPTED)) return undefined;
  const colon = signal.indexOf(':', EXCEPTED.length);
  return colon < 0 ? undefined : signal.slice(EXCEPTED.length, colon);
}

/** Whether a profile refuses what is of a severity. */
export function refuses(profile: Profile, severity: Severity): boolean {
  return gravityOf(severity) <= gravityOf(profile);
}

export function isGraver(one: Severity, other: Severity): boolean {
  return gravityOf(one) < gravityOf(other);
}

/** The severity of a score, by the thresholds of the profiles. */
export function severityOf(score: number, thresholdOf: (profile: Profile) => number): Severity {
  for (const profile of PROFILES) if (score >= thresholdOf(profile)) return profile;
  return 'near';
}

function gravityOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function byGravity(one: RecordedValue, other: RecordedValue): number {
  return gravityOf(one.severity) - gravityOf(other.severity);
}

function textOf({ attack, severity, path }: RecordedValue): string {
  return `${attack}:${severity}:${path}`;
}

function recordedValueOf(text: string): RecordedValue | undefined {
  const [name, level, ...rest] = text.split(':');
  const attack = ATTACK_CLASSES.find((known) => known === name);
  const severity = SEVERITIES.find((known) => known === level);
  return attack === undefined || severity === undefined ? undefined : { attack, severity, path: rest.join(':') };
}
