import type {
  ArgumentNode,
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql/language';

/** What a selection costs. Sums stop growing at `COUNT_MAX`, so that no bomb of fragments overflows. */
export interface Measure {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly cost: number;
  readonly introspects: boolean;
}

export interface Weighing {
  readonly weights: ReadonlyMap<string, number>;
  readonly listArguments: ReadonlySet<string>;
}

export type MeasureResult =
  | { readonly ok: true; readonly measure: Measure; readonly operations: readonly OperationDefinitionNode[] }
  | { readonly ok: false; readonly problem: 'circle' | 'fragment' | 'definition' | 'depth' };

export const COUNT_MAX = 1_000_000_000;
/** Counts as the size of a list nobody can tell: a negative number, a number too large, a value of another type. */
const LIST_SIZE_MAX = 1_000_000;
/** Fields within one another, fragments included, at which measuring stops: its own recursion is bounded by it. */
const NESTING_MAX = 500;

const NOTHING: Measure = { depth: 0, fields: 0, aliases: 0, directives: 0, cost: 0, introspects: false };

/**
 * Measures every operation of a document and takes the highest of each figure, whichever of them runs. Each fragment is
 * measured once, so that the time is linear in the document however often its fragments are spread. `@skip` and `@include`
 * make nothing cheaper: they are counted as if they let everything pass.
 */
export function measureDocument(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  weighing: Weighing,
): MeasureResult {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === 'OperationDefinition') operations.push(definition);
    else if (definition.kind === 'FragmentDefinition') {
      if (fragments.has(definition.name.value)) return { ok: false, problem: 'fragment' };
      fragments.set(definition.name.value, definition);
    } else return { ok: false, problem: 'definition' };
  }
  let measure = NOTHING;
  // One memory for all operations: else many small ones times many fragments or variables would take the square.
  const measuring = new Measuring(fragments, variables, defaultsOf(operations), weighing);
  for (const operation of operations) {
    const one = measuring.selections(operation.selectionSet, 0);
    if (measuring.problem !== undefined) return { ok: false, problem: measuring.problem };
    const own = (operation.directives?.length ?? 0) + variableDirectives(operation);
    measure = highest(measure, { ...one, directives: capped(one.directives + own) });
  }
  // Fragments nobody spreads are validated by servers all the same: what stands in them counts.
  for (const fragment of fragments.values()) {
    measure = highest(measure, measuring.fragment(fragment, 0));
    if (measuring.problem !== undefined) return { ok: false, problem: measuring.problem };
  }
  return { ok: true, measure, operations };
}

class Measuring {
  problem: 'circle' | 'fragment' | 'depth' | undefined;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #defaults: ReadonlyMap<string, number>;
  readonly #weighing: Weighing;
  readonly #known = new Map<string, Measure>();
  readonly #open = new Set<string>();

  constructor(
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    variables: Readonly<Record<string, unknown>>,
    defaults: ReadonlyMap<string, number>,
    weighing: Weighing,
  ) {
    this.#fragments = fragments;
    this.#variables = variables;
    this.#defaults = defaults;
    this.#weighing = weighing;
  }

  selections(set: SelectionSetNode, nesting: number): Measure {
    if (nesting > NESTING_MAX) this.problem ??= 'depth';
    if (this.problem !== undefined) return NOTHING;
    let [depth, fields, aliases, directives, cost, introspects] = [0, 0, 0, 0, 0, false];
    for (const selection of set.selections) {
      let inner: Measure;
      switch (selection.kind) {
        case 'Field': {
          const name = selection.name.value;
          const below =
            selection.selectionSet === undefined ? NOTHING : this.selections(selection.selectionSet, nesting + 1);
          const weight = this.#weighing.weights.get(name) ?? 1;
          inner = {
            depth: below.depth + 1,
            fields: below.fields + 1,
            aliases: below.aliases + (selection.alias === undefined ? 0 : 1),
            directives: below.directives,
            cost: capped(weight + this.#listSize(selection.arguments) * below.cost),
            introspects: below.introspects || name === '__schema' || name === '__type',
          };
          break;
        }
        case 'InlineFragment':
          inner = this.selections(selection.selectionSet, nesting + 1);
          break;
        case 'FragmentSpread': {
          const fragment = this.#fragments.get(selection.name.value);
          if (fragment === undefined) {
            this.problem ??= 'fragment';
            return NOTHING;
          }
          inner = this.fragment(fragment, nesting + 1);
        }
      }
      depth = Math.max(depth, inner.depth);
      fields = capped(fields + inner.fields);
      aliases = capped(aliases + inner.aliases);
      directives = capped(directives + inner.directives + (selection.directives?.length ?? 0));
      cost = capped(cost + inner.cost);
      introspects ||= inner.introspects;
    }
    return { depth, fields, aliases, directives, cost, introspects };
  }

  fragment(fragment: FragmentDefinitionNode, nesting: number): Measure {
    const name = fragment.name.value;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#open.has(name)) {
      this.problem ??= 'circle';
      return NOTHING;
    }
    this.#open.add(name);
    const inner = this.selections(fragment.selectionSet, nesting);
    this.#open.delete(name);
    const measure = { ...inner, directives: capped(inner.directives + (fragment.directives?.length ?? 0)) };
    this.#known.set(name, measure);
    return measure;
  }

  /** How many objects a field may return; several of its arguments bound the same list, so that the highest counts. */
  #listSize(args: readonly ArgumentNode[] | undefined): number {
    let size = 1;
    for (const argument of args ?? [])
      if (this.#weighing.listArguments.has(argument.name.value))
        size = Math.max(size, this.#listSizeOf(argument.value));
    return size;
  }

  #listSizeOf(value: ValueNode): number {
    switch (value.kind) {
      case 'NullValue':
        return 1;
      case 'IntValue':
        return sizeOf(Number(value.value));
      case 'Variable': {
        const name = value.name.value;
        const given = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
        if (given === undefined) return this.#defaults.get(name) ?? 1;
        return given === null ? 1 : sizeOf(given);
      }
      default:
        return LIST_SIZE_MAX;
    }
  }
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return LIST_SIZE_MAX;
  return Math.min(Math.max(value, 1), LIST_SIZE_MAX);
}

/** Sizes by default of variables: of several operations the largest, since a fragment may serve all of them. */
function defaultsOf(operations: readonly OperationDefinitionNode[]): ReadonlyMap<string, number> {
  const defaults = new Map<string, number>();
  for (const { variableDefinitions } of operations)
    for (const { variable, defaultValue } of variableDefinitions ?? []) {
      if (defaultValue === undefined || defaultValue.kind === 'NullValue') continue;
      const size = defaultValue.kind === 'IntValue' ? sizeOf(Number(defaultValue.value)) : LIST_SIZE_MAX;
      defaults.set(variable.name.value, Math.max(size, defaults.get(variable.name.value) ?? 1));
    }
  return defaults;
}

function variableDirectives(operation: OperationDefinitionNode): number {
  let count = 0;
  for (const { directives } of operation.variableDefinitions ?? []) count += directives?.length ?? 0;
  return count;
}

function highest(one: Measure, other: Measure): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    fields: Math.max(one.fields, other.fields),
    aliases: Math.max(one.aliases, other.aliases),
    directives: Math.max(one.directives, other.directives),
    cost: Math.max(one.cost, other.cost),
    introspects: one.introspects || other.introspects,
  };
}

function capped(count: number): number {
  return Math.min(count, COUNT_MAX);
}
