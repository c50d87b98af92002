import type { AttackClass, Profile } from '../attack-class.ts';
import type { Leaf } from '../leaf.ts';
import { type FoundValue, placeOf } from './payload-detail.ts';
import { type ExceptedValue, isGraver, type RecordedPayload, type Severity, severityOf } from './payload-record.ts';
import type { ScoredValue, ValueJudge } from './scored-value.ts';

/** Suspicious values are combined up to here; more of them say nothing new. */
const NEAR_VALUES_MAX = 16;
/** Places that are kept of a call. */
const PLACES_MAX = 8;
/** `exp` of more than this is no longer a number. */
const ODDS_MAX = 500;

interface Place {
  readonly attack: AttackClass;
  readonly path: string;
  severity: Severity;
}

/** What was found in one call: its worst value, all that came near together, and where. Used again for the next call. */
export class FoundValues {
  readonly #judge: ValueJudge;
  readonly #profile: Profile;
  worst: FoundValue | undefined;
  #worstMargin = Number.NEGATIVE_INFINITY;
  /** By class: how unlikely it is that none of the values is an attack. */
  readonly #innocence = new Map<AttackClass, number>();
  readonly #near = new Set<string>();
  readonly #places: Place[] = [];
  readonly #excepted: ExceptedValue[] = [];
  #isComplete = true;
  /** A value was read only until it was sure to be refused. */
  isCut = false;
  /** A value is one the strict profile refuses. What only comes near is in every fourth harmless call, and says nothing of its client. */
  isSuspicious = false;

  constructor(judge: ValueJudge, profile: Profile) {
    this.#judge = judge;
    this.#profile = profile;
  }

  get isEmpty(): boolean {
    return this.#places.length === 0 && this.#excepted.length === 0;
  }

  clear(): void {
    if (this.isEmpty) return;
    this.worst = undefined;
    this.#worstMargin = Number.NEGATIVE_INFINITY;
    this.#innocence.clear();
    this.#near.clear();
    this.#places.length = 0;
    this.#excepted.length = 0;
    this.#isComplete = true;
    this.isCut = false;
    this.isSuspicious = false;
  }

  add(leaf: Leaf, value: ScoredValue, one: ScoredValue['classes'][number]): void {
    if (one.score >= this.#judge.thresholdOf('strict', one.class)) {
      this.isSuspicious = true;
      // Names of one call are alike, as in `filter[name]=…&filter[age]=…`: several say no more than one.
      this.#combine(one.class, one.probability, leaf.isKey ? '' : leaf.text);
    }
    const found = foundIn(leaf, value, one);
    this.#keep(found);
    const margin = one.score - this.#thresholdOf(one.class);
    if (margin <= this.#worstMargin) return;
    this.#worstMargin = margin;
    this.worst = found;
  }

  /** A value that an exception lets through. */
  except(exception: string, leaf: Leaf, one: ScoredValue['classes'][number]): void {
    const path = placeOf(placed(leaf));
    const severity = this.#severityOf(one.class, one.score);
    const refused = one.score >= this.#thresholdOf(one.class);
    const at = this.#excepted.findIndex(
      (known) => known.exception === exception && known.path === path && known.attack === one.class,
    );
    const known = this.#excepted[at];
    const value = { exception, attack: one.class, severity, path, refused };
    if (known !== undefined) {
      if (isGraver(severity, known.severity)) this.#excepted[at] = { ...value, refused: refused || known.refused };
    } else if (this.#excepted.length < PLACES_MAX) this.#excepted.push(value);
    else this.#isComplete = false;
  }

  /** The class of attack a call is refused for: that of its worst value, or of several that come near. */
  attack(): AttackClass | undefined {
    if (this.worst === undefined) return undefined;
    if (this.#worstMargin >= 0) return this.worst.attack;
    for (const [attack, innocence] of this.#innocence)
      if (oddsOf(innocence) >= this.#thresholdOf(attack)) return attack;
    return undefined;
  }

  record(): RecordedPayload {
    const together: { attack: AttackClass; severity: Severity }[] = [];
    for (const [attack, innocence] of this.#innocence) {
      const severity = this.#severityOf(attack, oddsOf(innocence));
      const ofClass = this.#places.filter((place) => place.attack === attack);
      if (!ofClass.some((place) => !isGraver(severity, place.severity))) together.push({ attack, severity });
    }
    return {
      values: this.#places,
      excepted: this.#excepted,
      together,
      isComplete: this.#isComplete,
      isCut: this.isCut,
    };
  }

  /** Noisy or: each further text that comes near makes it less likely that none is an attack. The same text says nothing new. */
  #combine(attack: AttackClass, probability: number, text: string): void {
    if (this.#near.size >= NEAR_VALUES_MAX) return;
    const key = `${attack}:${text}`;
    if (this.#near.has(key)) return;
    this.#near.add(key);
    this.#innocence.set(attack, (this.#innocence.get(attack) ?? 1) * (1 - probability));
  }

  /** The gravest of each place and class; when there is no more room, the least grave place goes. */
  #keep(found: FoundValue): void {
    const path = placeOf(found);
    const { attack } = found;
    const severity = this.#severityOf(attack, found.score);
    const known = this.#places.find((place) => place.attack === attack && place.path === path);
    if (known !== undefined) {
      if (isGraver(severity, known.severity)) known.severity = severity;
      return;
    }
    if (this.#places.length < PLACES_MAX) {
      this.#places.push({ attack, path, severity });
      return;
    }
    this.#isComplete = false;
    const least = this.#places.reduce((one, other) => (isGraver(one.severity, other.severity) ? other : one));
    if (isGraver(severity, least.severity)) this.#places[this.#places.indexOf(least)] = { attack, path, severity };
  }

  #thresholdOf(attack: AttackClass): number {
    return this.#judge.thresholdOf(this.#profile, attack);
  }

  #severityOf(attack: AttackClass, score: number): Severity {
    return severityOf(score, (profile) => this.#judge.thresholdOf(profile, attack));
  }
}

function oddsOf(innocence: number): number {
  return Math.min(Math.log((1 - innocence) / Math.max(innocence, Number.MIN_VALUE)), ODDS_MAX);
}

function placed({ path, isKey }: Leaf): { readonly path: string; readonly isKey: boolean } {
  // The last segment of a name's path is the name: it may be what the attack is written in.
  const dot = path.lastIndexOf('.');
  return { path: isKey && dot > 0 ? path.slice(0, dot) : path, isKey };
}

function foundIn(leaf: Leaf, value: ScoredValue, one: ScoredValue['classes'][number]): FoundValue {
  const { location, decoded } = leaf;
  const { class: attack, score, probability } = one;
  return { value, attack, score, probability, location, decoded, ...placed(leaf) };
}
