import type { Call, HeaderFields } from '../src/core/call.ts';
import type { Leaf } from '../src/detect/leaf.ts';
import { LeafReader } from '../src/detect/leaves/read-call.ts';
import { DEFAULT_LEAF_LIMITS } from '../src/detect/leaves/walk.ts';

/** A recorded request as a route of the gateway has it. */
export interface RecordedCall {
  readonly call: Call;
  readonly body: Uint8Array;
}

/** From the octets of an HTTP/1.1 request with a target in origin form; undefined for any other. */
export function recordedCall(raw: Buffer): RecordedCall | undefined {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = raw.toString('latin1', 0, end).split('\r\n');
  const [method, target] = (first ?? '').split(' ');
  if (method === undefined || !target?.startsWith('/')) return undefined;
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { call: callTo(method, target, headers), body: raw.subarray(end + 4) };
}

/** `headers`: names in lower case and values in turn. */
export function callTo(method: string, target: string, headers: HeaderFields): Call {
  const mark = target.indexOf('?');
  return {
    requestId: '',
    method,
    scheme: 'https',
    host: '',
    path: mark < 0 ? target : target.slice(0, mark),
    pathAmbiguities: 0,
    query: mark < 0 ? '' : target.slice(mark + 1),
    httpVersion: '1.1',
    headers,
    address: { text: '192.0.2.1', group: '192.0.2.1' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'length',
    bodyBytesDeclared: 0,
    upgrade: '',
    fault: undefined,
  };
}

const reader = new LeafReader(DEFAULT_LEAF_LIMITS);

/** Every value and name of a call, read as the gateway reads it and kept. */
export function leavesOf({ call, body }: RecordedCall): Leaf[] {
  const leaves: Leaf[] = [];
  reader.read(
    call,
    call.path,
    [],
    { kind: 'bytes', bytes: body },
    {
      visit({ location, isKey, path, text, decoded }) {
        leaves.push({ location, isKey, path, text, decoded });
      },
    },
  );
  return leaves;
}
