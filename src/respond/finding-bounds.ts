import type { Observation } from '../core/finding.ts';

/** Findings of one detector that are new within the window; what is seen beyond them is one finding more. */
const DISTINCT_MAX = 256;
const WINDOW_MS = 86_400_000;

/** Stands for whoever and whatever there was too much of. */
export const OTHERS = 'others';

/**
 * Keeps a flood from filling the store: who sends ever new look-alikes from ever new addresses makes some hundred findings a
 * day and one that counts the rest. What is known already is never put among the others.
 */
export class FindingBounds {
  readonly #known = new Map<string, { readonly ids: Set<string>; readonly sinceMs: number }>();

  /** The observation, or that there were others. Detectors are few and come from this program. */
  bound(observation: Observation): Observation {
    const { detector, actor, subject, timeMs } = observation;
    let known = this.#known.get(detector);
    if (known === undefined || timeMs - known.sinceMs > WINDOW_MS) {
      known = { ids: new Set(), sinceMs: timeMs };
      this.#known.set(detector, known);
    }
    const id = JSON.stringify([actor, subject]);
    if (known.ids.has(id)) return observation;
    if (known.ids.size >= DISTINCT_MAX)
      return { ...observation, actor: OTHERS, subject: OTHERS, title: `further ones, lately: ${observation.title}` };
    known.ids.add(id);
    return observation;
  }
}
