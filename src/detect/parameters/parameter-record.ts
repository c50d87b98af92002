import type { AttackClass } from '../attack-class.ts';
import type { ObservedCall, ObservedValue } from './observation.ts';
import { NARROW_TYPES, VALUE_TYPES, type ValueType } from './value-type.ts';

/** Time is learned from in windows: what comes in one of them, however often, was seen once. */
export const WINDOW_MS = 3_600_000;
/** Values of one source in one window that count: a loud caller is not many. */
const SOURCE_VALUES_MAX = 20;
/** What is remembered one by one: enough to tell that there were enough. */
const SOURCES_MAX = 16;
const WINDOWS_MAX = 8;
/** More than one is too many, see learnedFrom. */
const DISSENT_MAX = 2;
const WINDOW_SOURCES_MAX = 128;
export const MEMBERS_MAX = 32;
const EVIDENCE_MAX = 64;
/** Of evidence no more witnesses are kept than are asked for. */
const EVIDENCE_SOURCES_MAX = 10;
const EVIDENCE_WINDOWS_MAX = 3;
/** From here on old values weigh half: an API that changes is learned anew. */
const VALUES_HALVED_AT = 8192;

/** Who has shown something, and when. */
export interface Witnesses {
  readonly consumers: number[];
  /** Only of calls of which nobody was identified. */
  readonly addresses: number[];
  readonly windows: number[];
}

export interface UsualEvidence extends Witnesses {
  count: number;
  lastMs: number;
}

/** What an operator has said of a parameter; it comes before what was learned. */
export interface ParameterPin {
  /** `text`: anything may stand there. Undefined: as learned. */
  readonly type: ValueType | undefined;
  /** Classes of attack whose evidence is forgiven there, but for what nothing forgives. */
  readonly forgive: readonly AttackClass[];
  readonly setAtMs: number;
  /** Unix time in milliseconds from which it counts for nothing. */
  readonly expiresMs: number;
}

/** Everything that is kept of one parameter of one endpoint; plain data, stored as JSON. */
export interface ParameterRecord extends Witnesses {
  values: number;
  /** How many values were of each type, in the order of VALUE_TYPES. */
  types: number[];
  /** By narrow type, as far as there are any: sources that sent something else. */
  dissent: Partial<Record<ValueType, number[]>>;
  lengthMin: number;
  lengthMax: number;
  alphabet: number;
  /** Fingerprints of the different values; null: there were too many. */
  members: number[] | null;
  evidence: Record<string, UsualEvidence>;
  /** Counted values by source in the window that runs. */
  window: { number: number; sources: Record<string, number> };
  firstMs: number;
  lastMs: number;
  pin: ParameterPin | null;
}

export function newParameterRecord(nowMs: number): ParameterRecord {
  return {
    values: 0,
    types: VALUE_TYPES.map(() => 0),
    dissent: {},
    lengthMin: Number.MAX_SAFE_INTEGER,
    lengthMax: 0,
    alphabet: 0,
    members: [],
    evidence: {},
    consumers: [],
    addresses: [],
    windows: [],
    window: { number: -1, sources: {} },
    firstMs: nowMs,
    lastMs: nowMs,
    pin: null,
  };
}

/** Adds one value to a record, in place. `nameOf` names a feature in a way that outlives this version of the program. */
export function learnValue(
  record: ParameterRecord,
  call: Pick<ObservedCall, 'consumer' | 'address' | 'timeMs'>,
  value: ObservedValue,
  nameOf: (feature: number) => string,
): void {
  record.lastMs = Math.max(record.lastMs, call.timeMs);
  const window = Math.floor(call.timeMs / WINDOW_MS);
  const source = call.consumer === 0 ? call.address : call.consumer;
  dissentOf(record, value.types, source);
  if (!counts(record, window, source)) return;
  witness(record, call, window, SOURCES_MAX, WINDOWS_MAX);
  record.values++;
  VALUE_TYPES.forEach((_, i) => {
    if ((value.types & (1 << i)) !== 0) record.types[i] = (record.types[i] ?? 0) + 1;
  });
  record.lengthMin = Math.min(record.lengthMin, value.length);
  record.lengthMax = Math.max(record.lengthMax, value.length);
  record.alphabet |= value.alphabet;
  // Texts with evidence in them are no names of choices.
  addMember(record, value.evidence.length === 0 ? value.fingerprint : 0);
  for (const feature of value.evidence) addEvidence(record, nameOf(feature), call, window);
  if (record.values >= VALUES_HALVED_AT) halve(record);
}

/** Whether one more value of a source counts in this window. */
function counts(record: ParameterRecord, window: number, source: number): boolean {
  // Calls come from several threads, the last ones of a window after the first of the next.
  if (window > record.window.number) record.window = { number: window, sources: {} };
  const { sources } = record.window;
  const seen = sources[source] ?? 0;
  if (seen >= SOURCE_VALUES_MAX) return false;
  if (seen === 0 && Object.keys(sources).length >= WINDOW_SOURCES_MAX) return false;
  sources[source] = seen + 1;
  return true;
}

/** Whoever sends something else than a type is remembered, however much others send: a crowd of one cannot narrow. */
function dissentOf(record: ParameterRecord, types: number, source: number): void {
  NARROW_TYPES.forEach((type, i) => {
    if ((types & (1 << i)) !== 0) return;
    const sources = record.dissent[type] ?? [];
    record.dissent[type] = sources;
    if (sources.length < DISSENT_MAX && !sources.includes(source)) sources.push(source);
  });
}

function witness(
  into: Witnesses,
  { consumer, address }: Pick<ObservedCall, 'consumer' | 'address'>,
  window: number,
  sourcesMax: number,
  windowsMax: number,
): void {
  if (consumer !== 0) addOnce(into.consumers, consumer, sourcesMax);
  else addOnce(into.addresses, address, sourcesMax);
  addOnce(into.windows, window, windowsMax);
}

function addOnce(list: number[], one: number, max: number): void {
  if (list.length < max && !list.includes(one)) list.push(one);
}

function addMember(record: ParameterRecord, fingerprint: number): void {
  if (record.members === null || (fingerprint !== 0 && record.members.includes(fingerprint))) return;
  if (fingerprint === 0 || record.members.length >= MEMBERS_MAX) record.members = null;
  else record.members.push(fingerprint);
}

function addEvidence(
  record: ParameterRecord,
  name: string,
  call: Pick<ObservedCall, 'consumer' | 'address' | 'timeMs'>,
  window: number,
): void {
  if (name === '') return;
  let known = Object.hasOwn(record.evidence, name) ? record.evidence[name] : undefined;
  if (known === undefined) {
    if (Object.keys(record.evidence).length >= EVIDENCE_MAX && !makeRoom(record, call.timeMs)) return;
    known = { count: 0, lastMs: 0, consumers: [], addresses: [], windows: [] };
    record.evidence[name] = known;
  }
  known.count++;
  known.lastMs = Math.max(known.lastMs, call.timeMs);
  witness(known, call, window, EVIDENCE_SOURCES_MAX, EVIDENCE_WINDOWS_MAX);
}

/** The rarest evidence goes, where it is rare: one that comes with every value is never pushed out by oddities. */
function makeRoom(record: ParameterRecord, nowMs: number): boolean {
  let rarest = '';
  let least = Number.POSITIVE_INFINITY;
  for (const [name, { count, lastMs }] of Object.entries(record.evidence)) {
    const weight = nowMs - lastMs > EVIDENCE_IDLE_MS ? 0 : count;
    if (weight < least) {
      least = weight;
      rarest = name;
    }
  }
  if (least > 1 && least * 10 > record.values) return false;
  delete record.evidence[rarest];
  return true;
}

const EVIDENCE_IDLE_MS = 24 * WINDOW_MS;

function halve(record: ParameterRecord): void {
  record.values = Math.floor(record.values / 2);
  record.types = record.types.map((count) => Math.floor(count / 2));
  record.dissent = {};
  for (const evidence of Object.values(record.evidence)) evidence.count = Math.floor(evidence.count / 2);
}
