import type { Check } from './check-run.ts';
import type { Compiling, Recogniser, RecogniserCell, ResolvedSchema } from './compiling.ts';
import { TEXT_FORMATS } from './formats.ts';
import { below, DocumentProblem, entriesOf, memberOf } from './json-node.ts';
import { CLOSE_BRACKET, COMMA, FALSE, NULL_WORD, OPEN_BRACE, OPEN_BRACKET, QUOTE, TRUE } from './json-octets.ts';
import { refusalOf, requiredNames } from './object-check.ts';
import { objectRecogniser } from './object-recogniser.ts';
import { OctetTable } from './octet-table.ts';
import { surveyPlace } from './place.ts';
import { allOfChecks, bound, numberCheck, textCheck } from './scalar-checks.ts';
import { partsOf, type SchemaPart } from './schema-parts.ts';
import { ANY, ARRAY, FRACTION, INTEGER, kindOf, kindsOf, OBJECT, STRING } from './value-kind.ts';

const NEVER: Recogniser = () => false;
const ANYTHING: RecogniserCell = { recognise: (octets) => octets.any() };

/**
 * Compiles schemas to recognisers: functions that read octets once and know of most values that keep the contract that they
 * do, before anything is made of them. They never refuse: what they do not take is read and checked, which also says why.
 * Each is compiled when it is first used and then once.
 */
export class RecogniserCompiler {
  readonly #compiling: Compiling;
  readonly #cells = new Map<unknown, RecogniserCell>();

  constructor(compiling: Compiling) {
    this.#compiling = compiling;
  }

  /** For a whole body. Never takes one whose schema asks for what can only be checked of values. */
  ofBody(schema: unknown, pointer: string): Recogniser {
    return this.#compiled(this.#compiling.resolved(schema, pointer)) ?? NEVER;
  }

  #cell(schema: unknown, pointer: string): RecogniserCell {
    const resolved = this.#compiling.resolved(schema, pointer);
    const known = this.#cells.get(resolved.schema);
    if (known !== undefined) return known;
    const cell: RecogniserCell = {
      recognise: (octets) => {
        cell.recognise = this.#compiled(resolved) ?? this.#checked(resolved);
        return cell.recognise(octets);
      },
    };
    this.#cells.set(resolved.schema, cell);
    return cell;
  }

  /** Makes the value and has it checked: for a schema within one that is recognised. */
  #checked({ schema, pointer }: ResolvedSchema): Recogniser {
    const cell = this.#compiling.cell(schema, pointer);
    return (octets) => {
      const from = octets.at;
      return octets.any() && cell.run(octets.valueFrom(from), octets.run, undefined) && !octets.run.isTooComplex;
    };
  }

  #compiled({ schema, pointer }: ResolvedSchema): Recogniser | undefined {
    try {
      const parts = partsOf(schema, pointer, this.#compiling);
      if (parts === undefined) return undefined;
      return this.#ofParts(schema, pointer, parts);
    } catch (error) {
      if (error instanceof DocumentProblem) return undefined;
      throw error;
    }
  }

  #ofParts(schema: unknown, pointer: string, parts: readonly SchemaPart[]): Recogniser | undefined {
    let kinds = ANY;
    for (const { node, pointer: at } of parts) kinds &= kindsOf(node, at);
    const values = namedValues(parts);
    if (values === undefined) return undefined;
    const outermost = parts.at(-1)?.node;
    const isNullable = this.#compiling.isOpenApi30 && memberOf(outermost, 'nullable') === true;
    const takes = (value: unknown): boolean =>
      (kinds & kindOf(value)) !== 0 && (values.all === undefined || values.all.has(value));
    const object = (kinds & OBJECT) !== 0 && values.all === undefined ? this.#object(schema, pointer, parts) : NEVER;
    const array = (kinds & ARRAY) !== 0 && values.all === undefined ? this.#array(parts) : NEVER;
    if (object === undefined || array === undefined) return undefined;
    return oneOfKinds({
      object,
      array,
      text: (kinds & STRING) !== 0 ? textRecogniser(parts, values.texts) : NEVER,
      number: numberRecogniser(parts, kinds, values.all),
      takesTrue: takes(true),
      takesFalse: takes(false),
      takesNull: isNullable || takes(null),
    });
  }

  #array(parts: readonly SchemaPart[]): Recogniser | undefined {
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    let cell: RecogniserCell | undefined;
    for (const { node, pointer } of parts) {
      min = Math.max(min, bound(node, 'minItems', pointer) ?? 0);
      max = Math.min(max, bound(node, 'maxItems', pointer) ?? max);
      const items = memberOf(node, 'items');
      if (items === undefined) continue;
      if (cell !== undefined || Array.isArray(items)) return undefined;
      cell = this.#cell(items, below(pointer, 'items'));
    }
    return arrayRecogniser(cell ?? ANYTHING, min, max);
  }

  #object(schema: unknown, pointer: string, parts: readonly SchemaPart[]): Recogniser | undefined {
    const { place, isClosed, isDynamic } = surveyPlace(schema, pointer, this.#compiling);
    if (isDynamic) return undefined;
    const cells = new Map<string, RecogniserCell>();
    const required = new Set<string>();
    let others: RecogniserCell | undefined = isClosed ? undefined : ANYTHING;
    let membersMin = 0;
    let membersMax = Number.POSITIVE_INFINITY;
    for (const { node, pointer: at } of parts) {
      for (const [name, property] of entriesOf(node, 'properties', at)) {
        if (cells.has(name)) return undefined;
        const place = below(below(at, 'properties'), name);
        const isForeign = refusalOf(property, place, this.#compiling) !== undefined;
        cells.set(name, isForeign ? { recognise: NEVER } : this.#cell(property, place));
      }
      for (const name of requiredNames(node, at)) if (!place.foreign.has(name)) required.add(name);
      membersMin = Math.max(membersMin, bound(node, 'minProperties', at) ?? 0);
      membersMax = Math.min(membersMax, bound(node, 'maxProperties', at) ?? membersMax);
      const additional = memberOf(node, 'additionalProperties');
      if (additional === undefined) continue;
      if (parts.length > 1) return undefined;
      if (additional === false) others = undefined;
      else if (additional !== true) others = this.#cell(additional, below(at, 'additionalProperties'));
    }
    for (const name of required) if (!cells.has(name)) cells.set(name, others ?? { recognise: NEVER });
    const names = [...cells.keys()];
    if (!names.every(OctetTable.canStand)) return undefined;
    return objectRecogniser({
      names: new OctetTable(names),
      properties: [...cells.values()],
      required: names.flatMap((name, index) => (required.has(name) ? [index] : [])),
      others,
      membersMin,
      membersMax,
    });
  }
}

interface ByKind {
  readonly object: Recogniser;
  readonly array: Recogniser;
  readonly text: Recogniser;
  readonly number: Recogniser;
  readonly takesTrue: boolean;
  readonly takesFalse: boolean;
  readonly takesNull: boolean;
}

function oneOfKinds({ object, array, text, number, takesTrue, takesFalse, takesNull }: ByKind): Recogniser {
  const isStructured = object !== NEVER || array !== NEVER;
  if (!takesTrue && !takesFalse && !takesNull) {
    if (!isStructured && number === NEVER) return (octets) => octets.bytes[octets.at] === QUOTE && text(octets);
    if (!isStructured && text === NEVER) return number;
    if (text === NEVER && number === NEVER && array === NEVER)
      return (octets) => octets.bytes[octets.at] === OPEN_BRACE && object(octets);
  }
  return (octets) => {
    switch (octets.bytes[octets.at]) {
      case QUOTE:
        return text(octets);
      case OPEN_BRACE:
        return object(octets);
      case OPEN_BRACKET:
        return array(octets);
      case TRUE[0]:
        return takesTrue && octets.literal(TRUE);
      case FALSE[0]:
        return takesFalse && octets.literal(FALSE);
      case NULL_WORD[0]:
        return takesNull && octets.literal(NULL_WORD);
      default:
        return number(octets);
    }
  };
}

function arrayRecogniser(cell: RecogniserCell, min: number, max: number): Recogniser {
  return (octets) => {
    if (!octets.enter()) return false;
    let count = 0;
    if (octets.next() !== CLOSE_BRACKET)
      for (;;) {
        octets.next();
        if (!cell.recognise(octets)) return false;
        count++;
        const octet = octets.next();
        if (octet === CLOSE_BRACKET) break;
        if (octet !== COMMA) return false;
        octets.at++;
      }
    octets.leave();
    return count >= min && count <= max;
  };
}

function textRecogniser(parts: readonly SchemaPart[], allowed: OctetTable | undefined): Recogniser {
  let min = 0;
  let max = Number.POSITIVE_INFINITY;
  let asksForText = false;
  const checks: Check[] = [];
  for (const { node, pointer } of parts) {
    min = Math.max(min, bound(node, 'minLength', pointer) ?? 0);
    max = Math.min(max, bound(node, 'maxLength', pointer) ?? max);
    const format = memberOf(node, 'format');
    if (memberOf(node, 'pattern') !== undefined || (typeof format === 'string' && TEXT_FORMATS.has(format)))
      asksForText = true;
    const check = textCheck(node, pointer);
    if (check !== undefined) checks.push(check);
  }
  const check = allOfChecks(checks);
  if (check === undefined && allowed === undefined) return (octets) => octets.string();
  return (octets) => {
    if (!octets.string()) return false;
    // An escaped text has other octets than the ones in the table.
    if (allowed !== undefined && allowed.find(octets.bytes, octets.from, octets.to) === -1) return false;
    if (check === undefined) return true;
    if (asksForText || octets.hasEscapes) return check(octets.text(), octets.run, undefined);
    const characters = octets.to - octets.from - octets.continuations;
    return characters >= min && characters <= max;
  };
}

function numberRecogniser(
  parts: readonly SchemaPart[],
  kinds: number,
  allowed: ReadonlySet<unknown> | undefined,
): Recogniser {
  if ((kinds & (INTEGER | FRACTION)) === 0) return NEVER;
  const checks = parts.map(({ node, pointer }) => numberCheck(node, pointer)).filter((check) => check !== undefined);
  const check = allOfChecks(checks);
  return (octets) => {
    if (!octets.readNumber()) return false;
    const { number } = octets;
    if ((kinds & kindOf(number)) === 0 || (allowed !== undefined && !allowed.has(number))) return false;
    return check === undefined || check(number, octets.run, undefined);
  };
}

interface NamedValues {
  /** Scalars of `enum` or `const`; undefined: there is neither. */
  readonly all: ReadonlySet<unknown> | undefined;
  readonly texts: OctetTable | undefined;
}

/** Undefined where there is more than one list of values. */
function namedValues(parts: readonly SchemaPart[]): NamedValues | undefined {
  let found: readonly unknown[] | undefined;
  for (const { node } of parts)
    for (const keyword of ['enum', 'const']) {
      const given = memberOf(node, keyword);
      if (given === undefined) continue;
      if (found !== undefined || (keyword === 'enum' && !Array.isArray(given))) return undefined;
      found = keyword === 'enum' && Array.isArray(given) ? given : [given];
    }
  if (found === undefined) return { all: undefined, texts: undefined };
  const texts = found.filter((value) => typeof value === 'string').filter(OctetTable.canStand);
  return { all: new Set(found), texts: new OctetTable([...new Set(texts)]) };
}
