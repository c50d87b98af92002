import { ATTACK_CLASSES, type AttackClass } from './attack-class.ts';
import { HIGH } from './character-classes.ts';
import { CLEAN_UNITS_MAX, CLEAN_UNITS_MIN, CleanTexts, GATED_FIRST_UNITS_MAX } from './clean-texts.ts';
import { type Evidence, isSetting } from './evidence.ts';
import { isJoint, structuresOf } from './features.ts';
import { characterClasses, isOrdinary } from './gate.ts';
import type { Leaf } from './leaf.ts';
import { type Model, nameOf } from './model.ts';
import { DECODERS, type Decoder, type Variant, Variants } from './normalise/variants.ts';
import { isUnforgivable, UNFORGIVABLE } from './parameters/unforgivable.ts';
import type { UsualValues, UsualValuesSource } from './parameters/usual-values.ts';
import { Reader } from './reader.ts';
import { isPrototypeOfConstructor } from './target/name.ts';
import { isNativeRedirect } from './target/native-redirect.ts';
import { isChosenClass } from './target/packed.ts';
import { isFileName } from './target/path.ts';
import { Windows } from './windows.ts';

const CLASSES = ATTACK_CLASSES.length;
/** So far below the strict threshold (log odds) a value is still told of, as suspicious. */
const GREY_ODDS = 1.5;
/** So far below what is told of, a value that is none of those its parameter holds is told of, and no more than that. */
const NEARLY_GREY_ODDS = 1.5;
const CONTRIBUTIONS_MAX = 8;
/** Log odds of a value nothing speaks of. */
const NOTHING = -20;
/** Just below the strict threshold: being unusual alone refuses nothing. */
const BELOW_STRICT = -0.01;

/** One piece of evidence and what it weighed. */
export interface Contribution {
  readonly feature: string;
  /** Log odds: positive speaks for an attack. */
  readonly weight: number;
  /** Where it was seen first, as offsets into the text after the decoders. */
  readonly start: number;
  readonly end: number;
}

export interface ClassScore {
  readonly class: AttackClass;
  readonly probability: number;
  /** Log odds, to compare with a profile's threshold. */
  readonly score: number;
}

/** What is known of a value that may be an attack. */
export interface ValueVerdict extends ClassScore {
  /** Every class that comes near its threshold, likeliest first. */
  readonly classes: readonly ClassScore[];
  /** What was undone before it was seen, in no order. */
  readonly decoders: readonly Decoder[];
  /** Offsets of the evidence for it, into the text after the decoders. */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
  readonly contributions: readonly Contribution[];
  /** Whether the score of any class reaches its threshold of a profile. */
  readonly reaches: { readonly relaxed: boolean; readonly default: boolean; readonly strict: boolean };
  /** Score from which the default profile refuses. */
  readonly threshold: number;
}

/** Scores values one after the other with memory of its own; one for each thread. */
export class ValueScorer {
  readonly #model: Model;
  readonly #variants = new Variants();
  readonly #reader: Reader;
  readonly #windows: Windows;
  readonly #clean = new CleanTexts();
  readonly #scores = new Float64Array(CLASSES);
  readonly #best = new Float64Array(CLASSES);
  readonly #strict: Float64Array;
  #bestVariant: Variant | undefined;
  #bestMargin = 0;
  #bestStart = 0;
  #bestEnd = 0;
  /** The window whose evidence the reader holds is the one that scored highest. */
  #holdsBest = false;
  /** What is usual where the value stands; undefined: nothing is known, or nothing is forgiven. */
  #usual: UsualValues | undefined;
  #once = false;
  #certain = false;

  constructor(model: Model) {
    this.#model = model;
    this.#strict = model.thresholds('strict');
    this.#reader = new Reader(model.rows);
    this.#windows = new Windows(this.#reader.automaton);
  }

  /** The verdict on a value that is, or comes near, an attack; undefined for every other. Does not bound the length of the text: cost is linear in it. */
  scoreValue(leaf: Leaf, parameters?: UsualValuesSource): ValueVerdict | undefined {
    const { text } = leaf;
    const kind = placeOf(leaf);
    const isShort = text.length <= GATED_FIRST_UNITS_MAX;
    if (isShort && isOrdinary(characterClasses(text), text) && !isPrototypeOfConstructor(leaf)) return undefined;
    if (isNativeRedirect(leaf)) return undefined;
    const mayRepeat = text.length >= CLEAN_UNITS_MIN && text.length <= CLEAN_UNITS_MAX && !dependsOnPath(leaf);
    const known = mayRepeat ? this.#clean.find(text, kind) : 'unknown';
    if (known === 'clean' || (known === 'near' && parameters?.find(leaf) === undefined)) return undefined;
    const bits = this.#variants.load(text);
    if (!isShort && isOrdinary(bits, text) && !isPrototypeOfConstructor(leaf)) return undefined;
    this.#usual = undefined;
    this.#read(leaf, bits);
    if (parameters !== undefined && this.#bestMargin > -GREY_ODDS - NEARLY_GREY_ODDS) {
      const usual = parameters.find(leaf);
      if (usual !== undefined) return this.#scoreByParameter(leaf, usual);
    }
    if (this.#bestMargin > -GREY_ODDS) return this.#verdict(leaf);
    // What comes near coming near is clean in one parameter and not in another.
    if (mayRepeat) this.#clean.add(text, kind, (bits & HIGH) === 0, this.#bestMargin > -GREY_ODDS - NEARLY_GREY_ODDS);
    return undefined;
  }

  /**
   * As `scoreValue`, but text of more than one window is read only until a window of it is an attack to every profile. Other classes may then be
   * missing, so it is for callers that let no class through: behind one that is let through, another could hide.
   */
  scoreUntilCertain(leaf: Leaf): ValueVerdict | undefined {
    this.#once = true;
    const verdict = this.scoreValue(leaf);
    this.#once = false;
    return verdict;
  }

  /** Adds the numbers of what speaks for any class in a value, whatever it weighs together; what nothing forgives is left out. */
  evidenceOf(leaf: Leaf, into: number[], max: number): void {
    const bits = this.#variants.load(leaf.text);
    if (isOrdinary(bits, leaf.text)) return;
    this.#usual = undefined;
    this.#read(leaf, bits, (evidence) => {
      for (let i = 0; i < evidence.count && into.length < max; i++) {
        const id = evidence.ids[i] ?? 0;
        if (!into.includes(id) && !isUnforgivable(id) && this.#speaksForAny(id)) into.push(id);
      }
    });
  }

  #speaksForAny(id: number): boolean {
    // How long a value is and where it stands makes nothing of it forgivable; what stands together is forgiven with its parts.
    if (isJoint(id) || isSetting(id)) return false;
    for (let c = 0; c < CLASSES; c++) if (this.#model.weight(id, c) > 0) return true;
    return false;
  }

  /** Forgives what is usual for the parameter, then weighs more what it never holds. */
  #scoreByParameter(leaf: Leaf, usual: UsualValues): ValueVerdict | undefined {
    this.#usual = usual;
    let says = false;
    this.#read(leaf, this.#variants.load(leaf.text), (evidence) => {
      for (let i = 0; i < evidence.count && !says; i++) says = this.#speaksForAny(evidence.ids[i] ?? 0);
    });
    // Of a text that only looks odd nothing speaks for an attack: a name in an unexpected place is none.
    const unusual = says && usual.isUnusual(leaf.text) ? `parameter.not-${usual.expectation}` : undefined;
    if (unusual !== undefined) this.#raise();
    return this.#bestMargin > -GREY_ODDS ? this.#verdict(leaf, unusual) : undefined;
  }

  /** What a value that is told of weighs more where it is unusual: as much as takes every one of them over the default threshold. */
  #unusualOdds(classNumber: number): number {
    const model = this.#model;
    return GREY_ODDS + model.threshold('default', classNumber) - model.threshold('strict', classNumber);
  }

  #raise(): void {
    this.#bestMargin = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < CLASSES; c++) {
      const strict = this.#model.threshold('strict', c);
      const margin = (this.#best[c] ?? 0) - strict;
      const raised =
        margin > -GREY_ODDS
          ? margin + this.#unusualOdds(c)
          : margin > -GREY_ODDS - NEARLY_GREY_ODDS
            ? Math.min(margin + NEARLY_GREY_ODDS, BELOW_STRICT)
            : margin;
      this.#best[c] = raised + strict;
      this.#bestMargin = Math.max(this.#bestMargin, raised);
    }
  }

  #isForgivable(): boolean {
    for (const id of UNFORGIVABLE) if (this.#reader.evidence.has(id)) return false;
    return true;
  }

  /** Takes off what is usual for the parameter, unless this window has something nothing forgives. */
  #forgive(usual: UsualValues): void {
    if (!this.#isForgivable()) return;
    const { evidence } = this.#reader;
    for (let i = 0; i < evidence.count; i++) {
      const id = evidence.ids[i] ?? 0;
      if (!isForgiven(id, usual)) continue;
      for (let c = 0; c < CLASSES; c++)
        this.#scores[c] = (this.#scores[c] ?? 0) - Math.max(0, this.#model.weight(id, c));
    }
    for (let c = 0; c < CLASSES; c++) if ((usual.classes & (1 << c)) !== 0) this.#scores[c] = NOTHING;
  }

  /** Highest score of each class over every reading of the value; for training and calibration. */
  scores(leaf: Leaf): Float64Array {
    const bits = this.#variants.load(leaf.text);
    if (isOrdinary(bits, leaf.text) && !isPrototypeOfConstructor(leaf)) this.#best.fill(NOTHING);
    else this.#read(leaf, bits);
    return this.#best;
  }

  #read(leaf: Leaf, bits: number, look?: (evidence: Evidence) => void): void {
    this.#certain = false;
    this.#best.fill(NOTHING);
    this.#bestMargin = Number.NEGATIVE_INFINITY;
    this.#bestVariant = undefined;
    const variants = this.#variants;
    variants.decode(bits);
    for (let v = 0; v < variants.count; v++) {
      const variant = variants.list[v];
      if (variant === undefined) continue;
      const windows = this.#windows;
      windows.find(variant);
      if (windows.count > 0) this.#reader.begin(variant, leaf);
      for (let w = 0; w < windows.count; w++) {
        // Where the hottest place of a text is all of it, both are the same window.
        if (w > 0 && windows.starts[w] === windows.starts[w - 1] && windows.ends[w] === windows.ends[w - 1]) continue;
        this.#window(variant, windows.starts[w] ?? 0, windows.ends[w] ?? 0, leaf, look);
        if (this.#once && this.#certain && windows.count > 1) return;
      }
    }
  }

  #window(
    variant: Variant,
    start: number,
    end: number,
    leaf: Leaf,
    look: ((evidence: Evidence) => void) | undefined,
  ): void {
    this.#holdsBest = false;
    if (!this.#reader.read(variant, start, end, leaf)) return;
    const model = this.#model;
    model.score(this.#reader.evidence, this.#scores);
    if (this.#usual !== undefined) this.#forgive(this.#usual);
    look?.(this.#reader.evidence);
    const scores = this.#scores;
    const best = this.#best;
    for (let c = 0; c < CLASSES; c++) {
      const score = scores[c] ?? 0;
      if (score > (best[c] ?? 0)) best[c] = score;
      const margin = score - (this.#strict[c] ?? 0);
      if (margin > this.#bestMargin) {
        this.#bestMargin = margin;
        this.#bestVariant = variant;
        this.#bestStart = start;
        this.#bestEnd = end;
        this.#holdsBest = true;
        if (score >= model.threshold('relaxed', c)) this.#certain = true;
      }
    }
  }

  /** `unusual`: what the value is not, where its parameter holds it to something. */
  #verdict(leaf: Leaf, unusual?: string): ValueVerdict | undefined {
    const variant = this.#bestVariant;
    if (variant === undefined) return undefined;
    const model = this.#model;
    const near = ATTACK_CLASSES.map((name, c) => ({
      name,
      c,
      score: this.#best[c] ?? 0,
      margin: (this.#best[c] ?? 0) - model.threshold('strict', c),
    }))
      .filter(({ margin }) => margin > -GREY_ODDS)
      .sort((one, other) => other.margin - one.margin);
    const top = near[0];
    if (top === undefined) return undefined;
    // Evidence is not kept: the window that scored highest is read once more, unless it was the last.
    if (!this.#holdsBest) {
      this.#reader.begin(variant, leaf);
      this.#reader.read(variant, this.#bestStart, this.#bestEnd, leaf);
    }
    const contributions = this.#contributions(top.c);
    if (unusual !== undefined)
      contributions.unshift({ feature: unusual, weight: this.#unusualOdds(top.c), start: 0, end: variant.length });
    return {
      class: top.name,
      score: top.score,
      probability: probabilityOf(top.score),
      classes: near.map(({ name, score }) => ({ class: name, score, probability: probabilityOf(score) })),
      decoders: DECODERS.filter((_, bit) => (variant.decoders & (1 << bit)) !== 0),
      spans: contributions.filter(({ weight }) => weight > 0).map(({ start, end }) => ({ start, end })),
      contributions,
      reaches: {
        relaxed: near.some(({ c, score }) => score >= model.threshold('relaxed', c)),
        default: near.some(({ c, score }) => score >= model.threshold('default', c)),
        strict: near.some(({ c, score }) => score >= model.threshold('strict', c)),
      },
      threshold: model.threshold('default', top.c),
    };
  }

  #contributions(classNumber: number): Contribution[] {
    const { evidence } = this.#reader;
    const usual = this.#isForgivable() ? this.#usual : undefined;
    const heaviest: { readonly at: number; readonly weight: number }[] = [];
    for (let at = 0; at < evidence.count; at++) {
      const id = evidence.ids[at] ?? 0;
      const weight = this.#model.weight(id, classNumber);
      if (weight === 0 || (usual !== undefined && isForgiven(id, usual))) continue;
      let place = heaviest.length;
      while (place > 0 && Math.abs(heaviest[place - 1]?.weight ?? 0) < Math.abs(weight)) place--;
      if (place === CONTRIBUTIONS_MAX) continue;
      if (heaviest.length === CONTRIBUTIONS_MAX) heaviest.pop();
      heaviest.splice(place, 0, { at, weight });
    }
    return heaviest.map(({ at, weight }) => ({
      feature: nameOf(evidence.ids[at] ?? 0),
      weight,
      start: evidence.starts[at] ?? 0,
      end: evidence.ends[at] ?? 0,
    }));
  }
}

/** Whether a feature is usual for a parameter: itself, or each of what stands together in it. */
function isForgiven(id: number, { evidence }: UsualValues): boolean {
  if (!isJoint(id)) return evidence.includes(id);
  const [one, other] = structuresOf(id);
  return (isSetting(one) || evidence.includes(one)) && (isSetting(other) || evidence.includes(other));
}

/**
 * Whether a text may be clean under one key path and not under another: what names a class, an operator that compares, the name of a file that
 * climbs.
 */
function dependsOnPath(leaf: Leaf): boolean {
  return leaf.isKey ? leaf.text.includes('$') : isChosenClass(leaf) || (leaf.text.includes('..') && isFileName(leaf));
}

/** Places whose evidence differs for the same text; never 0. */
function placeOf({ location, isKey }: Leaf): number {
  const place = location === 'header' ? 1 : location === 'cookie' ? 2 : location === 'path' ? 3 : 4;
  return isKey ? place + 4 : place;
}

export function probabilityOf(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
