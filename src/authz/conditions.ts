import type { AccessConditions } from '../core/access.ts';
import { assertNever } from '../core/assert-never.ts';
import { headerValue } from '../core/call.ts';
import { CidrSet, parseCidr } from '../http/client-address.ts';
import { parseAddress } from '../http/ip-address.ts';
import type { AccessFacts } from './access-facts.ts';
import type { CountryOf } from './countries.ts';
import { compileExpression } from './expression.ts';
import { mentionsOwned } from './ownership/owner-expression.ts';
import { compileTimes } from './time-window.ts';
import type { TotalExpression } from './total-expression.ts';

/** One thing that is asked. `what` and `held` are for the record: what was asked, and what the call had. */
export interface Condition {
  readonly kind: keyof AccessConditions;
  readonly what: string;
  /** Throws where it cannot be found out. */
  readonly holds: (facts: AccessFacts) => boolean;
  readonly held: (facts: AccessFacts) => string;
  /** What `holds` judges by, where that is plain data. */
  readonly total?: TotalExpression | undefined;
}

/** Compiled conditions by kind and what they ask, all for one file of countries. */
export type SharedConditions = Map<string, Condition>;

/**
 * The conditions that ask something, the cheapest first. Throws where one cannot be compiled, which loading has refused.
 * Without `countryOf` no country can be found out. Equal conditions are one object, found in and added to `shared`: a
 * processor keeps what many routes ask in its caches, and not what each asks for itself.
 */
export function compileConditions(
  conditions: AccessConditions,
  parameters: readonly string[],
  countryOf?: CountryOf,
  shared: SharedConditions = new Map(),
): readonly Condition[] {
  const { groups, roles, signedInWithinSeconds, issuedWithinSeconds, addresses, countries, times, when, owner } =
    conditions;
  const compiled: Condition[] = [];
  const add = (kind: Condition['kind'], asked: unknown, compile: () => Condition): void => {
    const key = JSON.stringify([kind, asked]);
    const condition = shared.get(key) ?? compile();
    shared.set(key, condition);
    compiled.push(condition);
  };
  for (const kind of CALLER_TEXTS) {
    const wanted: readonly string[] = conditions[kind];
    if (wanted.length > 0) add(kind, wanted, () => oneOf(kind, wanted));
  }
  if (groups.length > 0) add('groups', groups, () => inGroups(groups));
  if (roles.length > 0) add('roles', roles, () => inRoles(roles));
  if (signedInWithinSeconds > 0)
    add('signedInWithinSeconds', signedInWithinSeconds, () => signedInWithin(signedInWithinSeconds));
  if (issuedWithinSeconds > 0) add('issuedWithinSeconds', issuedWithinSeconds, () => issuedWithin(issuedWithinSeconds));
  if (addresses.length > 0) add('addresses', addresses, () => fromAddresses(addresses));
  if (countries.length > 0) add('countries', countries, () => inCountries(countries, countryOf));
  for (const [name, values] of Object.entries(conditions.headers))
    add('headers', [name, values], () => hasField(name, values));
  if (times.length > 0) add('times', times, () => within(times));
  if (when !== undefined) add('when', [when, parameters], () => expressionHolds('when', when, parameters));
  // Where it asks a look-up, it is judged after everything that asks nobody.
  if (owner !== undefined && !mentionsOwned(owner))
    add('owner', [owner, parameters], () => expressionHolds('owner', owner, parameters));
  return compiled;
}

/** Kinds that ask for one text of the caller. */
const CALLER_TEXTS = ['consumers', 'tiers', 'methods', 'bindings', 'acr'] as const;

function callerText(kind: (typeof CALLER_TEXTS)[number]): (facts: AccessFacts) => string {
  switch (kind) {
    case 'consumers':
      return ({ principal }) => principal?.consumer ?? '';
    case 'tiers':
      return ({ principal }) => principal?.tier ?? '';
    case 'methods':
      return ({ principal }) => principal?.method ?? '';
    case 'bindings':
      return ({ principal }) => principal?.binding ?? '';
    case 'acr':
      return ({ principal }) => principal?.acr ?? '';
    default:
      return assertNever(kind);
  }
}

function oneOf(kind: (typeof CALLER_TEXTS)[number], wanted: readonly string[]): Condition {
  const of = callerText(kind);
  return {
    kind,
    what: `one of ${wanted.join(', ')}`,
    holds: (facts) => facts.principal !== undefined && wanted.includes(of(facts)),
    held: (facts) => of(facts) || 'none',
  };
}

function inGroups(groups: readonly string[]): Condition {
  return {
    kind: 'groups',
    what: `one of ${groups.join(', ')}`,
    holds: ({ principal }) => principal?.groups.some((group) => groups.includes(group)) === true,
    held: ({ principal }) => principal?.groups.join(' ') || 'none',
  };
}

function inRoles(roles: readonly string[]): Condition {
  return {
    kind: 'roles',
    what: `one of ${roles.join(', ')}`,
    holds: ({ principal }) => principal?.roles?.some((role) => roles.includes(role)) === true,
    held: ({ principal }) => principal?.roles?.join(' ') || 'none',
  };
}

function signedInWithin(seconds: number): Condition {
  return youngerThan(
    'signedInWithinSeconds',
    'a sign-in',
    seconds,
    ({ principal }) => principal?.authenticatedAtSeconds ?? 0,
  );
}

function issuedWithin(seconds: number): Condition {
  return youngerThan(
    'issuedWithinSeconds',
    'a credential issued',
    seconds,
    ({ principal }) => principal?.issuedAtSeconds ?? 0,
  );
}

function hasField(name: string, values: readonly string[]): Condition {
  return {
    kind: 'headers',
    what: `${name}: ${values.join(' or ')}`,
    holds: ({ call }) => {
      const value = onlyValue(call.headers, name);
      return value !== undefined && values.includes(value);
    },
    held: ({ call }) => (headerValue(call.headers, name) === undefined ? 'no such field' : 'another value'),
  };
}

function within(times: AccessConditions['times']): Condition {
  const isWithin = compileTimes(times);
  return {
    kind: 'times',
    what: 'one of the hours given',
    holds: ({ nowMs }) => isWithin(nowMs),
    held: ({ nowMs }) => new Date(nowMs).toISOString(),
  };
}

/** Of a field that comes twice nobody can say which value counts: it meets nothing, and what it would deny is denied. */
function onlyValue(headers: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== name) continue;
    if (value !== undefined) throw new TypeError(`the field ${name} came more than once`);
    value = headers[i + 1];
  }
  return value;
}

/** `atSeconds` is 0 where nobody knows: then it was not met. */
function youngerThan(
  kind: 'signedInWithinSeconds' | 'issuedWithinSeconds',
  what: string,
  seconds: number,
  atSeconds: (facts: AccessFacts) => number,
): Condition {
  return {
    kind,
    what: `${what} at most ${seconds} s ago`,
    holds: (facts) => {
      const at = atSeconds(facts);
      return at > 0 && facts.nowMs / 1000 - at <= seconds;
    },
    held: (facts) => {
      const at = atSeconds(facts);
      return at > 0 ? `${Math.round(facts.nowMs / 1000 - at)} s ago` : 'when is not known';
    },
  };
}

function fromAddresses(blocks: readonly string[]): Condition {
  const set = new CidrSet(
    blocks.map((block) => {
      const cidr = parseCidr(block);
      if (cidr === undefined) throw new TypeError(`${block} is no block of addresses`);
      return cidr;
    }),
  );
  return {
    kind: 'addresses',
    what: `an address in ${blocks.join(', ')}`,
    holds: ({ call }) => {
      const address = parseAddress(call.address.text);
      // Of a call that came there always is one; who asks for an application may not have told it.
      if (address === undefined) throw new TypeError('the address is not known');
      return set.has(address);
    },
    held: ({ call }) => call.address.text,
  };
}

/** An address in no country that is known could be in any: it meets nothing, and what it would deny is denied. */
function inCountries(countries: readonly string[], countryOf: CountryOf = () => undefined): Condition {
  return {
    kind: 'countries',
    what: `one of ${countries.join(', ')}`,
    holds: ({ call }) => {
      const country = countryOf(call.address.text);
      if (country === undefined) throw new TypeError('the country of the address is not known');
      return countries.includes(country);
    },
    held: ({ call }) => countryOf(call.address.text) ?? 'none that is known',
  };
}

function expressionHolds(kind: 'when' | 'owner', text: string, parameters: readonly string[]): Condition {
  const compiled = compileExpression(text, parameters);
  if (!compiled.ok) throw new TypeError(`the expression cannot be used: ${compiled.problem}`);
  const { expression, total, compared } = compiled;
  return { kind, what: text, holds: expression, held: compared, total };
}
