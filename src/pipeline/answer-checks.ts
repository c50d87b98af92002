import type { Contract } from '../authz/contract/contract.ts';
import { ContractAnswerCheck } from '../authz/contract/contract-inspection.ts';
import type { AnswerCheck } from '../core/answer-check.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { effectiveMode } from './effective-mode.ts';

/** What is asked of answers to calls of a route, in this order: judged first, rewritten last. */
export function compileAnswerChecks(
  configuration: Configuration,
  route: RouteConfig,
  contract: Contract | undefined,
): readonly AnswerCheck[] {
  const checks: AnswerCheck[] = [];
  const enforces = effectiveMode(configuration, route, 'answer') === 'enforce';
  if (contract !== undefined && route.contract.response !== 'off')
    checks.push(new ContractAnswerCheck(contract, route.contract, enforces && route.contract.response === 'enforce'));
  return checks;
}
