import { deniedWithin, type FieldFault, unallowedWithin } from './field-fault.ts';
import { tokensOf } from './json-pointer.ts';
import type { PathAutomaton, PathState } from './path-automaton.ts';

export type PatchFault = FieldFault | 'malformed';

const TOKENS_MAX = 64;
const STATES_MAX = 64;

/**
 * The first field a JSON patch (RFC 6902) may not set, whose fields stand in values. `test` counts as well: by its failure it
 * tells what cannot be seen. Does not know the object that is changed: a number may stand for an element or for a member.
 */
export function patchFault(operations: unknown, automaton: PathAutomaton): PatchFault | undefined {
  if (!Array.isArray(operations)) return 'malformed';
  for (const operation of operations as readonly unknown[]) {
    if (!isOperation(operation)) return 'malformed';
    const fault = operationFault(operation, automaton);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Whether a body is a patch, whatever its content type says: some servers do not ask. */
export function looksLikePatch(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isOperation);
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: unknown;
  readonly value?: unknown;
}

function isOperation(value: unknown): value is Operation {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'op') &&
    Object.hasOwn(value, 'path') &&
    'op' in value &&
    typeof value.op === 'string' &&
    'path' in value &&
    typeof value.path === 'string'
  );
}

function operationFault(operation: Operation, automaton: PathAutomaton): PatchFault | undefined {
  switch (operation.op) {
    case 'add':
    case 'replace':
    case 'test':
      return Object.hasOwn(operation, 'value')
        ? placeFault(operation.path, automaton, operation.value, false)
        : 'malformed';
    case 'remove':
      return placeFault(operation.path, automaton, undefined, false);
    case 'move':
    case 'copy':
      if (typeof operation.from !== 'string') return 'malformed';
      return (
        placeFault(operation.from, automaton, undefined, true) ?? placeFault(operation.path, automaton, undefined, true)
      );
    default:
      return 'malformed';
  }
}

/** `carries`: what is at the place goes elsewhere or comes from there, unseen, so that nothing denied may be within. */
function placeFault(
  pointer: string,
  automaton: PathAutomaton,
  value: unknown,
  carries: boolean,
): PatchFault | undefined {
  const tokens = tokensOf(pointer);
  if (tokens === undefined || tokens.length > TOKENS_MAX) return 'malformed';
  let states: readonly PathState[] = [automaton.start];
  for (const token of tokens) {
    if (states.some(({ hides }) => hides !== undefined)) return { why: 'denied', tokens };
    states = stepsFrom(states, token, automaton);
    if (states.length > STATES_MAX) return 'malformed';
  }
  for (const state of states) {
    const denied = deniedWithin(value, automaton, state, tokens);
    if (denied !== undefined) return denied;
    if (carries && state.hidesBelow) return { why: 'denied', tokens };
  }
  if (!automaton.hasAllow) return undefined;
  let fault: FieldFault | undefined;
  for (const state of states) {
    // What is moved or removed may be an object of any form; as a value it needs no more than a place that is allowed.
    fault = unallowedWithin(value ?? null, automaton, state, tokens);
    if (fault === undefined) return undefined;
  }
  return fault;
}

function stepsFrom(states: readonly PathState[], token: string, automaton: PathAutomaton): readonly PathState[] {
  const next = new Set<PathState>();
  for (const state of states) {
    next.add(automaton.member(state, token));
    if (token === '-' || /^\d{1,9}$/.test(token)) next.add(automaton.element(state));
  }
  return [...next];
}
