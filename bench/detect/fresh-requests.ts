import { readFileSync } from 'node:fs';
import { canonicalPath, canonicalQuery } from '../../src/http/path.ts';
import { callTo, type RecordedCall } from '../../training/recorded-call.ts';

/** A whole request by another hand, and of what kind it is: the class of its attack, or where it belongs. */
export interface FreshRequest {
  readonly kind: string;
  readonly recorded: RecordedCall;
  /** Its path or query could be read in two ways: a route that says nothing of that refuses it, whatever is in it. */
  readonly isAmbiguous: boolean;
}

interface Line {
  readonly kind: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Requests of a file of JSON lines. */
export function requestsOf(file: URL | string): FreshRequest[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))
    .map(({ kind, method, target, headers, body }) => {
      const call = callTo(method, target, Object.entries(headers).flat());
      const path = canonicalPath(call.path);
      return {
        kind,
        recorded: { call: path.kind === 'path' ? { ...call, path: path.path } : call, body: Buffer.from(body) },
        isAmbiguous: path.kind === 'fault' || path.ambiguities !== 0 || canonicalQuery(call.query) === undefined,
      };
    });
}
