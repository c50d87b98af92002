import { EVENT_VERSION, type EventBytes, FIXED_BYTES, OUTCOMES } from './event-layout.ts';

/** Positions of the strings of an event that usage is counted by, in the order they stand in the text. */
const REQUEST_ID = 48;
const HOST = 50;
const PATH = 52;
const ADDRESS = 54;
const USER_AGENT = 56;
const ROUTE = 58;
const CONSUMER = 60;
const CREDENTIAL = 62;
const AUTHENTICATOR = 76;

/** What of an event says how a credential is used; filled in place, so that reading many costs no objects. */
export interface EventUsage {
  timeMs: number;
  denied: boolean;
  address: string;
  userAgent: string;
  routeId: string;
  credentialId: string;
  authenticator: string;
}

/**
 * Reads those parts of the whole record at `offset` (see eventLength). False where it names no credential, or is of another
 * version. A fourth of what decoding all of it costs.
 */
export function readEventUsage({ bytes, view }: EventBytes, offset: number, into: EventUsage): boolean {
  if (view.getUint8(offset + 4) !== EVENT_VERSION) return false;
  const credential = view.getUint16(offset + CREDENTIAL, true);
  if (credential === 0) return false;
  const end = offset + view.getUint32(offset, true);
  const textAt = offset + view.getUint16(offset + 46, true);
  if (textAt < offset + FIXED_BYTES || textAt > end) return false;
  const text = bytes.toString('utf8', textAt, end);
  const length = (position: number): number => view.getUint16(offset + position, true);
  const addressAt = length(REQUEST_ID) + length(HOST) + length(PATH);
  const agentAt = addressAt + length(ADDRESS);
  const routeAt = agentAt + length(USER_AGENT);
  const consumerAt = routeAt + length(ROUTE);
  const credentialAt = consumerAt + length(CONSUMER);
  const authenticatorAt = credentialAt + credential;
  into.address = text.slice(addressAt, agentAt);
  into.userAgent = text.slice(agentAt, routeAt);
  into.routeId = text.slice(routeAt, consumerAt);
  into.credentialId = text.slice(credentialAt, authenticatorAt);
  into.authenticator = text.slice(authenticatorAt, authenticatorAt + length(AUTHENTICATOR));
  into.timeMs = view.getFloat64(offset + 8, true);
  into.denied = OUTCOMES[view.getUint8(offset + 5) & 3] === 'denied';
  return into.credentialId.length === credential;
}
