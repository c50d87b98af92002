import type { ServerResponse } from 'node:http';

/** What a handler gives back; only the server writes it to the wire. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'text'; readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'stream'; open(response: ServerResponse): void };

/** One wrong field of a request, as a JSON pointer into the body or the name of a parameter. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/** A refusal that is part of the API's contract; becomes `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[];
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    title: string,
    detail: string,
    errors: readonly FieldError[] = [],
    headers: Record<string, string> = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.errors = errors;
    this.headers = headers;
  }
}

export function json(status: number, body: unknown, headers?: Record<string, string>): Answer {
  return headers === undefined ? { kind: 'json', status, body } : { kind: 'json', status, body, headers };
}

export function notFound(what: string): Problem {
  return new Problem(404, 'Not found', `There is no such ${what}.`);
}

export function invalid(field: string, detail: string): Problem {
  return new Problem(400, 'Invalid request', `${field}: ${detail}`, [{ field, detail }]);
}

/** Sends an answer; a HEAD request gets the head alone. */
export function sendAnswer(response: ServerResponse, answer: Answer, headOnly: boolean): void {
  switch (answer.kind) {
    case 'stream':
      if (headOnly) response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
      else answer.open(response);
      return;
    case 'empty':
      response.writeHead(204);
      response.end();
      return;
    case 'text':
      sendText(response, answer.status, answer.contentType, answer.text, {}, headOnly);
      return;
    case 'json':
      sendText(
        response,
        answer.status,
        'application/json',
        JSON.stringify(answer.body),
        answer.headers ?? {},
        headOnly,
      );
  }
}

export function sendProblem(response: ServerResponse, problem: Problem, headOnly: boolean): void {
  const body = {
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  };
  const text = JSON.stringify(body);
  sendText(response, problem.status, 'application/problem+json', text, problem.headers, headOnly);
}

function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string>,
  headOnly: boolean,
): void {
  const body = Buffer.from(text);
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': body.length });
  response.end(headOnly ? undefined : body);
}
