import {
  type AnswerCheck,
  type AnswerFacts,
  type AnswerPlan,
  type AnswerRewriter,
  AnswerUnreadable,
} from '../../core/answer-check.ts';
import { headerValue } from '../../core/call.ts';
import type { FieldRules } from '../../core/field-rules.ts';
import { ApplicableRules, type TermParts } from './applicable-rules.ts';
import { JsonRewriter } from './json-rewriter.ts';
import { bodyTypeOf } from './media-type.ts';

/** How much of an answer is held, where it has to be: to deny it for a field, or because it came compressed. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Asks which fields of answers the caller may see. `policy` is the name it stands under, or empty. */
export function answerFields(
  rules: FieldRules,
  policy: string,
  terms: TermParts,
  enforced: boolean,
): readonly AnswerCheck[] {
  const prefix = policy === '' ? '' : `policy ${policy}: `;
  const denying = rules.response.filter(({ verb }) => verb === 'deny');
  const hiding = rules.response.filter(({ verb }) => verb !== 'deny');
  const checkOf = (some: FieldRules['response'], planOf: PlanOf): readonly AnswerCheck[] => {
    if (some.length === 0) return [];
    const applicable = new ApplicableRules(some, terms);
    return [
      {
        id: 'fields',
        enforced,
        isPersonal: true,
        begin(answer) {
          const automaton = applicable.for(answer);
          return automaton === undefined
            ? PASS
            : planFor(answer, rules, (isSequence) => planOf(new JsonRewriter(automaton, isSequence)));
        },
      },
    ];
  };
  const denied: PlanOf = (reader) => ({
    kind: 'whole',
    bytesMax: ANSWER_BYTES_MAX,
    judge(body) {
      if (body.length > 0) reader.write(body);
      reader.end();
      const [found] = reader.hidden;
      if (found === undefined) return PASS;
      const detail = `${prefix}${found.first} may not be seen, with ${found.count - 1} more`;
      return { kind: 'deny', reason: 'authz.answer_field', detail, signals: reader.signals };
    },
  });
  return [
    ...checkOf(denying, denied),
    ...checkOf(hiding, (rewriter) => ({ kind: 'rewrite', bytesMax: ANSWER_BYTES_MAX, rewriter })),
  ];
}

type PlanOf = (reader: JsonRewriter) => AnswerPlan;

/** The plan for a body of JSON. Another body is refused unless it may pass, since what it holds cannot be looked at. */
export function planFor(
  answer: AnswerFacts,
  { otherTypes }: Pick<FieldRules, 'otherTypes'>,
  planOf: (isSequence: boolean) => AnswerPlan,
): AnswerPlan {
  if (headerValue(answer.headers, 'content-length') === '0') return PASS;
  const type = bodyTypeOf(answer.headers);
  switch (type) {
    case 'json':
    case 'patch':
    case 'sequence':
      return planOf(type === 'sequence');
    case 'none':
    case 'other':
      if (otherTypes === 'pass') return PASS;
      return { kind: 'rewrite', bytesMax: ANSWER_BYTES_MAX, rewriter: new NoBody() };
  }
}

/** Lets nothing through but an answer without a body. */
class NoBody implements AnswerRewriter {
  readonly signals = [];

  write(piece: Uint8Array): Uint8Array {
    if (piece.length > 0) throw new AnswerUnreadable('it is not said to be JSON, and its fields cannot be read');
    return piece;
  }

  end(): Uint8Array {
    return EMPTY;
  }
}

const PASS: AnswerPlan & { readonly kind: 'pass' } = Object.freeze({ kind: 'pass' });
const EMPTY = new Uint8Array(0);
