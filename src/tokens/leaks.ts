import type { Observation, Severity } from '../core/finding.ts';
import { VENDOR_FORMATS } from '../crypto/secrets/vendor-formats.ts';

/** Where a credential was seen that belongs in no such place. */
export const LEAK_PLACES = ['response', 'path', 'query', 'referer'] as const;
export type LeakPlace = (typeof LEAK_PLACES)[number];

const KEY_PREFIX = 'leak.key_in_';
const SECRET_PREFIX = 'leak.secret_in_';

/** Signal of a call that carried a key of ours where it must not be; the key's id is public. */
export function keyLeakSignal(place: LeakPlace, keyId: string): string {
  return `${KEY_PREFIX}${place}:${keyId}`;
}

/** Signal of a call that carried somebody else's secret. `masked`: what all of the kind begin with. */
export function secretLeakSignal(place: LeakPlace, kind: string, masked: string, fingerprint: string): string {
  return `${SECRET_PREFIX}${place}:${kind}:${masked}:${fingerprint}`;
}

/** A call as far as a leak is told of it. */
export interface LeakingCall {
  readonly timeMs: number;
  readonly requestId: string;
  readonly routeId: string;
  readonly address: string;
}

export interface Leak {
  readonly observation: Observation;
  /** Id of the key, where it is one of ours. */
  readonly keyId: string | undefined;
}

/** What such a signal means, or undefined where it is another one, or was cut off. */
export function leakOf(signal: string, call: LeakingCall): Leak | undefined {
  const colon = signal.indexOf(':');
  if (colon < 0 || signal.endsWith('…')) return undefined;
  const detector = signal.slice(0, colon);
  const rest = signal.slice(colon + 1);
  if (detector.startsWith(KEY_PREFIX)) {
    const place = placeOf(detector.slice(KEY_PREFIX.length));
    if (place === undefined || rest === '') return undefined;
    return { observation: observed(detector, place, rest, 'high', 1, `the key ${rest}`, call), keyId: rest };
  }
  if (!detector.startsWith(SECRET_PREFIX)) return undefined;
  const place = placeOf(detector.slice(SECRET_PREFIX.length));
  const [kind = '', masked = '', fingerprint = ''] = rest.split(':', 3);
  const format = VENDOR_FORMATS.find((one) => one.kind === kind);
  if (place === undefined || format === undefined || fingerprint === '') return undefined;
  const what = `a ${format.name} (${masked}…)`;
  const subject = `${kind} ${masked}… ${fingerprint}`;
  return {
    observation: observed(detector, place, subject, format.severity, SECRET_CERTAINTY, what, call),
    keyId: undefined,
  };
}

/** It has the form; whether it still works only its vendor can say. */
const SECRET_CERTAINTY = 0.9;

function placeOf(text: string): LeakPlace | undefined {
  return LEAK_PLACES.find((one) => one === text);
}

function observed(
  detector: string,
  place: LeakPlace,
  subject: string,
  severity: Severity,
  certainty: number,
  what: string,
  { timeMs, requestId, routeId, address }: LeakingCall,
): Observation {
  return {
    detector,
    // The API gave it away, whoever asked; in a request it is the caller who did.
    actor: place === 'response' ? `route ${routeId}` : address,
    subject,
    severity,
    certainty,
    title: TITLES[place](what, routeId),
    timeMs,
    requestId,
  };
}

const TITLES: Readonly<Record<LeakPlace, (what: string, routeId: string) => string>> = {
  response: (what, routeId) => `the API answered with ${what} on route ${routeId || 'none'}`,
  path: (what, routeId) => `${what} was sent in a path on route ${routeId || 'none'}, which ends up in logs`,
  query: (what, routeId) => `${what} was sent in a query on route ${routeId || 'none'}, which ends up in logs`,
  referer: (what) => `${what} was sent in a Referer: it stood in the address of a page`,
};
