import type { Observation } from '../core/finding.ts';

/** Findings of one detector that are new within the window; what is seen beyond them is one finding more. */
const DISTINCT_MAX = 256;
/** Of them for one subject, and for one actor: neither takes the room of all. */
const ACTORS_MAX = 16;
const SUBJECTS_MAX = 64;
/** Subjects that are ours and remembered for one detector; full, it begins anew. */
const OURS_MAX = 10_000;
const WINDOW_MS = 86_400_000;

/** Stands for whoever and whatever there was too much of. */
export const OTHERS = 'others';

/** What is known of one detector since a time. */
interface Window {
  readonly sinceMs: number;
  readonly ids: Set<string>;
  readonly actors: Map<string, Set<string>>;
  readonly subjects: Map<string, Set<string>>;
}

/**
 * Keeps a flood from filling the store: who sends ever new look-alikes from ever new addresses makes some hundred findings a
 * day and one that counts the rest. What is known already is never put among the others.
 */
export class FindingBounds {
  readonly #seen = new Map<string, Window>();
  readonly #ours = new Map<string, Window>();

  /** The observation, or that there were others. Detectors are few and come from this program. */
  bound(observation: Observation): Observation {
    const window = windowOf(this.#seen, observation);
    const { ids } = window;
    if (ids.has(idOf(observation))) return observation;
    const fewer = shared(observation, window);
    const id = idOf(fewer);
    if (!ids.has(id) && ids.size >= DISTINCT_MAX) return folded(observation, OTHERS, OTHERS);
    ids.add(id);
    note(window, fewer);
    return fewer;
  }

  /**
   * The same for a subject that nobody can make up, such as a key whose secret was right: it is never put among the others,
   * only whoever was seen with it.
   */
  boundActors(observation: Observation): Observation {
    const window = windowOf(this.#ours, observation);
    if (window.actors.size >= OURS_MAX) window.actors.clear();
    const fewer = shared(observation, window);
    if (fewer.actor !== OTHERS) added(window.actors, fewer.subject, fewer.actor);
    return fewer;
  }
}

function windowOf(windows: Map<string, Window>, { detector, timeMs }: Observation): Window {
  const known = windows.get(detector);
  if (known !== undefined && timeMs - known.sinceMs <= WINDOW_MS) return known;
  const window: Window = { sinceMs: timeMs, ids: new Set(), actors: new Map(), subjects: new Map() };
  windows.set(detector, window);
  return window;
}

/** The observation with no more actors for its subject, and subjects for its actor, than there may be. Nobody is neither. */
function shared(observation: Observation, { actors, subjects }: Window): Observation {
  const { actor, subject } = observation;
  const withSubject = subject === '' ? undefined : actors.get(subject);
  if (withSubject !== undefined && !withSubject.has(actor) && withSubject.size >= ACTORS_MAX)
    return folded(observation, OTHERS, subject);
  const withActor = actor === '' ? undefined : subjects.get(actor);
  if (withActor !== undefined && !withActor.has(subject) && withActor.size >= SUBJECTS_MAX)
    return folded(observation, actor, OTHERS);
  return observation;
}

function folded(observation: Observation, actor: string, subject: string): Observation {
  return { ...observation, actor, subject, title: `further ones, lately: ${observation.title}` };
}

function note({ actors, subjects }: Window, { actor, subject }: Observation): void {
  if (actor === OTHERS || subject === OTHERS) return;
  added(actors, subject, actor);
  added(subjects, actor, subject);
}

function added(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

function idOf({ actor, subject }: Observation): string {
  return JSON.stringify([actor, subject]);
}
