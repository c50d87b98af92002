import type { FieldRules, RowRule } from './field-rules.ts';
import type { AuthenticationMethod, Binding } from './principal.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Hours of days. Where `to` is not after `from`, it lies on the next day. */
export interface TimeWindow {
  /** Days the window begins on; empty: every day. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight. */
  readonly fromMinutes: number;
  readonly toMinutes: number;
  /** IANA name of the time zone. */
  readonly zone: string;
}

/** What can be asked of a caller and a call. Of a list one has to fit; an empty list asks nothing. */
export interface AccessConditions {
  readonly consumers: readonly string[];
  readonly groups: readonly string[];
  /** Roles its issuer gives the caller. */
  readonly roles: readonly string[];
  readonly tiers: readonly string[];
  readonly methods: readonly AuthenticationMethod[];
  readonly bindings: readonly Exclude<Binding, 'none'>[];
  /** Classes of the sign-in (`acr`). */
  readonly acr: readonly string[];
  /** How long ago the person may have signed in; 0: not asked. */
  readonly signedInWithinSeconds: number;
  /** How long ago the credential may have been issued; 0: not asked. */
  readonly issuedWithinSeconds: number;
  /** CIDR blocks of client addresses. */
  readonly addresses: readonly string[];
  /** ISO 3166-1 codes in upper case, of which the client's address must be in one. */
  readonly countries: readonly string[];
  readonly times: readonly TimeWindow[];
  /** By lower-case name: values of which the field has to have one, exactly. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Expression (CEL) that has to be true, or undefined. */
  readonly when: string | undefined;
  /** Expression that says whether the object of the call is the caller's, or undefined. */
  readonly owner: string | undefined;
}

/** Denies what meets all of its conditions, whatever else is permitted. */
export interface DenyRule {
  readonly name: string;
  readonly conditions: AccessConditions;
}

/** Permits a call that meets every condition and no rule that denies. */
export interface AccessPolicy {
  /** As it stands in the configuration; empty for the one of the route itself. */
  readonly name: string;
  /** Group of routes that asks for it; absent: the route does. */
  readonly group?: string | undefined;
  readonly conditions: AccessConditions;
  readonly deny: readonly DenyRule[];
  /** Deciders that have to say yes too, in this order; absent: none. */
  readonly decide?: readonly string[];
  /** Which fields of bodies the caller may set and see; absent: all. */
  readonly fields?: FieldRules | undefined;
  /** Whose the rows of answers are; absent: not asked. */
  readonly rows?: RowRule | undefined;
}

/** What a group of routes asks itself, as a policy; no policy of a file has a space in its name. */
export function groupPolicyName(group: string): string {
  return `group ${group}`;
}

/** How a policy is named before what it says: `policy partners of group shops: `; empty for the one of the route itself. */
export function policyPrefix({ name, group }: Pick<AccessPolicy, 'name' | 'group'>): string {
  if (name === '') return '';
  if (group === undefined) return `policy ${name}: `;
  const own = groupPolicyName(group);
  return name === own ? `${own}: ` : `policy ${name} of ${own}: `;
}
