import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { type AccessFacts, type Gap, headersOf, type PartialFacts, queryOf } from './access-facts.ts';
import { type ComparedValues, comparedValues } from './compared-values.ts';
import { evaluated } from './evaluated.ts';
import { fewSteps, type Splitting, STEPS_MAX, splittingIn, walksInLoop } from './expression-steps.ts';
import { constantPartOf, contradictionOf, type Domains } from './satisfiability.ts';
import { compileTotalExpression, memberOf, operationOf, type TotalExpression, totalHolds } from './total-expression.ts';

/** A compiled expression. Throws where it cannot be evaluated for a call: a claim is missing, a type does not fit. */
export type Expression = (facts: AccessFacts) => boolean;

/** The same over a call of which not everything was recorded. Throws too where a gap would have decided. */
export type PartialExpression = (facts: PartialFacts) => boolean;

/** What makes an expression that can be used one that can hardly be meant. */
export interface Doubts {
  /** Where a part stands that is the same for every call. */
  readonly constant: string | undefined;
  /** Why it can never be true. */
  readonly contradiction: string | undefined;
}

export type CompiledExpression =
  | {
      readonly ok: true;
      readonly expression: Expression;
      /** The same as data, where nothing in it can fail. */
      readonly total: TotalExpression | undefined;
      readonly ofRecord: PartialExpression;
      readonly compared: ComparedValues;
      doubts(domains: Domains): Doubts;
    }
  | { readonly ok: false; readonly problem: string };

export const CHARACTERS_MAX = 4_000;
const LIMITS = { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };
/** Calls that run once for each element. Inside each other they would run once for each pair. */
export const MACROS = ['all', 'exists', 'exists_one', 'map', 'filter'];

/**
 * Compiles an expression of the Common Expression Language over `request`, `path`, `query`, `principal`, `consumer`, `route`
 * and `now`, for a route with these path parameters. It has to be a bool, to name only what there is, and to depend on the
 * call; its cost is bounded: no loops within loops, no regular expressions, since those backtrack, and where a loop walks
 * over what the caller sent for each element, as many steps as `expression-steps` allows; beyond them it throws.
 */
export function compileExpression(text: string, parameters: readonly string[]): CompiledExpression {
  const names = [...parameters].sort();
  const key = JSON.stringify([names, text]);
  const known = compiledExpressions.get(key);
  if (known !== undefined) return known;
  // Policies are the same on many routes: what is compiled once serves all of them.
  if (compiledExpressions.size >= REMEMBERED_MAX) compiledExpressions.clear();
  const compiled = compile(text, names);
  compiledExpressions.set(key, compiled);
  return compiled;
}

/** Asked of the rows of one answer, one after another. */
export interface RowJudge {
  /** Steps that loops could have taken over the rows so far; a row that could not be judged for them counts in full. */
  readonly steps: number;
  /** Throws where it cannot be evaluated. */
  holds(row: unknown): boolean;
}

/** Prepared once for an answer. */
export type RowExpression = (facts: AccessFacts) => RowJudge;

/** The same for an expression that says something of each row of an answer, as `row`, which it has to name. */
export function compileRowExpression(
  text: string,
  parameters: readonly string[],
): { readonly ok: true; readonly expression: RowExpression } | { readonly ok: false; readonly problem: string } {
  const read = readExpression(text, newEnvironment(parameters).registerVariable('row', 'dyn'));
  if (!read.ok) return read;
  const { evaluate, ast } = read;
  if (!names(ast, ROW)) return refused('it does not name row, and is the same for every row');
  const needs = needsOf(ast);
  const walks = walksOver(ast, [...VARIABLES, ...ROW]);
  const splitting = splittingIn(ast, nodesIn);
  return {
    ok: true,
    expression: (facts) => new EvaluatedRows(evaluate, contextOf(facts, needs), walks ? splitting : undefined),
  };
}

class EvaluatedRows implements RowJudge {
  steps = 0;
  readonly #evaluate: Evaluate;
  readonly #context: Record<string, unknown>;
  /** Undefined where no loop walks over what somebody may have made long. */
  readonly #splitting: Splitting | undefined;

  constructor(evaluate: Evaluate, context: Record<string, unknown>, splitting: Splitting | undefined) {
    this.#evaluate = evaluate;
    this.#context = context;
    this.#splitting = splitting;
  }

  holds(row: unknown): boolean {
    this.#context['row'] = row;
    if (this.#splitting !== undefined) {
      const before = this.steps;
      this.steps += STEPS_MAX;
      this.steps = before + fewSteps(Object.values(this.#context), this.#splitting);
    }
    return truthOf(this.#evaluate(this.#context));
  }
}

const compiledExpressions = new Map<string, CompiledExpression>();
const environments = new Map<string, Environment>();
const REMEMBERED_MAX = 20_000;
const ENVIRONMENTS_MAX = 1_000;

function compile(text: string, parameters: readonly string[]): CompiledExpression {
  const read = readExpression(text, environmentFor(parameters));
  if (!read.ok) return read;
  const { evaluate, ast } = read;
  if (!names(ast, VARIABLES)) return refused('it is the same for every call');
  const total = compileTotalExpression(ast, parameters);
  return {
    ok: true,
    total,
    expression:
      total === undefined ? byLibrary(inFewSteps(evaluate, ast), needsOf(ast)) : (facts) => totalHolds(total, facts),
    // Texts that are always there may be gaps.
    ofRecord: ofRecord(evaluate),
    compared: comparedValues(ast, parameters, nodesIn),
    doubts: (domains) => doubtsOf(ast, text, domains),
  };
}

function byLibrary(evaluate: Evaluate, needs: Needs): Expression {
  return (facts) => truthOf(evaluate(contextOf(facts, needs)));
}

/**
 * The same, that throws where loops of this expression could take too many steps over what a caller sent. Of calls that are
 * only recorded nothing is counted: a record holds no list that a caller made long, and gaps are not to be looked at.
 */
export function inFewSteps(evaluate: Evaluate, ast: ASTNode): Evaluate {
  const splitting = walkedBy(ast);
  if (splitting === undefined) return evaluate;
  return (context) => {
    fewSteps(Object.values(context), splitting);
    return evaluate(context);
  };
}

/** How to count the steps of loops that walk over what a caller sent; undefined where there are none. */
export function walkedBy(ast: ASTNode): Splitting | undefined {
  return walksOver(ast, VARIABLES) ? splittingIn(ast, nodesIn) : undefined;
}

function ofRecord(evaluate: Evaluate): PartialExpression {
  return (facts) => truthOf(evaluate(recordedContext(facts)));
}

function doubtsOf(ast: ASTNode, text: string, domains: Domains): Doubts {
  const constant = constantPartOf(ast);
  return {
    constant: constant === undefined ? undefined : placeText(text, constant.start),
    contradiction: contradictionOf(ast, domains),
  };
}

export type Evaluate = (context: Readonly<Record<string, unknown>>) => unknown;

type ReadExpression =
  | {
      readonly ok: true;
      readonly ast: ASTNode;
      readonly evaluate: Evaluate;
    }
  | { readonly ok: false; readonly problem: string };

function readExpression(text: string, environment: Environment): ReadExpression {
  if (text.length > CHARACTERS_MAX) return refused(`it is longer than ${CHARACTERS_MAX} characters`);
  let parsed: ReturnType<Environment['parse']>;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    return refusedBy(error instanceof Error ? error : undefined, text);
  }
  const checked = parsed.check();
  if (!checked.valid) return refusedBy(checked.error, text);
  if (checked.type !== 'bool') return refused(`it is of type ${String(checked.type)}, and has to be true or false`);
  const problem = costProblem(parsed.ast, false);
  if (problem !== undefined) return refused(problem);
  return { ok: true, ast: parsed.ast, evaluate: (context) => evaluated(parsed, context, text) };
}

function truthOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('it is neither true nor false');
  return value;
}

function refusedBy(
  error: (Error & { readonly range?: { readonly start: number } | undefined }) | undefined,
  text: string,
): ReturnType<typeof refused> {
  return refused(`${messageOf(error)}${placeText(text, error?.range?.start)}`);
}

function refused(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** Where in an expression, in words; empty where the library does not say. */
function placeText(text: string, offset: number | undefined): string {
  if (offset === undefined) return '';
  const lines = text.slice(0, offset).split('\n');
  const column = (lines.at(-1) ?? '').length + 1;
  return lines.length === 1 ? ` (column ${column} of it)` : ` (line ${lines.length}, column ${column} of it)`;
}

/** The first line: the others repeat the expression. */
export function messageOf(error: Error | undefined): string {
  return (error?.message ?? 'it cannot be read').split('\n')[0] ?? '';
}

function environmentFor(parameters: readonly string[]): Environment {
  const key = parameters.join(' ');
  const known = environments.get(key);
  if (known !== undefined) return known;
  if (environments.size >= ENVIRONMENTS_MAX) environments.clear();
  const made = newEnvironment(parameters);
  environments.set(key, made);
  return made;
}

/** Members of what an expression may name, with their types; those of `path` are the parameters of a route. */
const MEMBERS = {
  request: {
    method: 'string',
    scheme: 'string',
    host: 'string',
    path: 'string',
    address: 'string',
    headers: 'map<string, string>',
  },
  principal: {
    identified: 'bool',
    subject: 'string',
    method: 'string',
    binding: 'string',
    issuer: 'string',
    clientId: 'string',
    credentialId: 'string',
    acr: 'string',
    scopes: 'list<string>',
    roles: 'list<string>',
    claims: 'map<string, dyn>',
  },
  consumer: { name: 'string', groups: 'list<string>', tier: 'string' },
  route: { id: 'string' },
} as const;

export function newEnvironment(parameters: readonly string[]): Environment {
  const environment = new Environment({ limits: LIMITS })
    .registerVariable({ name: 'path', schema: Object.fromEntries(parameters.map((name) => [name, 'string'])) })
    .registerVariable('query', 'map<string, list<string>>')
    .registerVariable('now', 'google.protobuf.Timestamp');
  for (const [name, schema] of Object.entries(MEMBERS)) environment.registerVariable({ name, schema });
  return environment;
}

/** Every name that may stand in an expression of a route with these path parameters. */
export function expressionNames(parameters: readonly string[]): {
  readonly variables: readonly string[];
  /** By variable. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  readonly functions: readonly string[];
} {
  const members = Object.entries(MEMBERS).map(([name, schema]) => [name, Object.keys(schema)] as const);
  return {
    variables: VARIABLES,
    members: { ...Object.fromEntries(members), path: parameters },
    functions: environmentFor(parameters)
      .getDefinitions()
      .functions.map(({ name }) => name),
  };
}

/** What an expression asks for that is dear to build. */
interface Needs {
  readonly headers: boolean;
  readonly query: boolean;
}

const EVERYTHING: Needs = { headers: true, query: true };
const NO_FIELDS: Readonly<Record<string, never>> = Object.freeze(Object.create(null) as Record<string, never>);

export function contextOf(facts: AccessFacts, { headers, query }: Needs = EVERYTHING): Record<string, unknown> {
  const { call, principal, routeId, parameters, nowMs } = facts;
  return {
    request: requestOf(call, call.address.text, headers ? headersOf(call) : NO_FIELDS),
    path: parameters,
    query: query ? queryOf(call) : NO_FIELDS,
    principal: principalOf(principal, principal?.claims ?? {}),
    consumer: consumerOf(principal),
    route: { id: routeId },
    now: new Date(nowMs),
  };
}

/** The same of a call that is only recorded: what looks at a gap fails, unless its value makes no difference. */
function recordedContext({
  call,
  principal,
  routeId,
  parameters,
  nowMs,
  unrecorded: { gap, address, subject, principal: nobody },
}: PartialFacts): Record<string, unknown> {
  const request = requestOf(call, call.address.text, gap.value);
  const held = principalOf(principal, principal === undefined ? {} : gap.value);
  const known = principal === undefined ? held : withGap(held, 'roles', gap);
  return {
    request: address ? withGap(request, 'address', gap) : request,
    path: parameters,
    query: gap.value,
    principal: nobody ? gap.value : subject ? withGap(known, 'subject', gap) : known,
    consumer: nobody ? gap.value : consumerOf(principal),
    route: { id: routeId },
    now: new Date(nowMs),
  };
}

function withGap(object: Record<string, unknown>, name: string, gap: Gap): Record<string, unknown> {
  return Object.defineProperty(object, name, { enumerable: true, get: () => gap.value['value'] });
}

function requestOf(call: AccessFacts['call'], address: string, headers: unknown): Record<string, unknown> {
  return { method: call.method, scheme: call.scheme, host: call.host, path: call.path, address, headers };
}

function principalOf(principal: AccessFacts['principal'], claims: unknown): Record<string, unknown> {
  return {
    identified: principal !== undefined,
    subject: principal?.subject ?? '',
    method: principal?.method ?? '',
    binding: principal?.binding ?? '',
    issuer: principal?.issuer ?? '',
    clientId: principal?.clientId ?? '',
    credentialId: principal?.credentialId ?? '',
    acr: principal?.acr ?? '',
    scopes: principal?.scopes ?? [],
    roles: principal?.roles ?? [],
    claims,
  };
}

function consumerOf(principal: AccessFacts['principal']): Record<string, unknown> {
  return { name: principal?.consumer ?? '', groups: principal?.groups ?? [], tier: principal?.tier ?? '' };
}

/** Header fields are not needed where every `request` in the expression is one with another member. */
export function needsOf(node: ASTNode): Needs {
  const { op, args } = operationOf(node);
  const member = memberOf(node);
  if (member?.[0] === 'request') return { headers: member[1] === 'headers', query: false };
  if (op === 'id') return { headers: args === 'request', query: args === 'query' };
  let needs: Needs = { headers: false, query: false };
  for (const inner of nodesIn(args)) {
    const { headers, query } = needsOf(inner);
    needs = { headers: needs.headers || headers, query: needs.query || query };
  }
  return needs;
}

/** Why an expression could cost more than its length suggests, or undefined. */
export function costProblem(node: ASTNode, inLoop: boolean): string | undefined {
  const { op, args } = operationOf(node);
  const called = op === 'rcall' || op === 'call' ? (args as readonly unknown[])[0] : undefined;
  if (called === 'matches') return 'matches() is not available: use startsWith, endsWith, contains or ==';
  // Both walk over all of a text or list: within a loop, over all of what the caller sent as often as it sent something.
  if (inLoop && (called === 'join' || called === 'split')) return `${called}() stands within a loop`;
  const loops = op === 'rcall' && typeof called === 'string' && MACROS.includes(called);
  if (loops && inLoop) return `${called}() stands within another loop`;
  // What a loop runs over is found once; what it runs, for each element.
  const [once, repeated] = loops ? [(args as unknown[])[1], (args as unknown[]).slice(2)] : [args, []];
  for (const inner of nodesIn(once)) {
    const problem = costProblem(inner, inLoop);
    if (problem !== undefined) return problem;
  }
  for (const inner of nodesIn(repeated)) {
    const problem = costProblem(inner, true);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function walksOver(ast: ASTNode, variables: readonly string[]): boolean {
  return walksInLoop(ast, MACROS, (node) => names(node, variables), nodesIn);
}

const VARIABLES = ['request', 'path', 'query', 'principal', 'consumer', 'route', 'now'];
const ROW = ['row'];

export function namesVariable(node: ASTNode): boolean {
  return names(node, VARIABLES);
}

function names(node: ASTNode, variables: readonly string[]): boolean {
  const { op, args } = operationOf(node);
  if (op === 'id') return typeof args === 'string' && variables.includes(args);
  return nodesIn(args).some((inner) => names(inner, variables));
}

/** The nodes that stand in an operand, however it is nested. */
export function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}
