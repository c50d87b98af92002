import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import type { AccessFacts } from '../access-facts.ts';
import { type ComparedValues, comparedValues } from '../compared-values.ts';
import { evaluated } from '../evaluated.ts';
import {
  CHARACTERS_MAX,
  contextOf,
  costProblem,
  inFewSteps,
  MACROS,
  messageOf,
  namesVariable,
  needsOf,
  newEnvironment,
  nodesIn,
  walkedBy,
} from '../expression.ts';
import { fewSteps } from '../expression-steps.ts';
import { operationOf } from '../total-expression.ts';
import { identityText } from './owner-values.ts';

/** One look-up that an expression needs before it can be judged. */
export interface OwnershipQuestion {
  /** Name of the look-up in the configuration. */
  readonly lookup: string;
  /** What it asks about. Throws where the call does not say. */
  object(facts: AccessFacts): string;
}

/** What is known of each question by its position; undefined: not known, and whatever depends on it throws. */
export type KnownOwners = readonly (KnownOwner | undefined)[];
export interface KnownOwner {
  readonly object: string;
  readonly owners: readonly string[];
}

export interface OwnerExpression {
  readonly questions: readonly OwnershipQuestion[];
  /** True where it may be decided for some callers whoever the owner is: `a || path.id in owned(principal)`. */
  readonly mayDecideAlone: boolean;
  readonly compared: ComparedValues;
  /** Throws where it cannot be evaluated. */
  judge(facts: AccessFacts, known: KnownOwners): boolean;
}

export type CompiledOwnerExpression =
  | { readonly ok: true; readonly expression: OwnerExpression }
  | { readonly ok: false; readonly problem: string };

/** Look-ups of one expression; each is a question to somebody outside on the way of a call. */
const QUESTIONS_MAX = 4;

interface Membership {
  readonly object: ASTNode;
  readonly call: ASTNode;
  readonly identity: ASTNode;
  readonly lookup: string;
}

/**
 * Compiles the expression of `owner`: the language of rules with `OBJECT in owned(WHOM, "LOOKUP")`, which is true where the
 * look-up says that the object is WHOM's. `principal` stands for `principal.subject`; without a look-up it is named like
 * the parameter of `path.NAME`. `only(query["id"])` is the one value of a parameter, and fails where there are several.
 */
export function compileOwnerExpression(text: string, parameters: readonly string[]): CompiledOwnerExpression {
  const key = JSON.stringify([parameters, text]);
  const known = compiledExpressions.get(key);
  if (known !== undefined) return known;
  // The same rule stands on many routes: what is compiled once serves all of them.
  if (compiledExpressions.size >= REMEMBERED_MAX) compiledExpressions.clear();
  const compiled = compile(text, parameters);
  compiledExpressions.set(key, compiled);
  return compiled;
}

const compiledExpressions = new Map<string, CompiledOwnerExpression>();
const REMEMBERED_MAX = 20_000;

/** Functions that stand in expressions of `owner` alone. */
export const OWNER_FUNCTIONS: readonly string[] = ['owned', 'only'];

/** Whether an expression of `owner` can hold a look-up at all; others are rules like `when`. */
export function mentionsOwned(text: string): boolean {
  return text.includes('owned');
}

function compile(text: string, parameters: readonly string[]): CompiledOwnerExpression {
  if (text.length > CHARACTERS_MAX) return refused(`it is longer than ${CHARACTERS_MAX} characters`);
  const written = withOwned(newEnvironment(parameters));
  const checked = written.check(text);
  if (!checked.valid) return refused(messageOf(checked.error));
  if (checked.type !== 'bool') return refused(`it is of type ${String(checked.type)}, and has to be true or false`);
  const { ast } = written.parse(text);
  const problem = costProblem(ast, false) ?? (namesVariable(ast) ? undefined : 'it is the same for every call');
  if (problem !== undefined) return refused(problem);
  const found: Membership[] = [];
  const misuse = gather(ast, 'decides', found);
  if (misuse !== undefined) return refused(misuse);
  if (found.length > QUESTIONS_MAX) return refused(`it asks more than ${QUESTIONS_MAX} look-ups`);
  const needs = needsOf(ast);
  const questions: OwnershipQuestion[] = [];
  for (const { object, lookup } of found) {
    const parameter = parameterOf(object);
    if (parameter !== undefined) {
      questions.push({ lookup, object: (facts) => textOf(facts.parameters[parameter]) });
      continue;
    }
    const parsed = written.parse(sourceOf(text, object));
    const evaluate = inFewSteps((context) => evaluated(parsed, context, text), object);
    questions.push({ lookup, object: (facts) => textOf(evaluate(contextOf(facts, needs))) });
  }
  const compared = comparedValues(ast, parameters, nodesIn);
  if (isSubjectsObject(ast))
    return { ok: true, expression: { questions, mayDecideAlone: false, compared, judge: isSubjects } };
  const parsed = withAnswers(newEnvironment(parameters)).parse(rewritten(text, found));
  const splitting = walkedBy(ast);
  return {
    ok: true,
    expression: {
      questions,
      compared,
      mayDecideAlone: ast.op !== 'in',
      judge(facts, known) {
        const context = contextOf(facts, needs);
        // No loop sees the owners, however many there are.
        if (splitting !== undefined) fewSteps(Object.values(context), splitting);
        const value = evaluated(parsed, { ...context, owners: known.map((one) => one ?? {}) }, text);
        if (typeof value !== 'boolean') throw new TypeError('it is neither true nor false');
        return value;
      },
    },
  };
}

/** Whether all of it is `path.NAME in owned(principal)`, the rule that most routes have: it needs no evaluation. */
function isSubjectsObject(ast: ASTNode): boolean {
  const { op, args } = operationOf(ast);
  const [object, call] = op === 'in' ? nodesIn(args) : [];
  if (object === undefined || call === undefined || parameterOf(object) === undefined || !isOwned(call)) return false;
  const [identity] = nodesIn(operationOf(call).args);
  return identity !== undefined && operationOf(identity).op === 'id' && operationOf(identity).args === 'principal';
}

function isSubjects({ principal }: AccessFacts, [known]: KnownOwners): boolean {
  if (known === undefined) throw new Error('whose the object is is not known');
  const identity = identityText(principal?.subject ?? '');
  return identity !== undefined && known.owners.includes(identity);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('the object is no text');
  return value;
}

function refused(problem: string): CompiledOwnerExpression {
  return { ok: false, problem };
}

/** As it is written: only checked, never evaluated. */
function withOwned(environment: Environment): Environment {
  const never = (): string[] => {
    throw new TypeError('owned() is rewritten before it is evaluated');
  };
  return withOnly(environment)
    .registerFunction('owned(dyn): list<string>', never)
    .registerFunction('owned(dyn, string): list<string>', never);
}

/** As it is evaluated: owned(owners[i], whom) is the object of question i where it is theirs, else nothing. */
function withAnswers(environment: Environment): Environment {
  return withOnly(environment)
    .registerVariable('owners', 'list<dyn>')
    .registerFunction('owned(dyn, dyn): list<string>', (answer: unknown, whom: unknown) => {
      if (!isKnown(answer)) throw new Error('whose the object is is not known');
      const identity = identityText(whom);
      return identity !== undefined && answer.owners.includes(identity) ? [answer.object] : [];
    });
}

function withOnly(environment: Environment): Environment {
  return environment.registerFunction('only(list<string>): string', (values: unknown) => {
    if (!Array.isArray(values) || values.length !== 1) throw new Error('the parameter does not have one value');
    return String(values[0]);
  });
}

function isKnown(answer: unknown): answer is KnownOwner {
  return typeof answer === 'object' && answer !== null && 'owners' in answer && Array.isArray(answer.owners);
}

/**
 * What becomes of a part of an expression: its truth can only make the whole true, or it may be turned round, or it stands
 * in a loop.
 */
type Place = 'decides' | 'turned' | 'loop';

/**
 * Gathers every `x in owned(…)`; answers what is wrong with one, or undefined. A look-up that fails, or knows no such
 * object, makes its part false: so no part may make the whole true by being false.
 */
function gather(node: ASTNode, place: Place, found: Membership[]): string | undefined {
  const { op, args } = operationOf(node);
  if (op === 'in' && Array.isArray(args)) {
    const [object, set] = nodesIn(args);
    if (object !== undefined && set !== undefined && isOwned(set)) {
      if (place === 'loop') return 'owned() stands within a loop';
      if (place === 'turned')
        return 'owned() may only be joined by && and ||: otherwise it could let somebody in where its look-up fails';
      const membership = membershipOf(object, set);
      if (typeof membership === 'string') return membership;
      found.push(membership);
      return undefined;
    }
  }
  if (isOwned(node)) return 'owned() is for: OBJECT in owned(principal, "LOOKUP")';
  const called = op === 'rcall' && Array.isArray(args) ? (args[0] as unknown) : undefined;
  const loops = place === 'loop' || (typeof called === 'string' && MACROS.includes(called));
  for (const [position, inner] of nodesIn(args).entries()) {
    const decides = place === 'decides' && (op === '&&' || op === '||' || (op === '?:' && position > 0));
    const problem = gather(inner, loops ? 'loop' : decides ? 'decides' : 'turned', found);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function membershipOf(object: ASTNode, call: ASTNode): Membership | string {
  const [identity, lookup] = nodesIn(operationOf(call).args);
  if (identity === undefined) return 'owned() needs to know whose: owned(principal)';
  if (containsOwned(object) || containsOwned(identity)) return 'owned() stands within owned()';
  if (readsQueryPlainly(object))
    return 'a query parameter may come twice, and the API may read the other one: write only(query["id"])';
  const name = lookup === undefined ? parameterOf(object) : operationOf(lookup).args;
  if (typeof name !== 'string')
    return lookup === undefined
      ? 'owned(principal) takes its look-up from path.NAME; elsewhere write owned(principal, "LOOKUP")'
      : 'the look-up of owned() has to be written out';
  return { object, call, identity, lookup: name };
}

function isOwned(node: ASTNode): boolean {
  const { op, args } = operationOf(node);
  return op === 'call' && Array.isArray(args) && args[0] === 'owned';
}

function containsOwned(node: ASTNode): boolean {
  return isOwned(node) || nodesIn(operationOf(node).args).some(containsOwned);
}

/** Whether `query` is read other than through only(). */
function readsQueryPlainly(node: ASTNode): boolean {
  const { op, args } = operationOf(node);
  if (op === 'call' && Array.isArray(args) && args[0] === 'only') return false;
  return (op === 'id' && args === 'query') || nodesIn(args).some(readsQueryPlainly);
}

/** NAME of `path.NAME`, or undefined. */
function parameterOf(node: ASTNode): string | undefined {
  const { op, args } = operationOf(node);
  if (op !== '.' || !Array.isArray(args)) return undefined;
  const [of] = nodesIn(args);
  const name: unknown = args[1];
  if (of === undefined || typeof name !== 'string') return undefined;
  return operationOf(of).op === 'id' && operationOf(of).args === 'path' ? name : undefined;
}

function sourceOf(text: string, { start, end }: ASTNode): string {
  return text.slice(start, end);
}

/** From the last to the first, so that no position moves before it is used. */
function rewritten(text: string, found: readonly Membership[]): string {
  let result = text;
  const places = found.map((one, index) => ({ ...one, index })).sort((a, b) => b.call.start - a.call.start);
  for (const { call, identity, index } of places) {
    const { op, args } = operationOf(identity);
    const whom = op === 'id' && args === 'principal' ? 'principal.subject' : sourceOf(text, identity);
    result = `${result.slice(0, call.start)}owned(owners[${index}], ${whom})${result.slice(call.end)}`;
  }
  return result;
}
