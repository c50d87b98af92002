import { createHash, verify } from 'node:crypto';
import type { Observation } from '../core/finding.ts';
import type { Clock } from '../ports.ts';
import type { GithubSigningKeys } from './github-signing-keys.ts';
import type { IssuedKeyCheck } from './issued-key.ts';

export interface GithubSecretScanningOptions {
  readonly keys: Pick<GithubSigningKeys, 'find'>;
  readonly issuedKey: IssuedKeyCheck;
  /** Called for every key of ours that was found, with what to tell of it. */
  readonly leaked: (keyId: string, observation: Observation) => void;
  readonly clock: Clock;
}

export interface HookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Answers one message. `headers`: lower-case names; `rawBody`: the bytes as they came, for they are what was signed. */
export type Hook = (
  rawBody: Uint8Array,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
) => Promise<HookAnswer>;

/** A longer body is not read. */
export const HOOK_BODY_BYTES_MAX = 1_048_576;
const MATCHES_MAX = 10_000;
const SIGNATURE_CHARACTERS_MAX = 256;
const IDENTIFIER_CHARACTERS_MAX = 128;
const URL_CHARACTERS_MAX = 300;
const TYPE_CHARACTERS_MAX = 100;
/** Sightings remembered, so that a message that is sent again tells nothing anew. */
const SEEN_MAX = 10_000;

interface Match {
  readonly token: string;
  readonly type: string;
  readonly url: string;
  readonly source: string;
}

/**
 * Takes the messages of GitHub's secret scanning partner programme: what looks like a key of ours was published. Does nothing
 * before the signature over the very bytes is right (ECDSA, P-256, SHA-256). A key counts only where it was issued here and its
 * secret is right; the answer says so of each, by its SHA-256.
 */
export function createGithubSecretScanning({ keys, issuedKey, leaked, clock }: GithubSecretScanningOptions): Hook {
  const seen = new Set<string>();
  return async (rawBody, headers) => {
    if (rawBody.length > HOOK_BODY_BYTES_MAX) return problem(413, 'the message is too large');
    const identifier = headers['github-public-key-identifier'];
    const signature = headers['github-public-key-signature'];
    if (!isText(identifier, IDENTIFIER_CHARACTERS_MAX) || !isText(signature, SIGNATURE_CHARACTERS_MAX))
      return problem(401, 'the message is not signed');
    const key = await keys.find(identifier);
    if (key === 'unavailable') return problem(503, 'the public keys cannot be had');
    if (key === 'unknown') return problem(403, 'there is no such public key');
    if (!verify('sha256', rawBody, { key, dsaEncoding: 'der' }, Buffer.from(signature, 'base64')))
      return problem(403, 'the signature is wrong');
    const matches = matchesOf(rawBody);
    if (matches === undefined) return problem(400, 'not an array of matches');
    if (matches.length > MATCHES_MAX) return problem(413, `more than ${MATCHES_MAX} matches`);
    const labels: { token_hash: string; token_type: string; label: 'true_positive' | 'false_positive' }[] = [];
    for (const match of matches) {
      const keyId = await issuedKey(match.token);
      labels.push({
        token_hash: createHash('sha256').update(match.token).digest('hex'),
        token_type: match.type,
        label: keyId === undefined ? 'false_positive' : 'true_positive',
      });
      if (keyId === undefined) continue;
      const place = `${keyId} ${match.url}`;
      if (seen.has(place)) continue;
      if (seen.size >= SEEN_MAX) seen.clear();
      seen.add(place);
      leaked(keyId, observationOf(keyId, match, clock.nowMs()));
    }
    return { status: 200, contentType: 'application/json', text: JSON.stringify(labels) };
  };
}

function observationOf(keyId: string, match: Match, timeMs: number): Observation {
  const url = shownUrl(match);
  return {
    detector: 'leak.key_published',
    actor: 'GitHub',
    subject: keyId,
    severity: 'critical',
    certainty: 1,
    title: `the key ${keyId} was published${url === undefined ? '' : ` at ${url}`} (${match.source || 'unknown'}), says GitHub`,
    timeMs,
    requestId: '',
  };
}

/** Where it was found, as far as it can be shown: the address must not hold the key, nor anything but an address. */
function shownUrl({ url, token }: Match): string | undefined {
  const parsed = url.length > URL_CHARACTERS_MAX ? null : URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') || parsed.username !== '')
    return undefined;
  return parsed.href.includes(token) || safeDecoded(parsed.href).includes(token) ? undefined : parsed.href;
}

function safeDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function matchesOf(body: Uint8Array): readonly Match[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const matches: Match[] = [];
  for (const one of list as readonly unknown[]) {
    if (typeof one !== 'object' || one === null) return undefined;
    const { token, type, url = '', source = '' } = one as Readonly<Record<string, unknown>>;
    if (typeof token !== 'string' || typeof type !== 'string' || typeof url !== 'string' || typeof source !== 'string')
      return undefined;
    const known = SOURCE.test(source) ? source : '';
    matches.push({ token, type: type.slice(0, TYPE_CHARACTERS_MAX), url, source: known });
  }
  return matches;
}

/** `content`, `Pull_request_title` and the like. */
const SOURCE = /^[A-Za-z_]{1,40}$/;

function isText(value: string | readonly string[] | undefined, charactersMax: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= charactersMax;
}

function problem(status: number, title: string): HookAnswer {
  return { status, contentType: 'application/problem+json', text: JSON.stringify({ status, title }) };
}
