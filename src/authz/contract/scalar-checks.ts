import { RE2JS } from 're2js';
import type { Check } from './check-run.ts';
import { areEqual } from './equality.ts';
import { TEXT_FORMATS } from './formats.ts';
import { below, DocumentProblem, type JsonRecord, memberOf } from './json-node.ts';
import { compilePlainPattern } from './plain-pattern.ts';
import { got, kindOf, NULL } from './value-kind.ts';

const PATTERN_LENGTH_MAX = 4_096;
/** What a search costs the linear engine, in steps of a run: to begin with, and for each character. */
const STEPS_PER_SEARCH = 3;
const STEPS_PER_CHARACTER = 0.5;
/** Of a plain pattern, which needs no engine. */
const CHARACTERS_PER_STEP = 16;
/**
 * A large pattern may have to follow all of its places at once, which costs each character so much more. Short texts are
 * not charged with it: few of them need it, and such patterns are there for short texts.
 */
const PROGRAM_SIZE_SMALL = 40;
const TEXT_LENGTH_SHORT = 2_048;
const PLACES_PER_STEP = 8;
const SHOWN_VALUES_MAX = 8;
const SHOWN_VALUE_LENGTH_MAX = 40;

/** `pattern` is searched for in the text, in linear time (ECMA-262 without look-around and back-references). */
export interface Pattern {
  test(text: string): boolean;
  /** What `test` costs, in steps of a run. */
  steps(text: string): number;
}

export function compilePattern(pattern: unknown, pointer: string): Pattern {
  if (typeof pattern !== 'string') throw new DocumentProblem(pointer, 'a pattern is text');
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new DocumentProblem(pointer, `a pattern has at most ${PATTERN_LENGTH_MAX} characters`);
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    const plain = compilePlainPattern(pattern);
    if (plain !== undefined) return { test: plain, steps: ({ length }) => 1 + Math.ceil(length / CHARACTERS_PER_STEP) };
    const size = compiled.programSize();
    const stepsOfLong = size <= PROGRAM_SIZE_SMALL ? STEPS_PER_CHARACTER : size / PLACES_PER_STEP;
    return {
      test: (text) => compiled.test(text),
      steps: ({ length }) =>
        STEPS_PER_SEARCH + Math.ceil(length * (length <= TEXT_LENGTH_SHORT ? STEPS_PER_CHARACTER : stepsOfLong)),
    };
  } catch {
    throw new DocumentProblem(
      pointer,
      'the pattern is not one that can be searched for in linear time (no look-around, no back-references)',
    );
  }
}

export function bound(node: JsonRecord, keyword: string, pointer: string): number | undefined {
  const value = memberOf(node, keyword);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new DocumentProblem(below(pointer, keyword), 'this is not a whole number from 0 on');
}

export function textCheck(node: JsonRecord, pointer: string): Check | undefined {
  const min = bound(node, 'minLength', pointer);
  const max = bound(node, 'maxLength', pointer);
  const checks: Check[] = [];
  if (min !== undefined && min > 0)
    checks.push((value, run) =>
      typeof value === 'string' && isShorter(value, min)
        ? run.fail(`text of at least ${min} character${min === 1 ? '' : 's'}`, value)
        : true,
    );
  if (max !== undefined)
    checks.push((value, run) =>
      typeof value === 'string' && value.length > max && !isShorter(value, max + 1)
        ? run.fail(`text of at most ${max} characters`, value)
        : true,
    );
  const format = memberOf(node, 'format');
  const known = typeof format === 'string' ? TEXT_FORMATS.get(format) : undefined;
  if (known !== undefined)
    checks.push((value, run) =>
      typeof value === 'string' && !known.holds(value) ? run.fail(known.expected, value) : true,
    );
  const pattern = memberOf(node, 'pattern');
  if (pattern !== undefined) {
    const compiled = compilePattern(pattern, below(pointer, 'pattern'));
    checks.push((value, run) => {
      if (typeof value !== 'string') return true;
      if (!run.spend(compiled.steps(value))) return false;
      return compiled.test(value) || run.fail('text of the documented pattern', value);
    });
  }
  return allOfChecks(checks);
}

/** Whether a text has fewer characters (code points) than so many. */
function isShorter(text: string, count: number): boolean {
  if (text.length < count) return true;
  if (text.length >= count * 2) return false;
  let characters = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) i++;
    }
    if (++characters >= count) return false;
  }
  return true;
}

function numberOf(node: JsonRecord, keyword: string, pointer: string): number | undefined {
  const value = memberOf(node, keyword);
  if (value === undefined || typeof value === 'boolean') return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new DocumentProblem(below(pointer, keyword), 'this is not a number');
}

export function numberCheck(node: JsonRecord, pointer: string): Check | undefined {
  const checks: Check[] = [];
  const limit = (text: string, holds: (value: number) => boolean): void => {
    checks.push((value, run) => (typeof value !== 'number' || holds(value) ? true : run.fail(text, value)));
  };
  const min = numberOf(node, 'minimum', pointer);
  const max = numberOf(node, 'maximum', pointer);
  // OpenAPI 3.0 says by a boolean whether the bound itself is out; 3.1 gives the bound.
  const above = memberOf(node, 'exclusiveMinimum') === true ? min : numberOf(node, 'exclusiveMinimum', pointer);
  const under = memberOf(node, 'exclusiveMaximum') === true ? max : numberOf(node, 'exclusiveMaximum', pointer);
  if (min !== undefined) limit(`a number from ${min} on`, (value) => value >= min);
  if (max !== undefined) limit(`a number up to ${max}`, (value) => value <= max);
  if (above !== undefined) limit(`a number above ${above}`, (value) => value > above);
  if (under !== undefined) limit(`a number below ${under}`, (value) => value < under);
  const step = numberOf(node, 'multipleOf', pointer);
  if (step !== undefined) {
    if (step <= 0) throw new DocumentProblem(below(pointer, 'multipleOf'), 'this is not above 0');
    limit(`a multiple of ${step}`, (value) => isMultiple(value, step));
  }
  if (memberOf(node, 'format') === 'int32')
    limit('a whole number of 32 bits', (value) => value >= -0x80000000 && value <= 0x7fffffff);
  return allOfChecks(checks);
}

/** 0.3 is a multiple of 0.1, which binary fractions do not say. Of whole numbers nothing is forgiven, and half a step never. */
function isMultiple(value: number, step: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(step)) return value % step === 0;
  const quotient = value / step;
  const forgiven = Math.min(MULTIPLE_ERROR_MAX, Number.EPSILON * 4 * Math.max(1, Math.abs(quotient)));
  return Math.abs(quotient - Math.round(quotient)) <= forgiven;
}

const MULTIPLE_ERROR_MAX = 0.25;

/** `enum` and `const`. */
export function valueCheck(node: JsonRecord, pointer: string, takesNull: boolean): Check | undefined {
  const values: unknown[] = [];
  const listed = memberOf(node, 'enum');
  if (listed !== undefined) {
    if (!Array.isArray(listed) || listed.length === 0)
      throw new DocumentProblem(below(pointer, 'enum'), 'this is not a list of values');
    values.push(...listed);
  }
  const only = memberOf(node, 'const');
  const checks: Check[] = [];
  if (values.length > 0) checks.push(oneOfValues(values, takesNull));
  if (only !== undefined) checks.push(oneOfValues([only], takesNull));
  return allOfChecks(checks);
}

function oneOfValues(values: readonly unknown[], takesNull: boolean): Check {
  const plain = new Set<unknown>(takesNull ? [null] : []);
  const structured: unknown[] = [];
  for (const value of values)
    if (typeof value === 'object' && value !== null) structured.push(value);
    else plain.add(value);
  const expected = `one of ${shownValues(values)}`;
  return (value, run) => {
    const isOne =
      typeof value === 'object' && value !== null
        ? structured.some((one) => areEqual(one, value, run))
        : plain.has(value);
    return isOne || run.fail(expected, value);
  };
}

function shownValues(values: readonly unknown[]): string {
  if (values.length > SHOWN_VALUES_MAX) return `${values.length} documented values`;
  return values.map((value) => (kindOf(value) === NULL ? 'null' : shownValue(value))).join(', ');
}

function shownValue(value: unknown): string {
  if (typeof value === 'object') return got(value);
  const text = JSON.stringify(value);
  return text.length > SHOWN_VALUE_LENGTH_MAX ? got(value) : text;
}

export function allOfChecks(checks: readonly Check[]): Check | undefined {
  const [first, second, ...others] = checks;
  if (first === undefined) return undefined;
  if (second === undefined) return first;
  if (others.length === 0) return (value, run, seen) => first(value, run, seen) && second(value, run, seen);
  return (value, run, seen) => {
    for (const check of checks) if (!check(value, run, seen)) return false;
    return true;
  };
}
