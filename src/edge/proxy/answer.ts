import type { Decision, LimitState } from '../../core/decision.ts';
import { type ReasonCode, reasonOf } from '../../core/reasons.ts';
import type { ProblemError } from '../../core/verdict.ts';
import { problemBody } from '../../http/problem.ts';
import { rateLimitField } from '../../limit/ratelimit-headers.ts';
import { ORIGIN_PLACEHOLDER } from '../../pipeline/protected-resource.ts';

type Denial = Extract<Decision, { effect: 'deny' }>;

/** The problem document of a refusal (RFC 9457); the same length and shape for every caller of one reason. */
export function problemText(reason: ReasonCode, requestId: string, errors?: readonly ProblemError[]): string {
  return problemBody(reason, requestId, errors);
}

/** Header fields of a refusal. `denial` is undefined where the call was permitted and failed later. */
export function answerHeaders(
  reason: ReasonCode,
  requestId: string,
  body: string,
  denial: Denial | undefined,
  limits: readonly LimitState[] | undefined,
  origin: string,
): string[] {
  const headers = [
    'content-type',
    'application/problem+json',
    'content-length',
    String(body.length),
    'cache-control',
    'no-store',
    'sallyport-request-id',
    requestId,
  ];
  const { status } = reasonOf(reason);
  if (denial?.challenge !== undefined && (status === 401 || status === 403))
    headers.push('www-authenticate', withOrigin(denial.challenge, origin));
  if (denial?.location !== undefined) headers.push('location', denial.location);
  if (status === 429 || status === 503) headers.push('retry-after', String(denial?.retryAfterSeconds ?? 1));
  if (limits !== undefined && limits.length > 0) headers.push('ratelimit', rateLimitField(limits));
  if (denial !== undefined && denial.answerFields.length > 0) headers.push(...denial.answerFields);
  return headers;
}

/** Challenges are compiled once and say `{origin}` where the address the client knows belongs. */
function withOrigin(challenge: string, origin: string): string {
  return challenge.includes(ORIGIN_PLACEHOLDER) ? challenge.replaceAll(ORIGIN_PLACEHOLDER, () => origin) : challenge;
}

/** A whole HTTP/1.1 answer for bytes that never became a request. */
export function rawProblem(reason: ReasonCode, requestId: string): string {
  const body = problemText(reason, requestId);
  const headers = answerHeaders(reason, requestId, body, undefined, undefined, '');
  let text = `HTTP/1.1 ${reasonOf(reason).status} ${reasonOf(reason).title}\r\nconnection: close\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n${body}`;
}
