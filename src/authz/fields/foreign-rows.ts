import type { AnswerCheck, AnswerFacts, AnswerPlan, AnswerRewriter } from '../../core/answer-check.ts';
import { AnswerUnreadable } from '../../core/answer-check.ts';
import type { RowRule } from '../../core/field-rules.ts';
import type { Signal } from '../../core/verdict.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import { compileRowExpression, type RowJudge } from '../expression.ts';
import { ANSWER_BYTES_MAX, planFor } from './answer-fields.ts';
import { stepsOf } from './applicable-rules.ts';
import { PathAutomaton } from './path-automaton.ts';
import { RowFilter, type RowOwnership } from './row-filter.ts';

/** Asks of lists of objects in answers whether each of them is the caller's. `policy` is the name it stands under, or empty. */
export function foreignRows(
  rule: RowRule,
  policy: string,
  parameters: readonly string[],
  enforced: boolean,
): AnswerCheck {
  const compiled = compileRowExpression(rule.owner, parameters);
  if (!compiled.ok) throw new TypeError(`the expression cannot be used: ${compiled.problem}`);
  const { expression } = compiled;
  const paths = new PathAutomaton([{ verb: 'allow', steps: stepsOf(rule.at) }], false);
  const prefix = policy === '' ? '' : `policy ${policy}: `;
  const filterFor = (answer: AnswerFacts, isSequence: boolean): RowFilter => {
    const rows = expression(answer);
    return new RowFilter(paths, isSequence, (row): RowOwnership => {
      // What another reader could read otherwise is nobody's.
      const json = parseJsonBody(row);
      if (json.kind !== 'value') return 'unknown';
      const ownership = ownershipOf(json.value, rows);
      if (rows.steps > STEPS_MAX) throw new AnswerUnreadable(`loops over its rows take more than ${STEPS_MAX} steps`);
      return ownership;
    });
  };
  const planOf = (answer: AnswerFacts, isSequence: boolean): AnswerPlan => {
    switch (rule.do) {
      case 'report':
      case 'drop':
        return { kind: 'rewrite', bytesMax: ANSWER_BYTES_MAX, rewriter: new RowReport(filterFor(answer, isSequence)) };
      case 'deny':
        return {
          kind: 'whole',
          bytesMax: ANSWER_BYTES_MAX,
          judge(body) {
            const report = new RowReport(filterFor(answer, isSequence));
            if (body.length > 0) report.write(body);
            report.end();
            const { signals } = report;
            if (signals.length === 0) return PASS;
            return { kind: 'deny', reason: 'authz.foreign_rows', detail: `${prefix}${report.text}`, signals };
          },
        };
    }
  };
  return {
    id: 'rows',
    enforced: enforced && rule.do !== 'report',
    isPersonal: true,
    // An answer that says it failed has no rows; in a tunnel there may be some.
    begin: (answer) =>
      answer.status !== 101 && (answer.status < 200 || answer.status > 299)
        ? PASS
        : planFor(answer, { otherTypes: 'deny' }, (isSequence) => planOf(answer, isSequence)),
  };
}

/** Steps of loops over all rows of an answer: some tens of milliseconds. A single row may take a fiftieth of it. */
const STEPS_MAX = 10_000_000;

function ownershipOf(row: unknown, rows: RowJudge): RowOwnership {
  try {
    return rows.holds(row) ? 'own' : 'foreign';
  } catch {
    return 'unknown';
  }
}

/** Tells of the rows a filter has left out, and does not take it for good where the place of the rows is not there. */
class RowReport implements AnswerRewriter {
  readonly #filter: RowFilter;
  #isEmpty = true;

  constructor(filter: RowFilter) {
    this.#filter = filter;
  }

  write(piece: Uint8Array): Uint8Array {
    if (piece.length > 0) this.#isEmpty = false;
    return this.#filter.write(piece);
  }

  end(): Uint8Array {
    const rest = this.#filter.end();
    if (!this.#filter.found && !this.#isEmpty)
      throw new AnswerUnreadable('there are no rows where the rule looks for them');
    return rest;
  }

  get text(): string {
    const { rows, foreign, unknown, first } = this.#filter;
    const unsure = unknown === 0 ? '' : ` (of ${unknown} it could not be found out)`;
    return `${foreign + unknown} of ${rows} rows are not the caller’s${unsure}, the first at ${first}`;
  }

  get signals(): readonly Signal[] {
    const { rows, foreign, unknown, first } = this.#filter;
    if (foreign + unknown === 0) return [];
    return [{ name: `authz.foreign_rows:${foreign + unknown}/${rows}@${first}` }];
  }
}

const PASS: AnswerPlan & { readonly kind: 'pass' } = Object.freeze({ kind: 'pass' });
