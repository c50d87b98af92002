import { type Call, headerValue } from '../core/call.ts';
import type { TokenLocation } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOT_APPLICABLE, type Verdict } from '../core/verdict.ts';

/** A token as it was presented; `scheme` is how (RFC 6750 §2.1, RFC 9449 §7.1). */
export interface PresentedToken {
  readonly scheme: 'bearer' | 'dpop';
  readonly text: string;
}

/** Parameter that RFC 6750 §2.3 names; a token in it is noticed even where none is taken. */
const USUAL_PARAMETER = 'access_token';

/**
 * Finds the one token of a call: behind `Bearer` or `DPoP` in `Authorization`, or in the query parameter where one is
 * named. Answers a verdict where there is none, or more than one (RFC 6750 §2). `Authorization` itself cannot be repeated:
 * framing refuses that. Does not look at the token.
 */
export function readBearerToken(call: Call, { queryParameter }: TokenLocation): PresentedToken | Verdict {
  const presented = headerToken(headerValue(call.headers, 'authorization'));
  if (presented !== undefined && 'kind' in presented) return presented;
  if (call.query === '') return presented ?? NOT_APPLICABLE;
  const names = queryParameter ?? USUAL_PARAMETER;
  const inQuery = parameterValues(call.query, names);
  if (inQuery.length === 0) return presented ?? NOT_APPLICABLE;
  if (presented !== undefined || inQuery.length > 1) return SEVERAL;
  if (queryParameter === undefined) return IN_QUERY;
  const text = inQuery[0] ?? '';
  return isToken68(text) ? { scheme: 'bearer', text } : MALFORMED;
}

/** Whether a query has a parameter of that name, however it is spelt. */
export function hasParameter({ query }: Call, name: string): boolean {
  return query !== '' && parameterValues(query, name).length > 0;
}

/** Whether a call carries anything of this kind, right or wrong. */
export function presentsBearerToken(call: Call, { queryParameter }: TokenLocation): boolean {
  const presented = headerToken(headerValue(call.headers, 'authorization'));
  if (presented !== undefined) return true;
  return queryParameter !== undefined && parameterValues(call.query, queryParameter).length > 0;
}

function headerToken(value: string | undefined): PresentedToken | Verdict | undefined {
  if (value === undefined) return undefined;
  const space = value.indexOf(' ');
  const scheme = (space < 0 ? value : value.slice(0, space)).toLowerCase();
  if (scheme !== 'bearer' && scheme !== 'dpop') return undefined;
  // RFC 9110 §11.6.2 allows several spaces; one spelling is enough for every client there is.
  const text = space < 0 ? '' : value.slice(space + 1);
  return isToken68(text) ? { scheme, text } : MALFORMED;
}

/**
 * `token68` of RFC 9110 §11.2, without its length bound, which the caller has; and what some issuers make of it, with padding
 * before each dot of a token.
 */
function isToken68(text: string): boolean {
  let isPadding = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3d) {
      if (i === 0) return false;
      isPadding = true;
    } else if (!isToken68Character(code) || (isPadding && i > 0 && code !== 0x2e)) return false;
    else isPadding = false;
  }
  return text !== '' && text.charCodeAt(0) !== 0x3d;
}

function isToken68Character(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x41 && code <= 0x5a) return true;
  if (code >= 0x2d && code <= 0x39) return true; // - . / 0–9
  return code === 0x5f || code === 0x7e || code === 0x2b;
}

/** Decoded values of every parameter of that name. One that cannot be decoded counts as empty, which is no token. */
function parameterValues(query: string, name: string): readonly string[] {
  // Cheap for the calls that have nothing of the kind; an encoded name always has a percent sign.
  if (!query.includes(name) && !query.includes('%')) return NONE;
  const values: string[] = [];
  for (const pair of query.split('&')) {
    const mark = pair.indexOf('=');
    if (decoded(mark < 0 ? pair : pair.slice(0, mark)) !== name) continue;
    values.push(mark < 0 ? '' : decoded(pair.slice(mark + 1)));
  }
  return values;
}

function decoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

const NONE: readonly string[] = Object.freeze([]);
const MALFORMED = refusal('authn.token_malformed', 'token.form', 'not a scheme, one space and a token');
const SEVERAL = refusal('authn.location', 'token.several', 'a token in more than one place');
const IN_QUERY: Verdict = Object.freeze({
  kind: 'notApplicable',
  declined: { reason: 'authn.location', detail: 'a token in the query', signals: [{ name: 'token.in_query' }] },
} as const);

function refusal(reason: ReasonCode, signal: string, detail: string): Verdict {
  return Object.freeze({ kind: 'deny', reason, detail, signals: [{ name: signal }] } as const);
}
