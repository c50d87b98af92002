import type { Contract } from '../authz/contract/contract.ts';
import { ContractAnswerCheck } from '../authz/contract/contract-inspection.ts';
import { answerFields } from '../authz/fields/answer-fields.ts';
import type { TermParts } from '../authz/fields/applicable-rules.ts';
import { foreignRows } from '../authz/fields/foreign-rows.ts';
import type { AnswerCheck } from '../core/answer-check.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { effectiveMode } from './effective-mode.ts';

/** What is asked of answers to calls of a route, in this order: judged first, rewritten last. */
export function compileAnswerChecks(
  configuration: Configuration,
  route: RouteConfig,
  contract: Contract | undefined,
  terms: TermParts,
): readonly AnswerCheck[] {
  const checks: AnswerCheck[] = [];
  const enforces = effectiveMode(configuration, route, 'answer') === 'enforce';
  if (contract !== undefined && route.contract.response !== 'off')
    checks.push(new ContractAnswerCheck(contract, route.contract, enforces && route.contract.response === 'enforce'));
  const { access } = route.authorize;
  // Rows are judged by all that is in them, so before anything of it is hidden.
  for (const { name, rows } of access)
    if (rows !== undefined) checks.push(foreignRows(rows, name, terms.parameters, enforces));
  for (const { name, fields } of access)
    if (fields !== undefined) checks.push(...answerFields(fields, name, terms, enforces));
  return checks;
}
