import { hash } from 'node:crypto';
import type { DeciderConfig } from '../../core/deciders.ts';
import type { Fetch } from '../../ports.ts';
import type { AccessFacts } from '../access-facts.ts';
import type { AnswerMemories } from '../outside/answer-memories.ts';
import type { AskCounts } from '../outside/ask-counts.ts';
import { askJson } from '../outside/json-answer.ts';
import { milliseconds, type OutsideOutcome } from '../outside/outcome.ts';
import { type Answered, type Found, RemoteAnswers } from '../outside/remote-answers.ts';
import { authzen, type Decided, type DeciderProtocol, OPA } from './protocols.ts';
import { gatherFacts } from './sent-facts.ts';

export interface DeciderParts {
  readonly fetch: Fetch;
  readonly askCounts: AskCounts;
  readonly deciderAnswers: AnswerMemories<Decided>;
  /** Milliseconds from any point, which never go back. */
  readonly monotonicMs: () => number;
  /** Query parameters that credentials may come in. */
  readonly credentialParameters: readonly string[];
}

const QUESTION_CHARACTERS_MAX = 65_536;

/** Somebody outside who says whether a call may pass. Its no is final; its yes only lets the other rules decide. */
export class Decider {
  readonly name: string;
  readonly #config: DeciderConfig;
  readonly #parts: DeciderParts;
  readonly #protocol: DeciderProtocol;
  readonly #answers: RemoteAnswers<Decided>;

  constructor(name: string, config: DeciderConfig, parts: DeciderParts) {
    this.name = name;
    this.#config = config;
    this.#parts = parts;
    this.#protocol = config.type === 'opa' ? OPA : authzen(config);
    const believedMs = config.cacheSecondsMax * 1_000;
    const make = (): RemoteAnswers<Decided> =>
      new RemoteAnswers({
        kind: 'decider',
        name,
        timeoutMs: config.timeoutSeconds * 1_000,
        questionsMax: config.questionsMax,
        believedMs: () => believedMs,
        staleMs: 0,
        monotonicMs: parts.monotonicMs,
        counts: parts.askCounts,
      });
    this.#answers = parts.deciderAnswers.of(name, config, make);
  }

  /** A value where the same was asked a moment ago. */
  judge(facts: AccessFacts): OutsideOutcome | Promise<OutsideOutcome> {
    const question = this.#protocol.question(gatherFacts(this.#config, this.#parts.credentialParameters, facts));
    if (question.length > QUESTION_CHARACTERS_MAX)
      return this.#conclude({
        kind: 'unavailable',
        detail: 'the call is too long to be sent',
        isDown: false,
        spentMs: 0,
      });
    // Remembered by exactly what is sent: whatever the answer depends on is part of the question.
    const found = this.#answers.find(hash('sha256', question, 'base64'), facts.call.address.group, () =>
      this.#ask(question),
    );
    return found instanceof Promise ? found.then((one) => this.#conclude(one)) : this.#conclude(found);
  }

  async #ask(question: string): Promise<Answered<Decided>> {
    const { url, token, timeoutSeconds, allowPrivateAddresses, caFile } = this.#config;
    const answer = await askJson(
      { method: 'POST', url, body: question, timeoutMs: timeoutSeconds * 1_000, allowPrivateAddresses, caFile },
      token,
      this.#parts.fetch,
    );
    switch (answer.kind) {
      case 'absent':
        return { kind: 'failed', detail: 'there is nobody who decides at its address', isDown: true };
      case 'failed':
        return answer;
      case 'json': {
        const decided = this.#protocol.answer(answer.value);
        return decided === undefined
          ? { kind: 'failed', detail: 'what it answered is no decision', isDown: false }
          : { kind: 'answered', value: decided, isYes: decided.allow };
      }
    }
  }

  #conclude(found: Found<Decided>): OutsideOutcome {
    const spent = found.spentMs > 0 ? ` in ${milliseconds(found.spentMs)}` : '';
    if (found.kind === 'found') {
      const { allow, reason } = found.value;
      const how = found.from === 'asked' ? spent : ', remembered';
      const note = `${this.name}: ${allow ? 'yes' : 'no'}${how}${reason === '' ? '' : ` (${reason})`}`;
      return { kind: allow ? 'holds' : 'fails', note };
    }
    const note = `${this.name}: ${found.detail}${spent === '' ? '' : `, after ${milliseconds(found.spentMs)}`}`;
    switch (this.#config.onFailure) {
      case 'unavailable':
        return { kind: 'unavailable', problem: note, note };
      case 'deny':
        return { kind: 'fails', note };
      case 'rules':
        // What a caller can bring about by its call, or by many, must not get it around the decider.
        return found.isDown ? { kind: 'holds', note } : { kind: 'unavailable', problem: note, note };
    }
  }
}

/** Compiles the deciders of a configuration. */
export function compileDeciders(
  configs: Readonly<Record<string, DeciderConfig>>,
  parts: DeciderParts,
): ReadonlyMap<string, Decider> {
  return new Map(Object.entries(configs).map(([name, config]) => [name, new Decider(name, config, parts)]));
}
