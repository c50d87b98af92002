/** Questions of one address that wait at once: whoever asks many waits for itself. */
const OF_ONE_MAX = 32;

/** Questions to somebody outside that wait for their answer: one for each key, bounded in all and for each group. */
export class OpenQuestions<T> {
  readonly #max: number;
  readonly #answers = new Map<string, Promise<T>>();
  readonly #byGroup = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The answer that is waited for already; undefined where the question has to be asked. */
  waiting(key: string): Promise<T> | undefined {
    return this.#answers.get(key);
  }

  /** Whether one more may wait for a group, such as an address. */
  hasRoomFor(group: string): boolean {
    return this.#answers.size < this.#max && (this.#byGroup.get(group) ?? 0) < OF_ONE_MAX;
  }

  /** Keeps a question open until its answer settles; all who ask meanwhile are given the same. Does not check its bounds. */
  open(key: string, group: string, asked: Promise<T>): Promise<T> {
    this.#byGroup.set(group, (this.#byGroup.get(group) ?? 0) + 1);
    const answer = asked.finally(() => {
      this.#answers.delete(key);
      const left = (this.#byGroup.get(group) ?? 1) - 1;
      if (left > 0) this.#byGroup.set(group, left);
      else this.#byGroup.delete(group);
    });
    this.#answers.set(key, answer);
    return answer;
  }
}
