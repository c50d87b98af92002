import type { Observation } from '../core/finding.ts';

/** Where a key was seen that belongs in no such place. */
export const LEAK_PLACES = ['response', 'query', 'referer'] as const;
export type LeakPlace = (typeof LEAK_PLACES)[number];

const PREFIX = 'leak.key_in_';

/** Signal of a call that carried a key where it must not be; the key's id is public. */
export function leakSignal(place: LeakPlace, keyId: string): string {
  return `${PREFIX}${place}:${keyId}`;
}

/** What such a signal means, or undefined where it is another one. */
export function leakOf(
  signal: string,
  call: { readonly timeMs: number; readonly requestId: string; readonly routeId: string; readonly address: string },
): Observation | undefined {
  if (!signal.startsWith(PREFIX)) return undefined;
  const colon = signal.indexOf(':');
  const place = LEAK_PLACES.find((one) => one === signal.slice(PREFIX.length, colon));
  const keyId = signal.slice(colon + 1);
  if (place === undefined || colon < 0 || keyId === '') return undefined;
  const { timeMs, requestId, routeId, address } = call;
  return {
    detector: `${PREFIX}${place}`,
    // The API gave it away, whoever asked; in a request it is the caller who did.
    actor: place === 'response' ? `route ${routeId}` : address,
    subject: keyId,
    severity: 'high',
    certainty: 1,
    title: TITLES[place](keyId, routeId),
    timeMs,
    requestId,
  };
}

const TITLES: Readonly<Record<LeakPlace, (keyId: string, routeId: string) => string>> = {
  response: (keyId, routeId) => `the API answered with the key ${keyId} on route ${routeId || 'none'}`,
  query: (keyId) => `the key ${keyId} was sent in a query, which ends up in logs`,
  referer: (keyId) => `the key ${keyId} was sent in a Referer: it stood in the address of a page`,
};

const NONCE_REUSED = 'jwt.nonce_reused:';

/** What it means that an issuer signed two tokens with one random number; undefined where the signal is another one. */
export function lostKeyOf(
  signal: string,
  call: { readonly timeMs: number; readonly requestId: string; readonly authenticator: string },
): Observation | undefined {
  if (!signal.startsWith(NONCE_REUSED)) return undefined;
  const kid = signal.slice(NONCE_REUSED.length);
  return {
    detector: 'jwt.nonce_reused',
    actor: call.authenticator,
    subject: kid,
    severity: 'critical',
    certainty: 1,
    title: `the issuer of ${call.authenticator} signed two tokens with one random number: its key ${kid} can be computed and must be replaced`,
    timeMs: call.timeMs,
    requestId: call.requestId,
  };
}
