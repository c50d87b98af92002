import type { Call } from '../core/call.ts';
import type { Configuration } from '../core/configuration.ts';
import { type CallPolicy, compileCallPolicy, toCall } from './call.ts';
import type { RawHead } from './framing.ts';

const listen: Configuration['listen'] = {
  host: '127.0.0.1',
  port: 0,
  tls: undefined,
  limits: {
    connectionsMax: 1,
    connectionsPerAddressMax: 1,
    callsInProgressMax: 1,
    headerBytesMax: 16_384,
    headerFieldsMax: 100,
    headersTimeoutSeconds: 1,
    requestTimeoutSeconds: 1,
    keepAliveTimeoutSeconds: 1,
    idleTimeoutSeconds: 1,
    drainSeconds: 1,
  },
};

export function policyWith(
  trustedProxies: readonly string[],
  limits: Partial<Configuration['listen']['limits']> = {},
): CallPolicy {
  return compileCallPolicy({ trustedProxies, listen: { ...listen, limits: { ...listen.limits, ...limits } } }, [
    'x-api-key',
  ]);
}

/** Nobody's forwarded fields are believed; credentials come in `x-api-key`. */
export const policy = policyWith([]);

/** What a test says of a head; `fields` come after the ones every head of its version has. */
export type HeadChange = Partial<RawHead> & { readonly fields?: readonly string[] };

/** A head of HTTP/1.1 from 192.0.2.1 as it reaches `toCall`. */
export function headOf({ fields = [], ...change }: HeadChange): RawHead {
  return {
    method: 'GET',
    target: '/a',
    httpVersion: '1.1',
    rawHeaders: ['Host', 'api.example.com', ...fields],
    encrypted: false,
    remoteAddress: '192.0.2.1',
    peer: undefined,
    ...change,
  };
}

/** A head of HTTP/2, pseudo fields first. */
export function http2HeadOf({ fields = [], ...change }: HeadChange): RawHead {
  const method = change.method ?? 'GET';
  const target = change.target ?? '/a';
  const pseudo = [':method', method, ':scheme', 'https', ':authority', 'api.example.com', ':path', target];
  return headOf({ httpVersion: '2.0', encrypted: true, rawHeaders: [...pseudo, ...fields], ...change });
}

export function read(change: HeadChange, by: CallPolicy = policy): Call {
  return toCall(headOf(change), by, 'id');
}

export function readHttp2(change: HeadChange, by: CallPolicy = policy): Call {
  return toCall(http2HeadOf(change), by, 'id');
}
