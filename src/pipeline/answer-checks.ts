import type { AnswerCheck } from '../core/answer-check.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';

/** What is asked of answers to calls of a route, in this order: judged first, rewritten last. */
export function compileAnswerChecks(_configuration: Configuration, _route: RouteConfig): readonly AnswerCheck[] {
  return NOTHING;
}

const NOTHING: readonly AnswerCheck[] = Object.freeze([]);
