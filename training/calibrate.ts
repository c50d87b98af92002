import { ATTACK_CLASSES, PROFILES, type Profile } from '../src/detect/attack-class.ts';
import type { ValueScorer } from '../src/detect/scorer.ts';
import { benignSamples } from './corpus.ts';
import { benignRequests } from './datasets.ts';

/** Shares of benign requests and of generated texts that may reach a threshold: somewhat below what the profiles promise. */
const REQUESTS: Readonly<Record<Profile, number>> = { relaxed: 0.0008, default: 0.004, strict: 0.008 };
const TEXTS: Readonly<Record<Profile, number>> = { relaxed: 0.0008, default: 0.004, strict: 0.008 };
/** Log odds no threshold goes below, whatever the corpus allows: other traffic is not this traffic. */
const ODDS_MIN: Readonly<Record<Profile, number>> = { relaxed: 2.5, default: 0.5, strict: -0.5 };

/** Thresholds per profile: one score for all classes, from benign requests and texts that were not trained on. */
export function calibrate(scorer: ValueScorer, say: (text: string) => void): Record<string, number[]> {
  const requests = benignRequests('dev').map(({ leaves }) => Math.max(-20, ...leaves.map((leaf) => Math.max(...scorer.scores(leaf)))));
  const texts = benignSamples('test', 20_000, 77).map(({ leaves }) => Math.max(-20, ...leaves.map((leaf) => Math.max(...scorer.scores(leaf)))));
  const thresholds: Record<string, number[]> = {};
  for (const profile of PROFILES) {
    const byRequests = quantile(requests, REQUESTS[profile]);
    const byTexts = quantile(texts, TEXTS[profile]);
    const threshold = Math.max(byRequests, byTexts, ODDS_MIN[profile]);
    say(`${profile}: requests ask for ${byRequests.toFixed(2)}, texts for ${byTexts.toFixed(2)}`);
    thresholds[profile] = ATTACK_CLASSES.map(() => Math.ceil(threshold * 100) / 100);
  }
  return thresholds;
}

/** The score that so large a share of them exceeds. */
function quantile(scores: readonly number[], share: number): number {
  const sorted = [...scores].sort((one, other) => other - one);
  return (sorted[Math.floor(sorted.length * share)] ?? 0) + 0.01;
}
