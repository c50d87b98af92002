import type { Call } from '../../core/call.ts';
import { featureName } from '../features.ts';
import { characterClasses } from '../gate.ts';
import type { Leaf } from '../leaf.ts';
import type { SegmentNames } from '../leaves/path-leaves.ts';
import { type LeafBody, LeafReader } from '../leaves/read-call.ts';
import { DEFAULT_LEAF_LIMITS, type LeafVisitor } from '../leaves/walk.ts';
import { type KeyedHash, memberFingerprint, type ObservedCall, type ObservedValue } from './observation.ts';
import { parameterPath } from './parameter-path.ts';
import { typeBit, typesOf } from './value-type.ts';

/** One call of so many is looked at closer. */
export const SAMPLED_ONE_OF = 8;
/** Parameters of one call, and values of each. */
const VALUES_MAX = 64;
const VALUES_PER_PATH_MAX = 4;
/** Accepted calls that wait to be handed over; when there are more, the new ones are not learned from. */
const WAITING_MAX = 256;
/** Methods endpoints have. Of what callers make up nothing is learned. */
export const LEARNED_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const METHODS: ReadonlySet<string> = new Set(LEARNED_METHODS);

/** Says what of a harmless value speaks for an attack, though too weakly to matter. */
export interface EvidenceReader {
  /** Adds the numbers of features to a list; no more than `max` of them. */
  evidenceOf(leaf: Leaf, into: number[], max: number): void;
}

/** Where a call came to, and from whom. */
export interface SampledCall {
  readonly call: Call;
  readonly path: string;
  readonly body: LeafBody;
  readonly consumer: string;
  readonly nowMs: number;
  readonly routeId: string;
  readonly template: string;
  readonly names: SegmentNames;
}

const EVIDENCE_PER_VALUE_MAX = 48;

/**
 * Takes down the shape of what some calls carry, and keeps it of those that turn out to be accepted. One for each thread.
 * What is taken down of a call is let go with the call.
 */
export class ParameterSampler implements LeafVisitor {
  readonly #hash: KeyedHash;
  readonly #reader = new LeafReader({
    ...DEFAULT_LEAF_LIMITS,
    leavesMax: 512,
    charactersMax: 64 * 1024,
    samples: false,
    scalars: true,
  });
  readonly #pending = new WeakMap<Call, ObservedCall>();
  readonly #perPath = new Map<string, number>();
  #waiting: ObservedCall[] = [];
  #values: ObservedValue[] = [];
  #evidence: EvidenceReader | undefined;
  #calls = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Whether the next call is one to look at; counts it. */
  isDue(method: string): boolean {
    return ++this.#calls % SAMPLED_ONE_OF === 0 && METHODS.has(method) && this.#waiting.length < WAITING_MAX;
  }

  /** Takes down one call in which nothing was found. Does not say that it is accepted: `settle` does. */
  sample({ call, path, body, consumer, nowMs, routeId, template, names }: SampledCall, evidence: EvidenceReader): void {
    this.#evidence = evidence;
    this.#values = [];
    this.#perPath.clear();
    const report = this.#reader.read(call, path, names, body, this);
    this.#evidence = undefined;
    // What could be read in two ways teaches neither.
    if (report.malformations.length > 0 || report.oddities.length > 0 || this.#values.length === 0) return;
    this.#pending.set(call, {
      routeId,
      method: call.method,
      template,
      consumer: consumer === '' ? 0 : this.#hash(`consumer:${consumer}`),
      address: this.#hash(`address:${call.address.group}`),
      timeMs: nowMs,
      values: this.#values,
    });
  }

  /** The end of a call: what was taken down of it counts only where nothing spoke against it and the upstream took it. */
  settle(call: Call, isAccepted: boolean): void {
    const observed = this.#pending.get(call);
    if (observed === undefined) return;
    this.#pending.delete(call);
    if (isAccepted && this.#waiting.length < WAITING_MAX) this.#waiting.push(observed);
  }

  /** Hands over what waits. */
  take(): readonly ObservedCall[] {
    const taken = this.#waiting;
    if (taken.length > 0) this.#waiting = [];
    return taken;
  }

  visit(leaf: Leaf): void {
    if (leaf.isKey || leaf.location === 'header' || leaf.location === 'token' || this.#values.length >= VALUES_MAX)
      return;
    const path = parameterPath(leaf.path);
    const seen = this.#perPath.get(path) ?? 0;
    if (seen >= VALUES_PER_PATH_MAX) return;
    this.#perPath.set(path, seen + 1);
    const { text } = leaf;
    const evidence: number[] = [];
    this.#evidence?.evidenceOf(leaf, evidence, EVIDENCE_PER_VALUE_MAX);
    this.#values.push({
      path,
      types: typesOf(text) | carriedTypes(evidence),
      length: text.length,
      alphabet: characterClasses(text),
      fingerprint: memberFingerprint(this.#hash, text),
      evidence,
    });
  }
}

const NO_LETTERS = { sql: '', markup: '', code: '', shell: '' };
const SQL = typeBit('sql');
const HTML = typeBit('html');
const CODE = typeBit('code');

/** What a text is written in, by the evidence in it. */
function carriedTypes(evidence: readonly number[]): number {
  let types = 0;
  for (const feature of evidence) {
    const name = featureName(feature, NO_LETTERS);
    if (name.startsWith('sql')) types |= SQL;
    else if (name.startsWith('html.') || name.startsWith('markup ')) types |= HTML;
    else if (name.startsWith('code')) types |= CODE;
  }
  return types;
}
