import type { CallEvent } from '../core/event.ts';
import type { EventFilter } from '../ports.ts';

/** Says whether an event passes every condition of the filter. */
export function matchesFilter(event: CallEvent, filter: EventFilter): boolean {
  return (
    (filter.fromMs === undefined || event.timeMs >= filter.fromMs) &&
    (filter.toMs === undefined || event.timeMs <= filter.toMs) &&
    (filter.outcome === undefined || event.outcome === filter.outcome) &&
    (filter.method === undefined || event.method === filter.method) &&
    (filter.status === undefined || event.status === filter.status) &&
    (filter.statusClass === undefined || Math.floor(event.status / 100) === filter.statusClass) &&
    (filter.consumer === undefined || event.consumer === filter.consumer) &&
    (filter.credentialId === undefined || event.credentialId === filter.credentialId) &&
    (filter.routeId === undefined || event.routeId === filter.routeId) &&
    (filter.reason === undefined || event.reason === filter.reason || event.error === filter.reason) &&
    (filter.address === undefined || event.address === filter.address) &&
    (filter.pathPrefix === undefined || event.path.startsWith(filter.pathPrefix)) &&
    (filter.text === undefined || holdsText(event, filter.text))
  );
}

/** `text` is in lower case. A text across two of these is found too, which harms nobody. */
function holdsText(event: CallEvent, text: string): boolean {
  const { requestId, method, host, path, address, userAgent, routeId, consumer, credentialId } = event;
  const { reason, error, detail, signals } = event;
  return `${requestId} ${method} ${host}${path} ${address} ${userAgent} ${routeId} ${consumer} ${credentialId} ${reason} ${error} ${detail} ${signals.join(' ')}`
    .toLowerCase()
    .includes(text);
}
