import type { AccessConditions } from '../core/access.ts';
import { headerValue } from '../core/call.ts';
import { CidrSet, parseCidr } from '../http/client-address.ts';
import { parseAddress } from '../http/ip-address.ts';
import type { AccessFacts } from './access-facts.ts';
import type { CountryOf } from './countries.ts';
import { compileExpression } from './expression.ts';
import { mentionsOwned } from './ownership/owner-expression.ts';
import { compileTimes } from './time-window.ts';

/** One thing that is asked. `what` and `held` are for the record: what was asked, and what the call had. */
export interface Condition {
  readonly kind: keyof AccessConditions;
  readonly what: string;
  /** Throws where it cannot be found out. */
  holds(facts: AccessFacts): boolean;
  held(facts: AccessFacts): string;
}

/**
 * The conditions that ask something, the cheapest first. Throws where one cannot be compiled, which loading has refused.
 * Without `countryOf` no country can be found out.
 */
export function compileConditions(
  conditions: AccessConditions,
  parameters: readonly string[],
  countryOf?: CountryOf,
): readonly Condition[] {
  const { consumers, groups, roles, tiers, methods, bindings, acr, addresses, countries, times, headers, when } =
    conditions;
  const compiled: Condition[] = [];
  const oneOf = (kind: Condition['kind'], wanted: readonly string[], of: (facts: AccessFacts) => string): void => {
    if (wanted.length === 0) return;
    compiled.push({
      kind,
      what: `one of ${wanted.join(', ')}`,
      holds: (facts) => facts.principal !== undefined && wanted.includes(of(facts)),
      held: (facts) => of(facts) || 'none',
    });
  };
  oneOf('consumers', consumers, ({ principal }) => principal?.consumer ?? '');
  oneOf('tiers', tiers, ({ principal }) => principal?.tier ?? '');
  oneOf('methods', methods, ({ principal }) => principal?.method ?? '');
  oneOf('bindings', bindings, ({ principal }) => principal?.binding ?? '');
  oneOf('acr', acr, ({ principal }) => principal?.acr ?? '');
  if (groups.length > 0)
    compiled.push({
      kind: 'groups',
      what: `one of ${groups.join(', ')}`,
      holds: ({ principal }) => principal?.groups.some((group) => groups.includes(group)) === true,
      held: ({ principal }) => principal?.groups.join(' ') || 'none',
    });
  if (roles.length > 0)
    compiled.push({
      kind: 'roles',
      what: `one of ${roles.join(', ')}`,
      holds: ({ principal }) => principal?.roles?.some((role) => roles.includes(role)) === true,
      held: ({ principal }) => principal?.roles?.join(' ') || 'none',
    });
  if (conditions.signedInWithinSeconds > 0)
    compiled.push(
      youngerThan(
        'signedInWithinSeconds',
        'a sign-in',
        conditions.signedInWithinSeconds,
        ({ principal }) => principal?.authenticatedAtSeconds ?? 0,
      ),
    );
  if (conditions.issuedWithinSeconds > 0)
    compiled.push(
      youngerThan(
        'issuedWithinSeconds',
        'a credential issued',
        conditions.issuedWithinSeconds,
        ({ principal }) => principal?.issuedAtSeconds ?? 0,
      ),
    );
  if (addresses.length > 0) compiled.push(fromAddresses(addresses));
  if (countries.length > 0) compiled.push(inCountries(countries, countryOf));
  for (const [name, values] of Object.entries(headers))
    compiled.push({
      kind: 'headers',
      what: `${name}: ${values.join(' or ')}`,
      holds: ({ call }) => {
        const value = onlyValue(call.headers, name);
        return value !== undefined && values.includes(value);
      },
      held: ({ call }) => (headerValue(call.headers, name) === undefined ? 'no such field' : 'another value'),
    });
  if (times.length > 0) {
    const isWithin = compileTimes(times);
    compiled.push({
      kind: 'times',
      what: 'one of the hours given',
      holds: ({ nowMs }) => isWithin(nowMs),
      held: ({ nowMs }) => new Date(nowMs).toISOString(),
    });
  }
  if (when !== undefined) compiled.push(expressionHolds('when', when, parameters));
  // Where it asks a look-up, it is judged after everything that asks nobody.
  if (conditions.owner !== undefined && !mentionsOwned(conditions.owner))
    compiled.push(expressionHolds('owner', conditions.owner, parameters));
  return compiled;
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
  return { kind, what: text, holds: compiled.expression, held: () => 'false' };
}
