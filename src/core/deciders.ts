import type { QuestionPolicy } from './ownership.ts';

/** What of a call can be sent to an external decider; never a credential. */
export const SENT_FIELDS = [
  'method',
  'path',
  'parameters',
  'query',
  'host',
  'scheme',
  'address',
  'route',
  'subject',
  'consumer',
  'scopes',
  'groups',
  'tier',
  'authentication',
] as const;
export type SentField = (typeof SENT_FIELDS)[number];

export interface DeciderConfig extends QuestionPolicy {
  /** `opa`: the Data API of the Open Policy Agent. `authzen`: the Authorization API 1.0 of the OpenID Foundation. */
  readonly type: 'opa' | 'authzen';
  /** Of the very resource that is asked. */
  readonly url: string;
  readonly token: string | undefined;
  readonly send: readonly SentField[];
  /** Names of claims and lower-case names of header fields that are sent too. */
  readonly claims: readonly string[];
  readonly headers: readonly string[];
  /** What the caller and the resource are to an AuthZEN decider. */
  readonly subjectType: string;
  readonly resourceType: string;
  /** How long an answer is believed for exactly the same question; 0: not at all. */
  readonly cacheSecondsMax: number;
  /** `unavailable`: 503. `deny`: 403. `rules`: the other rules of the route decide. */
  readonly onFailure: 'unavailable' | 'deny' | 'rules';
}
