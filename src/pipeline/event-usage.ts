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
/** What stands between credential and signals: method, scheme, version, reason, detail, error. */
const BETWEEN = [64, 66, 68, 70, 72, 74] as const;
const AUTHENTICATOR = 76;
const SIGNALS = 78;

/** What of an event the control plane looks at; filled in place, so that reading many costs no objects. */
export interface EventUsage {
  requestId: string;
  timeMs: number;
  denied: boolean;
  address: string;
  userAgent: string;
  routeId: string;
  credentialId: string;
  authenticator: string;
  /** Names with spaces between, or empty. */
  signals: string;
}

/**
 * Reads those parts of the whole record at `offset` (see eventLength). False where it names neither a credential nor a
 * signal, or is of another version. A fourth of what decoding all of it costs.
 */
export function readEventUsage({ bytes, view }: EventBytes, offset: number, into: EventUsage): boolean {
  if (view.getUint8(offset + 4) !== EVENT_VERSION) return false;
  const credential = view.getUint16(offset + CREDENTIAL, true);
  const signals = view.getUint16(offset + SIGNALS, true);
  if (credential === 0 && signals === 0) return false;
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
  into.requestId = text.slice(0, length(REQUEST_ID));
  into.address = text.slice(addressAt, agentAt);
  into.userAgent = text.slice(agentAt, routeAt);
  into.routeId = text.slice(routeAt, consumerAt);
  into.credentialId = text.slice(credentialAt, authenticatorAt);
  into.authenticator = text.slice(authenticatorAt, authenticatorAt + length(AUTHENTICATOR));
  let signalsAt = authenticatorAt + length(AUTHENTICATOR);
  if (signals > 0) for (const position of BETWEEN) signalsAt += length(position);
  into.signals = text.slice(signalsAt, signalsAt + signals);
  into.timeMs = view.getFloat64(offset + 8, true);
  into.denied = OUTCOMES[view.getUint8(offset + 5) & 3] === 'denied';
  return into.credentialId.length === credential;
}
