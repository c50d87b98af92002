import type { Call } from '../../api/shapes.ts';

/** What the table shows of a call: a hundred thousand of them have to fit into the memory of a page. */
export type CallRow = Pick<
  Call,
  | 'requestId'
  | 'timeMs'
  | 'method'
  | 'path'
  | 'routeId'
  | 'consumer'
  | 'address'
  | 'outcome'
  | 'reason'
  | 'status'
  | 'durationMicros'
  | 'error'
>;

export function rowOf(call: Call): CallRow {
  const { requestId, timeMs, method, path, routeId, consumer, address } = call;
  const { outcome, reason, status, durationMicros, error } = call;
  return {
    requestId,
    timeMs,
    method,
    path,
    routeId,
    consumer,
    address,
    outcome,
    reason,
    status,
    durationMicros,
    error,
  };
}
