import { ATTACK_CLASSES, type AttackClass, PROFILES, type Profile } from './attack-class.ts';
import { CODE_LETTERS } from './code/words.ts';
import { type Evidence, PIECES_MAX, structureFeature } from './evidence.ts';
import { FEATURE_COUNT, featureName, featureNumber } from './features.ts';
import { MARKUP_LETTERS } from './markup/words.ts';
import { SHELL_LETTERS } from './shell/words.ts';
import { SQL_LETTERS } from './sql/words.ts';
import { STRUCTURES } from './structures.ts';

const LETTERS = { sql: SQL_LETTERS, markup: MARKUP_LETTERS, code: CODE_LETTERS, shell: SHELL_LETTERS };
const CLASSES = ATTACK_CLASSES.length;
/** Weights are stored as whole hundredths. */
const SCALE = 100;
/** What so many pieces of evidence count for together. */
const LOGARITHMS = Float64Array.from({ length: PIECES_MAX + 1 }, (_, pieces) => Math.log1p(pieces));

const NO_THRESHOLDS = new Float64Array(0);

/** The file the training writes. */
export interface ModelFile {
  readonly format: 1;
  readonly classes: readonly string[];
  /** Per class: score of a value without evidence, and what each e-fold of evidence takes off it. */
  readonly bias: readonly number[];
  readonly size: readonly number[];
  /** So much all that speaks against an attack may weigh together: padding cannot wash one clean. */
  readonly negativeFloor: number;
  /** Score, per profile and class, from which a value is taken for an attack. */
  readonly thresholds: Readonly<Record<string, readonly number[]>>;
  /** Feature → alternating class number and weight in hundredths. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** A linear score per class over evidence, compiled for look-up by number of feature. */
export class Model {
  readonly #rowOf = new Uint16Array(FEATURE_COUNT);
  /** Row `r`: the sums and weights from `#rowStart[r]` to `#rowStart[r + 1]`. */
  readonly #rowStart: Int32Array;
  /** The sum a weight is added to: of its class, or, of what speaks against an attack, `CLASSES` behind that. */
  readonly #rowSums: Uint8Array;
  readonly #rowWeights: Float32Array;
  readonly #bias: Float64Array;
  readonly #size: Float64Array;
  readonly #floor: number;
  readonly #thresholds: ReadonlyMap<Profile, Float64Array>;
  readonly #sums = new Float64Array(2 * CLASSES);

  private constructor(file: ModelFile) {
    const names = new Map<string, number>();
    for (const name of Object.keys(file.weights)) names.set(name, names.size + 1);
    let known = 0;
    for (let id = 0; id < FEATURE_COUNT; id++) {
      const row = names.get(nameOf(id));
      if (row === undefined) continue;
      known++;
      this.#rowOf[id] = row;
    }
    if (known < names.size) throw new Error('the model has weights for features this version does not know');
    const rows = Object.values(file.weights);
    // What weighs together with others, or is never forgiven, has to be seen even where it weighs nothing: rows without weights, after all others.
    const weightless = STRUCTURES.map(structureFeature).filter((id) => this.#rowOf[id] === 0);
    weightless.forEach((id, index) => {
      this.#rowOf[id] = rows.length + 1 + index;
    });
    this.#rowStart = new Int32Array(rows.length + weightless.length + 2);
    const entries = rows.reduce((sum, pairs) => sum + pairs.length / 2, 0);
    this.#rowSums = new Uint8Array(entries);
    this.#rowWeights = new Float32Array(entries);
    let entry = 0;
    rows.forEach((pairs, row) => {
      for (let i = 0; i + 1 < pairs.length; i += 2) {
        const weight = pairs[i + 1] ?? 0;
        this.#rowSums[entry] = (pairs[i] ?? 0) + (weight > 0 ? 0 : CLASSES);
        this.#rowWeights[entry++] = weight / SCALE;
      }
      this.#rowStart[row + 2] = entry;
    });
    this.#rowStart.fill(entry, rows.length + 2);
    this.#bias = Float64Array.from(file.bias);
    this.#size = Float64Array.from(file.size);
    this.#floor = file.negativeFloor;
    this.#thresholds = new Map(PROFILES.map((profile) => [profile, Float64Array.from(file.thresholds[profile] ?? [])]));
  }

  /** Compiles a model; throws an Error that says what is wrong with a file that is none. */
  static parse(text: string): Model {
    let file: unknown;
    try {
      file = JSON.parse(text);
    } catch {
      throw new Error('the model is no JSON');
    }
    if (!isModelFile(file)) throw new Error('the model is damaged or of another version');
    return new Model(file);
  }

  /** Writes each class's score (log odds) of the evidence into `scores`; it was collected with the rows of this model. */
  score(evidence: Evidence, scores: Float64Array): void {
    const sums = this.#sums;
    const starts = this.#rowStart;
    const rowSums = this.#rowSums;
    const weights = this.#rowWeights;
    const { count, rows } = evidence;
    sums.fill(0, CLASSES);
    sums.set(this.#bias);
    let pieces = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i] ?? 0;
      const start = starts[row] ?? 0;
      const end = starts[row + 1] ?? 0;
      if (end > start) pieces++;
      for (let at = start; at < end; at++) {
        const sum = rowSums[at] ?? 0;
        sums[sum] = (sums[sum] ?? 0) + (weights[at] ?? 0);
      }
    }
    const size = LOGARITHMS[pieces] ?? 0;
    for (let c = 0; c < CLASSES; c++) {
      const against = Math.max(this.#floor, sums[CLASSES + c] ?? 0);
      scores[c] = (sums[c] ?? 0) + against + size * (this.#size[c] ?? 0);
    }
  }

  weight(feature: number, classNumber: number): number {
    const row = this.#rowOf[feature] ?? 0;
    const end = this.#rowStart[row + 1] ?? 0;
    for (let at = this.#rowStart[row] ?? 0; at < end; at++) {
      if ((this.#rowSums[at] ?? 0) % CLASSES === classNumber) return this.#rowWeights[at] ?? 0;
    }
    return 0;
  }

  /** For each feature its row of weights, 0 for one that has none. */
  get rows(): Uint16Array {
    return this.#rowOf;
  }

  /** Score from which a value is taken for an attack of this class. */
  threshold(profile: Profile, classNumber: number): number {
    return this.thresholds(profile)[classNumber] ?? Number.POSITIVE_INFINITY;
  }

  /** The same of every class, in the order of their numbers. */
  thresholds(profile: Profile): Float64Array {
    return this.#thresholds.get(profile) ?? NO_THRESHOLDS;
  }

  thresholdOf(profile: Profile, attack: AttackClass): number {
    return this.threshold(profile, ATTACK_CLASSES.indexOf(attack));
  }

  get bytes(): number {
    return this.#rowWeights.byteLength + this.#rowSums.byteLength + this.#rowStart.byteLength + this.#rowOf.byteLength;
  }
}

export function nameOf(feature: number): string {
  return featureName(feature, LETTERS);
}

/** The inverse of nameOf; −1 for a name this version does not know. */
export function numberOf(name: string): number {
  return featureNumber(name, LETTERS);
}

function isModelFile(value: unknown): value is ModelFile {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Partial<ModelFile>;
  const numbers = (list: unknown): boolean =>
    Array.isArray(list) && list.length === CLASSES && list.every(Number.isFinite);
  return (
    file.format === 1 &&
    Array.isArray(file.classes) &&
    file.classes.join() === ATTACK_CLASSES.join() &&
    numbers(file.bias) &&
    numbers(file.size) &&
    Number.isFinite(file.negativeFloor) &&
    typeof file.thresholds === 'object' &&
    file.thresholds !== null &&
    PROFILES.every((profile) => numbers(file.thresholds?.[profile])) &&
    typeof file.weights === 'object' &&
    file.weights !== null &&
    Object.values(file.weights).every(
      (pairs) =>
        Array.isArray(pairs) &&
        pairs.length % 2 === 0 &&
        pairs.every((entry, i) => Number.isFinite(entry) && (i % 2 === 1 || (entry >= 0 && entry < CLASSES))),
    )
  );
}
