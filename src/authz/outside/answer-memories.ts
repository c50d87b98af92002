import type { RemoteAnswers } from './remote-answers.ts';

/**
 * What was answered on one thread, kept from one snapshot to the next for whoever is asked in exactly the same way: otherwise
 * every consumer that is added and every file that is loaded would have all objects asked for again at once. How a server
 * is doing, and what it is being asked, is kept with it.
 */
export class AnswerMemories<T> {
  #known = new Map<string, RemoteAnswers<T>>();
  #used = new Map<string, RemoteAnswers<T>>();

  /** `config`: all of what decides what is asked and how long an answer is believed, as plain data. */
  of(name: string, config: object, make: () => RemoteAnswers<T>): RemoteAnswers<T> {
    const key = JSON.stringify([name, config]);
    const answers = this.#used.get(key) ?? this.#known.get(key) ?? make();
    this.#used.set(key, answers);
    return answers;
  }

  /** Forgets what was not asked for since the last time. */
  settle(): void {
    this.#known = this.#used;
    this.#used = new Map();
  }
}
