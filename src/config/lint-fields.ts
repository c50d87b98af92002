import { compileExpression, compileRowExpression } from '../authz/expression.ts';
import type { FieldRules, FieldTerms, RowRule } from '../core/field-rules.ts';
import type { DiagnosticCode, SourcePath } from './diagnostics.ts';
import { expressionFix } from './expression-fix.ts';

/** What the rules of one route or policy are looked at with. */
export interface FieldLint {
  readonly parameters: readonly string[];
  readonly identifies: boolean;
  readonly hasCountries: boolean;
  asksOfCaller(terms: FieldTerms): boolean;
  report(code: DiagnosticCode, path: SourcePath, message: string, fix?: string): void;
}

/** Finds conditions of field rules that cannot be used, or that nobody could meet. */
export function lintFields(rules: FieldRules | undefined, place: SourcePath, lint: FieldLint): void {
  if (rules === undefined) return;
  for (const side of ['request', 'response'] as const)
    rules[side].forEach((rule, index) => {
      for (const key of ['if', 'unless'] as const) {
        const terms = rule[key];
        // Where one rule stands alone it needs no list, and is found by the path of its parent.
        if (terms !== undefined) lintTerms(terms, [...place, 'fields', side, index, key], lint);
      }
    });
}

/** Finds an expression over rows that cannot be used. */
export function lintRows(rows: RowRule | undefined, place: SourcePath, lint: FieldLint): void {
  if (rows === undefined) return;
  const compiled = compileRowExpression(rows.owner, lint.parameters);
  if (!compiled.ok)
    lint.report(
      'SP122',
      [...place, 'rows', 'owner'],
      `the expression cannot be used: ${compiled.problem}`,
      expressionFix(compiled.problem, rows.owner, lint.parameters, ['row']),
    );
}

function lintTerms(terms: FieldTerms, path: SourcePath, lint: FieldLint): void {
  const { when, countries } = terms.conditions;
  const compiled = when === undefined ? undefined : compileExpression(when, lint.parameters);
  if (when !== undefined && compiled?.ok === false)
    lint.report(
      'SP101',
      [...path, 'when'],
      `the expression cannot be used: ${compiled.problem}`,
      expressionFix(compiled.problem, when, lint.parameters),
    );
  if (countries.length > 0 && !lint.hasCountries)
    lint.report('SP141', [...path, 'countries'], 'countries are asked for, and geo.countries names no file');
  if (!lint.identifies && (terms.scopes.length > 0 || lint.asksOfCaller(terms)))
    lint.report('SP103', path, 'something is asked of a caller the route does not identify');
}
