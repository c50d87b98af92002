import { type Call, PATH_AMBIGUITIES } from '../../core/call.ts';
import type { Leaf } from '../leaf.ts';
import { LeafReader, type LeafReport } from './read-call.ts';
import { DEFAULT_LEAF_LIMITS, type LeafLimits } from './walk.ts';

export interface Seen {
  readonly location: string;
  readonly isKey: boolean;
  readonly path: string;
  readonly text: string;
  readonly decoded: readonly string[];
}

/** What a call is made of, as far as leaves are in it. */
export interface Parts {
  readonly path?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly names?: readonly string[];
  readonly limits?: Partial<LeafLimits>;
  readonly ambiguous?: boolean;
}

export function callOf(parts: Parts): Call {
  return {
    requestId: 'test',
    method: 'POST',
    scheme: 'http',
    host: 'api.example.com',
    path: parts.path ?? '/',
    pathAmbiguities: parts.ambiguous === true ? 1 << PATH_AMBIGUITIES.indexOf('dotSegments') : 0,
    query: parts.query ?? '',
    httpVersion: '1.1',
    headers: [...(parts.headers ?? []), ...(parts.type === undefined ? [] : ['content-type', parts.type])],
    address: { text: '192.0.2.1', group: '192.0.2.1' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'length',
    bodyBytesDeclared: 0,
    upgrade: '',
    fault: undefined,
  };
}

/** Reads a call and copies what was shown. */
export function read(parts: Parts): { readonly leaves: readonly Seen[]; readonly report: LeafReport } {
  const leaves: Seen[] = [];
  const visitor = {
    visit({ location, isKey, path, text, decoded }: Leaf): void {
      leaves.push({ location, isKey, path, text, decoded });
    },
  };
  const reader = new LeafReader({ ...DEFAULT_LEAF_LIMITS, ...parts.limits });
  const bytes = typeof parts.body === 'string' ? Buffer.from(parts.body) : (parts.body ?? new Uint8Array(0));
  const call = callOf(parts);
  const report = reader.read(call, call.path, parts.names ?? [], { kind: 'bytes', bytes }, visitor);
  return { leaves, report };
}

/** Values only, as `path=text`. */
export function values(parts: Parts): string[] {
  return read(parts)
    .leaves.filter((leaf) => !leaf.isKey)
    .map((leaf) => `${leaf.path}=${leaf.text}`);
}
