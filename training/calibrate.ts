import { ATTACK_CLASSES, PROFILES, type Profile } from '../src/detect/attack-class.ts';
import type { Leaf } from '../src/detect/leaf.ts';
import type { ValueScorer } from '../src/detect/scorer.ts';
import { benignSamples, machineSamples, pieceSamples } from './corpus.ts';
import { benignRequests } from './datasets.ts';

/** Shares of benign requests and of generated texts that may reach a threshold: somewhat below what the profiles promise. */
const REQUESTS: Readonly<Record<Profile, number>> = { relaxed: 0.0008, default: 0.003, strict: 0.008 };
const TEXTS: Readonly<Record<Profile, number>> = { relaxed: 0.002, default: 0.009, strict: 0.02 };
/** Log odds no threshold goes below, whatever the corpus allows: other traffic is not this traffic. */
const ODDS_MIN: Readonly<Record<Profile, number>> = { relaxed: 1.5, default: 0, strict: -1.5 };
/** Log odds the generated texts cannot push a threshold above: a command line quoted in prose is one, and only recorded traffic may forbid it. */
const ODDS_MAX: Readonly<Record<Profile, number>> = { relaxed: 4.5, default: 0.5, strict: 0.4 };

/** One host that sends something odd with each call must not set a threshold for all. */
const REQUESTS_PER_HOST = 50;

/** Nor one line, with other words and numbers in its holes and other lines around it. */
const TEXTS_PER_LINE = 3;

/** Each class may use so much of what is allowed for generated texts. */
const TEXTS_SHARE = 0.5;

/** Thresholds per profile and class, from benign requests and texts that were not trained on. */
export function calibrate(scorer: ValueScorer, say: (text: string) => void): Record<string, number[]> {
  const perHost = new Map<string, number>();
  const requests = benignRequests('calibration')
    .filter(({ host }) => {
      const before = perHost.get(host) ?? 0;
      perHost.set(host, before + 1);
      return before < REQUESTS_PER_HOST;
    })
    .map(({ leaves }) => highest(scorer, leaves));
  const perLine = new Map<string, number>();
  const texts = [
    ...benignSamples('calibration', 24_000, 77),
    ...pieceSamples('calibration', 8000, 78),
    ...machineSamples('calibration', 8000, 79),
  ]
    .filter(({ leaves }) => {
      const shapes = new Set(leaves.flatMap(({ text }) => text.split(/\r?\n/)).map(shapeOf));
      if ([...shapes].some((shape) => (perLine.get(shape) ?? 0) >= TEXTS_PER_LINE)) return false;
      for (const shape of shapes) if (shape !== '') perLine.set(shape, (perLine.get(shape) ?? 0) + 1);
      return true;
    })
    .map(({ leaves }) => highest(scorer, leaves));
  say(`${texts.length} texts set the thresholds`);
  const thresholds: Record<string, number[]> = {};
  for (const profile of PROFILES) {
    const chosen = ATTACK_CLASSES.map((_, c) => {
      const byTexts = quantile(
        texts.map((scores) => scores[c] ?? 0),
        TEXTS[profile] * TEXTS_SHARE,
      );
      return roundedUp(Math.max(Math.min(ODDS_MAX[profile], byTexts), ODDS_MIN[profile]));
    });
    const flagged = (all: readonly Float64Array[]): readonly Float64Array[] =>
      all.filter((scores) => chosen.some((threshold, c) => (scores[c] ?? 0) >= threshold));
    // The alarm that the least raise of a threshold silences goes first: what few requests hold cannot raise the threshold of all classes.
    for (;;) {
      const alarms = flagged(requests);
      if (alarms.length <= requests.length * REQUESTS[profile]) break;
      let cheapest = 0;
      let raised = Number.POSITIVE_INFINITY;
      chosen.forEach((threshold, c) => {
        for (const scores of alarms) {
          const score = scores[c] ?? 0;
          if (score < threshold || score - threshold >= raised - (chosen[cheapest] ?? 0)) continue;
          cheapest = c;
          raised = score;
        }
      });
      chosen[cheapest] = roundedUp(raised + 0.005);
    }
    thresholds[profile] = chosen;
    say(
      `${profile}: requests ${(flagged(requests).length / requests.length).toFixed(4)}, texts ${(flagged(texts).length / texts.length).toFixed(4)}, ${ATTACK_CLASSES.map((kind, c) => `${kind} ${chosen[c]}`).join(' ')}`,
    );
  }
  return thresholds;
}

/** A line without the words, names and numbers in it. */
function shapeOf(line: string): string {
  return line.replaceAll(/[\p{L}\p{N}_.@+' -]+/gu, 'a');
}

function roundedUp(score: number): number {
  return Math.ceil(score * 100) / 100;
}

function highest(scorer: ValueScorer, leaves: readonly Leaf[]): Float64Array {
  const all = new Float64Array(ATTACK_CLASSES.length).fill(-20);
  for (const leaf of leaves) {
    const scores = scorer.scores(leaf);
    for (let c = 0; c < all.length; c++) all[c] = Math.max(all[c] ?? 0, scores[c] ?? 0);
  }
  return all;
}

/** The score that so large a share of them exceeds. */
function quantile(scores: readonly number[], share: number): number {
  const sorted = Float64Array.from(scores).sort();
  return (sorted[sorted.length - 1 - Math.floor(sorted.length * share)] ?? 0) + 0.01;
}
