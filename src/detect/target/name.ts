import { type Evidence, structureFeature } from '../evidence.ts';
import type { Leaf } from '../leaf.ts';
import { isBlank, isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit, hashWord, WordTable } from '../word-table.ts';

const PROTO = structureFeature('name.prototype');
const CONSTRUCTOR_PROTOTYPE = structureFeature('name.constructor-prototype');
const OPERATOR = structureFeature('name.query-operator');
const BRACKET_OPERATOR = structureFeature('name.query-operator-in-brackets');
const CODE_OPERATOR = structureFeature('name.query-operator-with-code');
const TEXT_OPERATOR = structureFeature('name.query-operator-in-text');
const FILTER_OPERATOR = structureFeature('name.query-operator-in-filter');
const ACCESSOR = structureFeature('name.accessor-definition');
const TYPE_NAME = structureFeature('name.type-discriminator');
const CONSTRUCTS = structureFeature('name.constructs-an-object');
const IS_NAME = structureFeature('leaf.name');

const FILTER = 1;
const CODE = 2;
const COMPARISON = 3;
const UPDATE = 4;
const OPERATORS = new WordTable([
  [
    `ne nor regex exists expr elemmatch all size mod type text search near geowithin options comment rand jsonschema
    push pull inc rename addtoset facet redact nearsphere geointersects bitsallset bitsanyset lookup match project out merge unionwith group limit skip sort graphlookup collstats indexstats currentop listsessions replaceroot replacewith arraytoobject objecttoarray
    unwind bucket getfield setfield strlencp cond ifnull setwindowfields mergeobjects`,
    FILTER,
  ],
  ['where function func fn accumulator code', CODE],
  ['eq gt gte lt lte in nin or and not', COMPARISON],
  ['set unset', UPDATE],
]);
/**
 * What an interface that takes conditions calls them, as the first member of a body or query or within the variables of one: there it expects
 * comparisons. Secrets are compared with by nobody who knows them.
 */
const CONDITIONS =
  /^(?:body|query)\.(?:(?:variables|input|params|options|q|query)\.)?(?:filters?|where|conditions?|criteria|selector|match)(?:[.[]|$)/i;
const SECRETS = /pass|pwd|secret|token|otp|pin\b|key|hash|salt|code|answer|cred|session/i;
/** Where clients of analytics say what to set of a person or an event. */
const EVENTS =
  /^body(?:\[\])?(?:\.(?:data|events?|batch|messages?|properties|people|profiles?|user|traits))+(?:[.[]|$)/i;
/** Options of OData 4.01 (Part 2, §5.1), as names of a query. */
const ODATA = new WordTable([
  [
    '$filter $select $expand $top $skip $count $search $orderby $apply $format $compute $index $skiptoken $deltatoken $levels $schemaversion',
    1,
  ],
]);

/** What readers of objects take the class or the function from. */
const DISCRIMINATORS = 1;
const CONSTRUCTORS = 2;
const TYPE_NAMES = new WordTable([
  // `@type` and `$type` are in harmless documents, too: there the value has to be a class with its package.
  ['@class __type json_class', DISCRIMINATORS],
  ['py/object py/reduce py/type py/function py/newargs py/repr ^o ^c ^u __js_function', CONSTRUCTORS],
]);
const ACCESSORS = new WordTable([['__definegetter__ __definesetter__ __lookupgetter__ __lookupsetter__', 1]]);

/**
 * Looks at a name, and at a key path inside of brackets or dots: segments that reach an object's prototype, operators of a document
 * database. Only names can be them: as values the same words are prose. Answers whether it does nothing but compare under a name that takes conditions.
 */
export function readName(units: Uint16Array, start: number, end: number, leaf: Leaf, evidence: Evidence): boolean {
  evidence.add(IS_NAME, start, end);
  if (isPrototypeOfConstructor(leaf)) evidence.add(CONSTRUCTOR_PROTOTYPE, start, end);
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = hashUnit(hash, units[i] ?? 0);
  typeName(hash, start, end, evidence);
  hash = HASH_START;
  let segment = start;
  let previousConstructor = false;
  let compares = false;
  let commands = false;
  let conditions: boolean | undefined;
  for (let i = start; i <= end; i++) {
    const unit = i < end ? (units[i] ?? 0) : 0x2e;
    const boundary =
      unit === 0x2e ||
      unit === 0x5b ||
      unit === 0x5d ||
      unit === 0x22 ||
      unit === 0x27 ||
      unit === 0x2f ||
      unit === 0x3a;
    if (!boundary) {
      if (unit > 0x20) hash = hashUnit(hash, unit);
      else if (i === segment) segment++;
      continue;
    }
    if (i > segment) {
      if (hash === PROTO_HASH) evidence.add(PROTO, segment, i);
      if (hash === PROTOTYPE_HASH && previousConstructor) evidence.add(CONSTRUCTOR_PROTOTYPE, segment, i);
      previousConstructor = hash === CONSTRUCTOR_HASH;
      typeName(hash, segment, i, evidence);
      if (ACCESSORS.find(hash) !== 0) evidence.add(ACCESSOR, segment, i);
      if (units[segment] === 0x24) {
        conditions ??= takesConditions(leaf);
        const isWhole = segment === start && i === end;
        const isOption = isWhole && isOdataOption(leaf);
        const found = isOption
          ? 0
          : operator(units, segment, i, start, conditions, isWhole && EVENTS.test(leaf.path), evidence);
        if (found === COMPARISON) compares = true;
        else if (found !== 0) commands = true;
      }
    }
    hash = HASH_START;
    segment = i + 1;
  }
  return compares && !commands;
}

function typeName(hash: number, start: number, end: number, evidence: Evidence): void {
  const found = TYPE_NAMES.find(hash);
  if (found !== 0) evidence.add(found === CONSTRUCTORS ? CONSTRUCTS : TYPE_NAME, start, end);
}

/**
 * Looks for operators where a document has its names: `{"$ne":`, `{$gt:`, `[$ne]=`, after a bracket, comma or quote and before what ends a
 * name.
 */
export function readOperatorNames(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  for (let i = start + 1; i < end; i++) {
    if (units[i] !== 0x24 || !opensName(units[i - 1] ?? 0)) continue;
    let hash = HASH_START;
    let at = i + 1;
    while (at < end && at < i + 16 && isLatinLetter(units[at] ?? 0)) hash = hashUnit(hash, units[at++] ?? 0);
    let after = at;
    while (after < end && (isBlank(units[after] ?? 0) || units[after] === 0x22 || units[after] === 0x27)) after++;
    const close = after < end ? (units[after] ?? 0) : 0;
    if (at > i + 1 && (close === 0x3a || close === 0x5d) && OPERATORS.find(hash) !== 0)
      evidence.add(TEXT_OPERATOR, i - 1, after);
  }
}

/** `{ [ , " '` and blanks. */
function opensName(unit: number): boolean {
  return unit === 0x7b || unit === 0x5b || unit === 0x2c || unit === 0x22 || unit === 0x27 || isBlank(unit);
}

/** Whether the name stands under one that makes it reach a prototype: neither is anything alone, and each comes as a leaf. */
export function isPrototypeOfConstructor({ isKey, text, path }: Leaf): boolean {
  return isKey && text === 'prototype' && path.endsWith('constructor.prototype');
}

function takesConditions({ path }: Leaf): boolean {
  return CONDITIONS.test(path) && !SECRETS.test(path) && !path.endsWith('…');
}

function isOdataOption({ location, text }: Leaf): boolean {
  return location === 'query' && ODATA.find(hashWord(text)) !== 0;
}

/** Answers what it is: 0 none, COMPARISON where conditions are expected, or FILTER or CODE. */
function operator(
  units: Uint16Array,
  start: number,
  end: number,
  textStart: number,
  inConditions: boolean,
  isOfEvent: boolean,
  evidence: Evidence,
): number {
  let hash = HASH_START;
  for (let i = start + 1; i < end; i++) hash = hashUnit(hash, units[i] ?? 0);
  const found = OPERATORS.find(hash);
  // `$type` by itself is what serialisers of .NET call the type of an object.
  if (found === 0 || (hash === TYPE_HASH && start === textStart)) return 0;
  if ((found === COMPARISON && inConditions) || (found === UPDATE && isOfEvent)) {
    evidence.add(FILTER_OPERATOR, start, end);
    return COMPARISON;
  }
  if (found === CODE) evidence.add(CODE_OPERATOR, start, end);
  evidence.add(start > textStart && units[start - 1] === 0x5b ? BRACKET_OPERATOR : OPERATOR, start, end);
  return found === CODE ? CODE : FILTER;
}

const TYPE_HASH = hashWord('type');
const PROTO_HASH = hashWord('__proto__');
const PROTOTYPE_HASH = hashWord('prototype');
const CONSTRUCTOR_HASH = hashWord('constructor');
