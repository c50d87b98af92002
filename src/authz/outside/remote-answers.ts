import { type Attempt, CircuitBreaker } from '../../core/circuit-breaker.ts';
import { OpenQuestions } from '../../core/open-questions.ts';
import type { AskCounts, AskKind, AskOutcome } from './ask-counts.ts';

/** What came of one question. `isDown`: it speaks of the server, not of this question. */
export type Answered<T> =
  | { readonly kind: 'answered'; readonly value: T; readonly isYes: boolean }
  | { readonly kind: 'failed'; readonly detail: string; readonly isDown: boolean };

export type Found<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      readonly from: 'asked' | 'remembered' | 'stale';
      /** How long it took to ask; 0 where nobody was asked. */
      readonly spentMs: number;
    }
  /** `isDown`: the server does not answer; else it is this question, or how many there are, which callers can bring about. */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly isDown: boolean; readonly spentMs: number };

export interface RemoteAnswersOptions<T> {
  readonly kind: AskKind;
  /** Name in the configuration. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly questionsMax: number;
  /** How long an answer is believed. */
  readonly believedMs: (value: T) => number;
  /** How long after that an answer still serves while there is no newer one. */
  readonly staleMs: number;
  /** Milliseconds from any point, which never go back. */
  readonly monotonicMs: () => number;
  readonly counts: AskCounts;
}

interface Remembered<T> {
  readonly value: T;
  readonly askedAtMs: number;
}

/** Answers of one generation; two are kept, so that what is asked often stays and nothing is counted. */
const ENTRIES_MAX = 8_192;

/**
 * Answers of one server outside, remembered by exactly what was asked. Many calls with one question ask once. Every answer
 * is believed from before it was asked, so that it is never believed for longer than configured. Nothing here turns a
 * failure into an answer: beyond its bounds, and while the server is left alone, the answer is `unavailable`.
 */
export class RemoteAnswers<T> {
  readonly #options: RemoteAnswersOptions<T>;
  #young = new Map<string, Remembered<T>>();
  #old = new Map<string, Remembered<T>>();
  readonly #open: OpenQuestions<Found<T>>;
  readonly #breaker = new CircuitBreaker();

  constructor(options: RemoteAnswersOptions<T>) {
    this.#options = options;
    this.#open = new OpenQuestions(options.questionsMax);
  }

  /** A value where the answer is known or cannot be had; `ask` never rejects. `group`: the address it is asked for. */
  find(key: string, group: string, ask: () => Promise<Answered<T>>): Found<T> | Promise<Found<T>> {
    const nowMs = this.#options.monotonicMs();
    const known = this.#remembered(key);
    if (known !== undefined && nowMs - known.askedAtMs < this.#options.believedMs(known.value)) {
      this.#count('remembered');
      return { kind: 'found', value: known.value, from: 'remembered', spentMs: 0 };
    }
    const asking = this.#open.waiting(key);
    if (asking !== undefined) return asking;
    if (!this.#open.hasRoomFor(group)) return this.#failed(key, 'too many questions wait for it', false, nowMs, 'shed');
    const attempt = this.#breaker.attempt(nowMs);
    if (attempt === undefined)
      return this.#failed(key, 'it did not answer, and is left alone for a while', true, nowMs, 'shed');
    return this.#open.open(key, group, this.#ask(key, group, ask, attempt));
  }

  async #ask(key: string, group: string, ask: () => Promise<Answered<T>>, attempt: Attempt): Promise<Found<T>> {
    const { startedAtMs } = attempt;
    const answered = await ask();
    const nowMs = this.#options.monotonicMs();
    const spentMs = Math.max(0, nowMs - startedAtMs);
    if (answered.kind === 'failed') {
      if (answered.isDown) this.#breaker.failed(attempt, group, nowMs);
      else this.#breaker.succeeded(attempt);
      const outcome = spentMs >= this.#options.timeoutMs ? 'timeout' : 'error';
      return this.#failed(key, answered.detail, answered.isDown, startedAtMs, outcome);
    }
    this.#breaker.succeeded(attempt);
    this.#count(answered.isYes ? 'yes' : 'no');
    if (this.#options.believedMs(answered.value) > 0 || this.#options.staleMs > 0)
      this.#put(key, { value: answered.value, askedAtMs: startedAtMs });
    return { kind: 'found', value: answered.value, from: 'asked', spentMs };
  }

  #failed(key: string, detail: string, isDown: boolean, startedAtMs: number, outcome: AskOutcome): Found<T> {
    this.#count(outcome);
    const nowMs = this.#options.monotonicMs();
    const spentMs = Math.max(0, nowMs - startedAtMs);
    const known = this.#options.staleMs > 0 ? this.#remembered(key) : undefined;
    if (known === undefined || nowMs - known.askedAtMs >= this.#options.believedMs(known.value) + this.#options.staleMs)
      return { kind: 'unavailable', detail, isDown, spentMs };
    this.#count('stale');
    return { kind: 'found', value: known.value, from: 'stale', spentMs };
  }

  #remembered(key: string): Remembered<T> | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#put(key, old);
    return old;
  }

  #put(key: string, entry: Remembered<T>): void {
    if (this.#young.size >= ENTRIES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }

  #count(outcome: AskOutcome): void {
    this.#options.counts.count(this.#options.kind, this.#options.name, outcome);
  }
}
