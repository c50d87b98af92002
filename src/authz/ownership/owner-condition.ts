import type { AccessFacts } from '../access-facts.ts';
import { milliseconds, type OutsideOutcome } from '../outside/outcome.ts';
import type { Found } from '../outside/remote-answers.ts';
import type { KnownOwner, OwnerExpression, OwnershipQuestion } from './owner-expression.ts';
import type { OwnerLookup } from './owner-lookup.ts';
import type { OwnerAnswer } from './owner-source.ts';

interface Asking {
  readonly question: OwnershipQuestion;
  readonly lookup: OwnerLookup;
}

/** The condition of `owner` where it needs look-ups: asks what has to be asked, then judges what is known. */
export class OwnerCondition {
  readonly #expression: OwnerExpression;
  readonly #asking: readonly Asking[];

  /** Throws where a look-up is not there, which loading has refused. */
  constructor(expression: OwnerExpression, lookups: ReadonlyMap<string, OwnerLookup>) {
    this.#expression = expression;
    this.#asking = expression.questions.map((question) => {
      const lookup = lookups.get(question.lookup);
      if (lookup === undefined) throw new TypeError(`there is no look-up ${question.lookup}`);
      return { question, lookup };
    });
  }

  /** A value where everything is known already. */
  judge(facts: AccessFacts): OutsideOutcome | Promise<OutsideOutcome> {
    if (this.#expression.mayDecideAlone) {
      const alone = this.#alone(facts);
      if (alone !== undefined) return alone;
    }
    const objects: (string | undefined)[] = [];
    const answers: (Found<OwnerAnswer> | Promise<Found<OwnerAnswer>> | undefined)[] = [];
    let waits = false;
    for (const { question, lookup } of this.#asking) {
      const object = objectOf(question, facts);
      const answer = object === undefined ? undefined : lookup.find(object, facts.call.address.group);
      if (answer instanceof Promise) waits = true;
      objects.push(object);
      answers.push(answer);
    }
    if (!waits) return this.#conclude(facts, objects, answers as readonly (Found<OwnerAnswer> | undefined)[]);
    return Promise.all(answers).then((known) => this.#conclude(facts, objects, known));
  }

  /** For callers of whom it is true or false whoever the owner is, nobody is asked. */
  #alone(facts: AccessFacts): OutsideOutcome | undefined {
    try {
      return this.#expression.judge(
        facts,
        this.#asking.map(() => undefined),
      )
        ? HOLDS_ALONE
        : this.#fails(facts, NOBODY_ASKED);
    } catch {
      return undefined;
    }
  }

  #fails(facts: AccessFacts, note: string, known: readonly (KnownOwner | undefined)[] = []): OutsideOutcome {
    const owned = known.some((one) => one !== undefined && one.owners.length > 0);
    const held = `held: ${this.#expression.compared(facts)}${owned ? ', the owner is not shown' : ''}`;
    return { kind: 'fails', note: `${held}; ${note}` };
  }

  #conclude(
    facts: AccessFacts,
    objects: readonly (string | undefined)[],
    answers: readonly (Found<OwnerAnswer> | undefined)[],
  ): OutsideOutcome {
    let unavailable: string | undefined;
    const notes: string[] = [];
    const known = this.#asking.map(({ lookup }, index): KnownOwner | undefined => {
      const answer = answers[index];
      const object = objects[index];
      notes.push(`${lookup.name}: ${noteOf(answer)}`);
      if (answer === undefined || object === undefined) return undefined;
      if (answer.kind === 'found')
        return { object, owners: answer.value.kind === 'owned' ? answer.value.owners : NOBODY };
      if (lookup.onFailure === 'deny') return { object, owners: NOBODY };
      unavailable ??= `${lookup.name}: ${answer.detail}`;
      return undefined;
    });
    const note = notes.join('; ');
    // Nobody's and not there are no answer to "not theirs": where a look-up failed, only what does not need it counts.
    try {
      return this.#expression.judge(facts, known) ? { kind: 'holds', note } : this.#fails(facts, note, known);
    } catch (error) {
      if (unavailable !== undefined) return { kind: 'unavailable', problem: unavailable, note };
      const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it failed';
      return { kind: 'unknown', problem, note };
    }
  }
}

const NOBODY: readonly string[] = Object.freeze([]);
const NOBODY_ASKED = 'no look-up was needed';
const HOLDS_ALONE: OutsideOutcome = Object.freeze({ kind: 'holds', note: NOBODY_ASKED });

function objectOf(question: OwnershipQuestion, facts: AccessFacts): string | undefined {
  try {
    return question.object(facts);
  } catch {
    return undefined;
  }
}

/** Says what was answered and how long it took; never whose the object is. */
function noteOf(answer: Found<OwnerAnswer> | undefined): string {
  if (answer === undefined) return 'the call names no object';
  const how = answer.spentMs > 0 ? ` in ${milliseconds(answer.spentMs)}` : '';
  if (answer.kind === 'unavailable')
    return `${answer.detail}${how === '' ? '' : `, after ${milliseconds(answer.spentMs)}`}`;
  const what =
    answer.value.kind === 'absent' ? 'no such object' : answer.value.owners.length === 0 ? 'nobody owns it' : 'found';
  switch (answer.from) {
    case 'asked':
      return `${what}${how}`;
    case 'remembered':
      return `${what}, remembered`;
    case 'stale':
      return `${what}, from before it stopped answering`;
  }
}
