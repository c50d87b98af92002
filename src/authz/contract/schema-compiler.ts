import { arrayCheck, unevaluatedItemsCheck } from './array-check.ts';
import { type Check, type CheckRun, Seen } from './check-run.ts';
import type { Cell, Compiling, Place, RecogniserCell, ResolvedSchema, SchemaOptions } from './compiling.ts';
import { compositionChecks, discriminatorMapping } from './composition.ts';
import { below, DocumentProblem, type JsonRecord, lookUp, memberOf, recordOf, textOf } from './json-node.ts';
import { NO_SUCH_FIELD, objectCheck, shownName, unevaluatedCheck } from './object-check.ts';
import { surveyPlace } from './place.ts';
import { RecogniserCompiler } from './recogniser.ts';
import { allOfChecks, numberCheck, textCheck, valueCheck } from './scalar-checks.ts';
import { ANY, kindOf, kindsOf, kindText, NULL } from './value-kind.ts';

/** References that lead to references, and schemas put into one place: a document may make neither without end. */
const HOPS_MAX = 32;
const PARTS_MAX = 2_000_000;

const ACCEPT: Check = () => true;
const REFUSE: Check = (value, run) => run.fail('nothing', value);

/** What says nothing here that could be left out without accepting too much. */
const NOT_SUPPORTED = ['$dynamicRef', '$recursiveRef', '$id', '$anchor', '$dynamicAnchor'];

/**
 * Compiles JSON Schema as OpenAPI 3.0 and 3.1 (2020-12) have it into functions, each schema when it is first used and then
 * once. Throws `DocumentProblem` where one cannot be compiled; `compileAll` finds every such place.
 */
export class SchemaCompiler implements Compiling {
  readonly options: SchemaOptions;
  readonly isOpenApi30: boolean;
  readonly #root: unknown;
  readonly #cells = new Map<unknown, Cell>();
  #waiting: { readonly cell: Cell; readonly resolved: ResolvedSchema }[] = [];
  readonly #inProgress = new Set<unknown>();
  readonly #recognisers = new RecogniserCompiler(this);
  #parts = 0;
  #subtypes: Map<string, Map<string, ResolvedSchema>> | undefined = undefined;

  constructor(root: unknown, options: SchemaOptions) {
    this.#root = root;
    this.options = options;
    this.isOpenApi30 = (textOf(root, 'openapi') ?? '').startsWith('3.0');
  }

  cell(schema: unknown, pointer: string): Cell {
    const resolved = this.resolved(schema, pointer);
    const known = this.#cells.get(resolved.schema);
    // `true` and `false` are no objects: they are shared by value, which means the same.
    if (known !== undefined) return known;
    const cell: Cell = {
      run: (value, run, seen) => {
        this.#fill(cell, resolved);
        return cell.run(value, run, seen);
      },
    };
    this.#cells.set(resolved.schema, cell);
    this.#waiting.push({ cell, resolved });
    return cell;
  }

  recogniser(schema: unknown, pointer: string): RecogniserCell {
    const cell: RecogniserCell = {
      recognise: (octets) => {
        cell.recognise = this.#recognisers.ofBody(schema, pointer);
        return cell.recognise(octets);
      },
    };
    return cell;
  }

  /** Compiles what is not compiled yet, and what that leads to. */
  compileAll(): void {
    for (let one = this.#waiting.pop(); one !== undefined; one = this.#waiting.pop())
      this.#fill(one.cell, one.resolved);
  }

  #fill(cell: Cell, { schema, pointer }: ResolvedSchema): void {
    cell.run = this.#location(schema, pointer);
  }

  /** A reference with nothing beside it is what it leads to. */
  resolved(schema: unknown, pointer: string): ResolvedSchema {
    let resolved: ResolvedSchema = { schema, pointer };
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      const record = recordOf(resolved.schema);
      if (record === undefined || typeof record['$ref'] !== 'string') return resolved;
      if (!this.isOpenApi30 && Object.keys(record).length > 1) return resolved;
      resolved = this.target(record, resolved.pointer);
    }
    throw new DocumentProblem(pointer, 'the reference leads from reference to reference');
  }

  target(reference: JsonRecord, pointer: string): ResolvedSchema {
    const ref = textOf(reference, '$ref') ?? '';
    if (!ref.startsWith('#')) throw new DocumentProblem(pointer, 'the reference does not lead into the document');
    let to: string;
    try {
      to = decodeURIComponent(ref.slice(1));
    } catch {
      throw new DocumentProblem(pointer, 'the reference is not percent-encoded as it should be');
    }
    const schema = lookUp(this.#root, to);
    if (schema === undefined) throw new DocumentProblem(pointer, 'the reference leads to nothing');
    return { schema, pointer: to };
  }

  inPlace(schema: unknown, pointer: string, place: Place): Check {
    if (schema === true) return ACCEPT;
    if (schema === false) return REFUSE;
    const node = recordOf(schema);
    if (node === undefined) throw new DocumentProblem(pointer, 'this is no schema');
    if (this.#inProgress.has(node))
      throw new DocumentProblem(pointer, 'the schema is a part of itself at the same place');
    if (++this.#parts > PARTS_MAX)
      throw new DocumentProblem(pointer, 'the schemas of the document multiply one another');
    this.#inProgress.add(node);
    try {
      return this.#node(node, pointer, place);
    } finally {
      this.#inProgress.delete(node);
    }
  }

  #node(node: JsonRecord, pointer: string, surrounding: Place): Check {
    // Who asks what is left over asks by the specification: an alternative that names nothing has evaluated nothing.
    const place =
      memberOf(node, 'unevaluatedProperties') === undefined
        ? surrounding
        : { ...surrounding, bareAlternativesOpen: false };
    const refused = NOT_SUPPORTED.find((keyword) => memberOf(node, keyword) !== undefined);
    if (refused !== undefined) throw new DocumentProblem(below(pointer, refused), `${refused} cannot be followed here`);
    const checks: Check[] = [];
    if (typeof node['$ref'] === 'string') {
      const target = this.target(node, pointer);
      const referred = this.inPlace(target.schema, target.pointer, place);
      if (this.isOpenApi30) return referred;
      checks.push(referred);
    }
    const isNullable = this.isOpenApi30 && memberOf(node, 'nullable') === true;
    const kinds = kindsOf(node, pointer);
    if (kinds !== ANY) checks.push(kindCheck(isNullable ? kinds | NULL : kinds));
    for (const check of [
      valueCheck(node, pointer, isNullable),
      textCheck(node, pointer),
      numberCheck(node, pointer),
      arrayCheck(node, pointer, this),
      objectCheck(node, pointer, place, this),
    ])
      if (check !== undefined) checks.push(check);
    checks.push(...compositionChecks(node, pointer, place, this));
    const whole = this.#withUnevaluated(checks, node, pointer);
    // OpenAPI 3.0 would have null allowed only beside `type`; documents write it beside references, and mean it.
    if (isNullable) return (value, run, seen) => value === null || whole(value, run, seen);
    return whole;
  }

  #withUnevaluated(checks: readonly Check[], node: JsonRecord, pointer: string): Check {
    const all = allOfChecks(checks) ?? ACCEPT;
    const rest = [unevaluatedCheck(node, pointer, this), unevaluatedItemsCheck(node, pointer, this)];
    const after = allOfChecks(rest.filter((check) => check !== undefined));
    if (after === undefined) return all;
    return (value, run, seen) => {
      const own = new Seen();
      if (!all(value, run, own) || !after(value, run, own)) return false;
      return seen === undefined || seen.merge(own, run);
    };
  }

  /** A schema where a value of its own begins. */
  #location(schema: unknown, pointer: string): Check {
    const inherited = this.#inheritance(schema, pointer);
    if (inherited !== undefined) return entered(inherited);
    return this.#place(schema, pointer);
  }

  #place(schema: unknown, pointer: string): Check {
    const { place, isClosed, isDynamic } = surveyPlace(schema, pointer, this);
    const check = this.inPlace(schema, pointer, place);
    const known = place.closedTo;
    if (!isClosed || known === undefined || place.isAlone) return isLeaf(schema) ? check : entered(check);
    if (!isDynamic)
      return entered((value, run) => check(value, run, undefined) && knowsAll(value, run, known, undefined));
    return entered((value, run) => {
      const seen = new Seen();
      return check(value, run, seen) && (seen.allNames || knowsAll(value, run, known, seen));
    });
  }

  /** A base with a discriminator and no alternatives stands for the schemas that are built on it. */
  #inheritance(schema: unknown, pointer: string): Check | undefined {
    const node = recordOf(schema);
    const discriminator = recordOf(memberOf(node, 'discriminator'));
    const property = textOf(discriminator, 'propertyName');
    if (node === undefined || discriminator === undefined || property === undefined) return undefined;
    if (memberOf(node, 'oneOf') !== undefined || memberOf(node, 'anyOf') !== undefined) return undefined;
    const base = this.#place(schema, pointer);
    const byValue = new Map<string, Cell>();
    const add = (value: string, target: ResolvedSchema): void => {
      byValue.set(value, target.schema === schema ? { run: base } : this.cell(target.schema, target.pointer));
    };
    for (const [name, target] of this.subtypesOf(pointer)) add(name, target);
    for (const [value, target] of discriminatorMapping(discriminator, below(pointer, 'discriminator'), this))
      add(value, target);
    if (byValue.size === 0) return base;
    return (value, run) => {
      const named = memberOf(value, property);
      const cell = typeof named === 'string' ? byValue.get(named) : undefined;
      return cell === undefined ? base(value, run, undefined) : cell.run(value, run, undefined);
    };
  }

  subtypesOf(pointer: string): ReadonlyMap<string, ResolvedSchema> {
    this.#subtypes ??= this.#findSubtypes();
    return this.#subtypes.get(pointer) ?? new Map();
  }

  #findSubtypes(): Map<string, Map<string, ResolvedSchema>> {
    const found = new Map<string, Map<string, ResolvedSchema>>();
    const schemas = recordOf(lookUp(this.#root, '/components/schemas')) ?? {};
    for (const [name, schema] of Object.entries(schemas)) {
      const parts = memberOf(schema, 'allOf');
      if (!Array.isArray(parts)) continue;
      for (const part of parts) {
        const ref = textOf(part, '$ref');
        if (ref === undefined) continue;
        const base = ref.slice(1);
        const subtypes = found.get(base) ?? new Map<string, ResolvedSchema>();
        subtypes.set(name, { schema, pointer: below('/components/schemas', name) });
        found.set(base, subtypes);
      }
    }
    return found;
  }
}

function entered(check: Check): Check {
  return (value, run) => {
    if (!run.enter()) return false;
    const holds = check(value, run, undefined);
    run.leave();
    return holds;
  };
}

/** A schema that leads to no other: its work is bounded by what its parent spends. */
function isLeaf(schema: unknown): boolean {
  const node = recordOf(schema);
  return node === undefined || !STRUCTURE.some((keyword) => Object.hasOwn(node, keyword));
}

const STRUCTURE = [
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'items',
  'prefixItems',
  'contains',
  'unevaluatedItems',
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'unevaluatedProperties',
  'dependentSchemas',
];

function knowsAll(value: unknown, run: CheckRun, known: ReadonlySet<string>, seen: Seen | undefined): boolean {
  const record = recordOf(value);
  if (record === undefined) return true;
  const names = Object.keys(record);
  if (!run.spendOnNames(names.length, undefined)) return false;
  for (const name of names)
    if (!known.has(name) && seen?.has(name) !== true)
      return run.unexpected(shownName(name), record[name], NO_SUCH_FIELD);
  return true;
}

function kindCheck(kinds: number): Check {
  const expected = kindText(kinds);
  return (value, run) => (kinds & kindOf(value)) !== 0 || run.fail(expected, value);
}
