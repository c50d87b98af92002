import type { Call } from '../core/call.ts';
import type { Principal } from '../core/principal.ts';

/** What a rule may look at. */
export interface AccessFacts {
  readonly call: Call;
  /** Undefined: nobody was identified. */
  readonly principal: Principal | undefined;
  readonly routeId: string;
  /** Values of the route's path parameters, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** The same of a recorded call that is judged anew, with what its record does not hold. */
export interface PartialFacts extends AccessFacts {
  readonly unrecorded: UnrecordedFacts;
}

/** Which facts a record lacks, besides header fields, query and claims, which none holds. */
export interface UnrecordedFacts {
  readonly principal: boolean;
  readonly subject: boolean;
  readonly address: boolean;
  /** In place of what is not there. */
  readonly gap: Gap;
}

/** Stands for what was not recorded: whoever looks at it fails, and it is known that somebody looked. */
export class Gap {
  touched = false;
  readonly value: Record<string, never>;

  constructor() {
    const fail = (): never => {
      this.touched = true;
      throw new TypeError('it was not recorded');
    };
    this.value = new Proxy(Object.create(null) as Record<string, never>, {
      get: fail,
      has: fail,
      ownKeys: fail,
      getOwnPropertyDescriptor: fail,
      getPrototypeOf: fail,
    });
  }
}

/** Has no names but those of the path: not even those every object has. */
class PathParameters {}
Object.setPrototypeOf(PathParameters.prototype, null);
Reflect.deleteProperty(PathParameters.prototype, 'constructor');

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * Values of parameters in a canonical path that a template matches, of which `names` are the parameters by position.
 * Undefined where one is no text in UTF-8.
 */
export function pathParameters(names: readonly string[], path: string): Readonly<Record<string, string>> | undefined {
  if (names.length === 0) return NO_PARAMETERS;
  // An object without a prototype would be a hash table, which costs more to make than to fill.
  const parameters = new PathParameters() as Record<string, string>;
  let from = 1;
  for (const name of names) {
    const slash = path.indexOf('/', from);
    const end = slash === -1 ? path.length : slash;
    if (name !== '') {
      const text = decoded(path.slice(from, end));
      if (text === undefined) return undefined;
      parameters[name] = text;
    }
    from = end + 1;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Fields by name; several of one name are joined as RFC 9110 §5.3 says. */
export function headersOf({ headers }: Call): Record<string, string> {
  const fields = Object.create(null) as Record<string, string>;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const known = fields[name];
    fields[name] = known === undefined ? (headers[i + 1] ?? '') : `${known}, ${headers[i + 1] ?? ''}`;
  }
  return fields;
}

/** Query parameters by name, with every value. */
export function queryOf({ query }: Call): Record<string, string[]> {
  const parameters = Object.create(null) as Record<string, string[]>;
  if (query === '') return parameters;
  for (const [name, value] of new URLSearchParams(query)) {
    const known = parameters[name];
    if (known === undefined) parameters[name] = [value];
    else known.push(value);
  }
  return parameters;
}
