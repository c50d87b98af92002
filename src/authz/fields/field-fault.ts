import type { PathAutomaton, PathState } from './path-automaton.ts';

/** A field that may not be set, by its tokens from the top. */
export interface FieldFault {
  readonly why: 'denied' | 'notAllowed';
  readonly tokens: readonly (string | number)[];
}

/**
 * The first field of a value that a rule denies, or else the first that no rule allows; undefined where there is none. What a
 * rule drops counts as denied: it is not to be there.
 */
export function fieldFault(value: unknown, automaton: PathAutomaton): FieldFault | undefined {
  const { start, hasAllow } = automaton;
  return (
    deniedWithin(value, automaton, start, []) ?? (hasAllow ? unallowedWithin(value, automaton, start, []) : undefined)
  );
}

/** The first fault that is not mended by leaving out what rules drop, and with `dropsOthers` what no rule allows. */
export function lastingFault(value: unknown, automaton: PathAutomaton, dropsOthers: boolean): FieldFault | undefined {
  const { start, hasAllow } = automaton;
  const refused = refusedWithin(value, automaton, start, []);
  if (refused !== undefined) return refused;
  // A body of which nothing is left is none.
  if (start.hides !== undefined) return { why: 'denied', tokens: [] };
  if (!hasAllow) return undefined;
  if (!dropsOthers) return unallowedWithin(value, automaton, start, []);
  return isAllowedAt(value, start) ? undefined : { why: 'notAllowed', tokens: [] };
}

function refusedWithin(
  value: unknown,
  automaton: PathAutomaton,
  state: PathState,
  tokens: FieldFault['tokens'],
): FieldFault | undefined {
  if (state.hides === 'deny') return { why: 'denied', tokens };
  return state.hidesBelow ? firstWithin(value, automaton, state, tokens, refusedWithin) : undefined;
}

export function deniedWithin(
  value: unknown,
  automaton: PathAutomaton,
  state: PathState,
  tokens: FieldFault['tokens'],
): FieldFault | undefined {
  if (state.hides !== undefined) return { why: 'denied', tokens };
  return state.hidesBelow ? firstWithin(value, automaton, state, tokens, deniedWithin) : undefined;
}

export function unallowedWithin(
  value: unknown,
  automaton: PathAutomaton,
  state: PathState,
  tokens: FieldFault['tokens'],
): FieldFault | undefined {
  if (state.allowsAll || state.hides === 'drop') return undefined;
  return isAllowedAt(value, state)
    ? firstWithin(value, automaton, state, tokens, unallowedWithin)
    : { why: 'notAllowed', tokens };
}

function isAllowedAt(value: unknown, state: PathState): boolean {
  if (typeof value !== 'object' || value === null) return state.allows;
  return Array.isArray(value) ? state.allowsElements : state.allowsMembers;
}

/** The reader of bodies bounds how deep this goes. */
function firstWithin(
  value: unknown,
  automaton: PathAutomaton,
  state: PathState,
  tokens: FieldFault['tokens'],
  judge: typeof deniedWithin,
): FieldFault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const inner = automaton.element(state);
    for (let i = 0; i < value.length; i++) {
      const fault = judge(value[i], automaton, inner, tokens);
      if (fault !== undefined) return { ...fault, tokens: withToken(fault.tokens, tokens.length, i) };
    }
    return undefined;
  }
  for (const [name, member] of Object.entries(value)) {
    const fault = judge(member, automaton, automaton.member(state, name), tokens);
    if (fault !== undefined) return { ...fault, tokens: withToken(fault.tokens, tokens.length, name) };
  }
  return undefined;
}

/** Tokens are put in on the way back, so that bodies without a fault cost none. */
function withToken(tokens: FieldFault['tokens'], at: number, token: string | number): FieldFault['tokens'] {
  return [...tokens.slice(0, at), token, ...tokens.slice(at)];
}
