import { sentenceText } from '../../state/format.ts';

/** What a detector found, in words: its name, what it means, and what to do about it. */
export interface DetectorText {
  readonly name: string;
  readonly meaning: string;
  readonly next: string;
}

const TEXTS: Readonly<Record<string, DetectorText>> = {
  'decoy.key_used': {
    name: 'A planted key was used',
    meaning: 'Nobody was given this key: whoever uses it has read the place where it was planted.',
    next: 'Find out who can read that place, and what else lies there.',
  },
  'decoy.token_used': {
    name: 'A planted token was used',
    meaning: 'Nobody was given this token: whoever uses it has read the place where it was planted.',
    next: 'Find out who can read that place, and what else lies there.',
  },
  'decoy.client_used': {
    name: 'A planted client was used',
    meaning: 'Nobody was given these credentials: whoever uses them has read the place where they were planted.',
    next: 'Find out who can read that place, and what else lies there.',
  },
  'leak.key_published': {
    name: 'A key was published',
    meaning: 'The key stands where everybody can read it.',
    next: 'Rotate the key, give its owner the new one, and revoke the old one.',
  },
  'leak.key_in_response': {
    name: 'An answer holds a key',
    meaning: 'The API sends a key of this gateway to its callers.',
    next: 'Rotate the key, and take it out of the answer.',
  },
  'leak.key_in_query': {
    name: 'A key stands in an address',
    meaning: 'Addresses are written into the logs of every machine on the way.',
    next: 'Rotate the key, and have it sent in its header.',
  },
  'leak.secret_in_response': {
    name: 'An answer holds a secret',
    meaning: 'The API sends a credential of another service to its callers.',
    next: 'Have the secret changed where it is from, and take it out of the answer.',
  },
  'leak.secret_in_query': {
    name: 'A secret stands in an address',
    meaning: 'Addresses are written into the logs of every machine on the way.',
    next: 'Have the secret changed where it is from, and sent in a header or body.',
  },
  'credential.predictable': {
    name: 'Predictable credentials',
    meaning: 'Who knows a few of them can guess others.',
    next: 'Have them made at random, at least 128 bits of it, and replace those that are out.',
  },
  'key.ends_soon': {
    name: 'A key ends soon',
    meaning: 'Its owner is cut off then, unless it is replaced before.',
    next: 'Rotate the key with a grace, and give its owner the new one; where it was rotated, have its owner use that one.',
  },
  'key.idle_disabled': {
    name: 'An idle key was disabled',
    meaning: 'Nobody used it for as long as keys may be idle.',
    next: 'Enable it where its owner asks; revoke it where nobody does.',
  },
  'key.routes_gone': {
    name: 'A key names routes that are gone',
    meaning: 'It is confined to routes the configuration no longer has.',
    next: 'Confine the key to routes there are, or revoke it.',
  },
  'jwt.nonce_reused': {
    name: 'A signing key has given itself away',
    meaning: 'Two signatures share a random number: the private key can be computed from them.',
    next: 'Have its issuer replace the key at once.',
  },
  'issuer.weak_key': {
    name: 'An issuer has a weak key',
    meaning: 'The key can be computed by somebody with time.',
    next: 'Have its issuer replace the key.',
  },
  'issuer.shared_prime': {
    name: 'Keys share a prime',
    meaning: 'Both private keys can be computed from the public ones.',
    next: 'Have both issuers replace their keys at once.',
  },
  'oauth.code_reuse': {
    name: 'An authorization code was used twice',
    meaning: 'Somebody else may have had the code; its tokens are refused.',
    next: 'See whether the client sends a request again, or its redirects are read by others.',
  },
  'oauth.refresh_reuse': {
    name: 'A replaced refresh token came back',
    meaning: 'Two parties hold the same token; the whole family is refused.',
    next: 'Find out where the client keeps its tokens, and who else reads them.',
  },
  'oauth.refresh_repeated': {
    name: 'A refresh was repeated',
    meaning: 'A client presented a token again within the grace, as one does that missed the answer.',
    next: 'Often this is a bad line. See whether it goes on.',
  },
  'oauth.refresh_flood': {
    name: 'A client refreshes without end',
    meaning: 'It asks for new tokens far more often than old ones end.',
    next: 'Look at the client: it may be in a loop.',
  },
  'oauth.exchange_widening': {
    name: 'An exchange asked for more than was there',
    meaning: 'Somebody tried to get more rights than the token they came with has.',
    next: 'Ask whose client it is, and why it needs those scopes.',
  },
};

/** For one this console does not know, its own name says what it can. */
export function detectorText(detector: string): DetectorText {
  return TEXTS[detector] ?? { name: nameOf(detector), meaning: '', next: '' };
}

export const DETECTORS: readonly string[] = Object.keys(TEXTS);

function nameOf(detector: string): string {
  const text = detector.replaceAll('_', ' ').replace('.', ': ');
  return sentenceText(text);
}
