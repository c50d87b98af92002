import { parseStrictJson } from '../../crypto/jose/strict-json.ts';
import type { JsonObject } from '../../crypto/jose/types.ts';
import type { Fetch, OutboundAnswer, OutboundRequest } from '../../ports.ts';
import type { Answered } from './remote-answers.ts';

const ANSWER_BYTES_MAX = 65_536;
const JSON_LIMITS = { depthMax: 16, membersMax: 1_024 };

export type JsonAnswer =
  | { readonly kind: 'json'; readonly value: JsonObject }
  /** 404 or 410: the server knows no such resource. */
  | { readonly kind: 'absent' }
  | Extract<Answered<never>, { kind: 'failed' }>;

/**
 * Asks a server that has to answer one JSON object. Redirects are never followed, and what is labelled or written
 * otherwise is a failure: a page that says 200 is no answer. Never rejects; no detail holds any part of an answer.
 */
export async function askJson(
  question: Pick<OutboundRequest, 'method' | 'url' | 'body' | 'timeoutMs' | 'allowPrivateAddresses' | 'caFile'>,
  token: string | undefined,
  send: Fetch,
): Promise<JsonAnswer> {
  let answer: OutboundAnswer;
  try {
    answer = await send({
      ...question,
      headers: {
        accept: 'application/json',
        ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      bytesMax: ANSWER_BYTES_MAX,
    });
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'no answer', true);
  }
  const { status } = answer;
  if (status === 404 || status === 410) return ABSENT;
  if (status === 401 || status === 403) return failed(`it refuses the gateway (${status})`, true);
  if (status !== 200) return failed(`it answered ${status}`, status >= 500 || status === 429);
  if (!isJson(answer.headers['content-type'])) return failed('what it answered is not labelled as JSON', false);
  const json = parseStrictJson(answer.body, JSON_LIMITS);
  return json.ok
    ? { kind: 'json', value: json.value }
    : failed(`what it answered is not usable: ${json.fault.detail}`, false);
}

const ABSENT: JsonAnswer = Object.freeze({ kind: 'absent' });

function failed(detail: string, isDown: boolean): Extract<Answered<never>, { kind: 'failed' }> {
  return { kind: 'failed', detail, isDown };
}

function isJson(contentType: string | undefined): boolean {
  const type = (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}
