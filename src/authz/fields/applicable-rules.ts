import type { FieldRule, FieldTerms, ResponseVerb } from '../../core/field-rules.ts';
import type { AccessFacts } from '../access-facts.ts';
import { type Condition, compileConditions } from '../conditions.ts';
import type { CountryOf } from '../countries.ts';
import { parseFieldPath } from './field-path.ts';
import { PathAutomaton, type VerbPath } from './path-automaton.ts';

/** What conditions are compiled with. */
export interface TermParts {
  /** Names of the route's path parameters. */
  readonly parameters: readonly string[];
  readonly countryOf?: CountryOf | undefined;
}

/** Rules of which some count for a caller; each combination is put together once. */
export class ApplicableRules {
  readonly #rules: readonly CompiledRule[];
  readonly #hasAllow: boolean;
  readonly #automata = new Map<number, PathAutomaton>();

  constructor(rules: readonly FieldRule<ResponseVerb>[], parts: TermParts) {
    if (rules.length > FIELD_RULES_MAX) throw new TypeError(`more than ${FIELD_RULES_MAX} rules`);
    this.#rules = rules.map((rule) => ({
      verb: rule.verb,
      paths: rule.paths.map((path) => ({ verb: rule.verb, steps: stepsOf(path) })),
      if: compileTerms(rule.if, parts),
      unless: compileTerms(rule.unless, parts),
    }));
    this.#hasAllow = rules.some(({ verb }) => verb === 'allow');
  }

  /** The rules that count for this call, or undefined where none asks anything. */
  for(facts: AccessFacts): PathAutomaton | undefined {
    let chosen = 0;
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i];
      if (rule !== undefined && counts(rule, facts)) chosen |= 1 << i;
    }
    if (chosen === 0 && !this.#hasAllow) return undefined;
    const known = this.#automata.get(chosen);
    if (known !== undefined) return known;
    const paths = this.#rules.flatMap((rule, i) => ((chosen & (1 << i)) === 0 ? [] : rule.paths));
    const made = new PathAutomaton(paths, this.#hasAllow);
    if (this.#automata.size >= AUTOMATA_MAX) this.#automata.clear();
    this.#automata.set(chosen, made);
    return made;
  }
}

/** So many that one bit of a number stands for each. */
export const FIELD_RULES_MAX = 24;
const AUTOMATA_MAX = 64;

interface CompiledRule {
  readonly verb: ResponseVerb;
  readonly paths: readonly VerbPath[];
  readonly if: Terms | undefined;
  readonly unless: Terms | undefined;
}

interface Terms {
  readonly scopes: readonly string[];
  readonly conditions: readonly Condition[];
}

type Outcome = 'holds' | 'fails' | 'unknown';

/** What could not be found out widens nothing: then a rule that allows does not count, and one that hides does. */
function counts(rule: CompiledRule, facts: AccessFacts): boolean {
  const wanted = rule.if === undefined ? 'holds' : outcomeOf(rule.if, facts);
  const spared = rule.unless === undefined ? 'fails' : outcomeOf(rule.unless, facts);
  return rule.verb === 'allow' ? wanted === 'holds' && spared === 'fails' : wanted !== 'fails' && spared !== 'holds';
}

function outcomeOf({ scopes, conditions }: Terms, facts: AccessFacts): Outcome {
  const held = facts.principal?.scopes;
  for (const scope of scopes) if (held?.includes(scope) !== true) return 'fails';
  let isKnown = true;
  for (const condition of conditions)
    try {
      if (!condition.holds(facts)) return 'fails';
    } catch {
      isKnown = false;
    }
  return isKnown ? 'holds' : 'unknown';
}

function compileTerms(terms: FieldTerms | undefined, { parameters, countryOf }: TermParts): Terms | undefined {
  return terms === undefined
    ? undefined
    : { scopes: terms.scopes, conditions: compileConditions(terms.conditions, parameters, countryOf) };
}

/** Throws where a path cannot be read, which loading has refused. */
export function stepsOf(path: string): VerbPath['steps'] {
  const parsed = parseFieldPath(path);
  if (!parsed.ok) throw new TypeError(`the path ${path} ${parsed.error}`);
  return parsed.steps;
}
