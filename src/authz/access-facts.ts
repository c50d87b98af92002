import type { Call } from '../core/call.ts';
import type { Principal } from '../core/principal.ts';
import type { Template } from '../http/path-template.ts';

/** What a rule may look at. */
export interface AccessFacts {
  readonly call: Call;
  /** Undefined: nobody was identified. */
  readonly principal: Principal | undefined;
  readonly routeId: string;
  /** Values of the route's path parameters, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
  /** Set where a recorded call is judged anew: what a record does not hold. */
  readonly unrecorded?: UnrecordedFacts;
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

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** Values of a template's parameters in a canonical path that it matches. Undefined where one is no text in UTF-8. */
export function pathParameters({ segments }: Template, path: string): Readonly<Record<string, string>> | undefined {
  let parameters: Record<string, string> | undefined;
  let from = 1;
  for (const segment of segments) {
    const slash = path.indexOf('/', from);
    const end = slash === -1 ? path.length : slash;
    if (segment.kind === 'parameter') {
      const text = decoded(path.slice(from, end));
      if (text === undefined) return undefined;
      parameters ??= Object.create(null) as Record<string, string>;
      parameters[segment.name] = text;
    }
    from = end + 1;
  }
  return parameters ?? NO_PARAMETERS;
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
