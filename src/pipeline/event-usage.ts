import type { Outcome } from '../core/event.ts';
import { EVENT_VERSION, type EventBytes, FIXED_BYTES, outcomeOf } from './event-layout.ts';

/** Positions of the strings of an event that usage is counted by, in the order they stand in the text. */
const REQUEST_ID = 48;
const HOST = 50;
const PATH = 52;
const ADDRESS = 54;
const USER_AGENT = 56;
const ROUTE = 58;
const CONSUMER = 60;
const CREDENTIAL = 62;
/** What stands between authenticator and signals. */
const METHOD = 64;
const SCHEME = 66;
const VERSION = 68;
const REASON = 70;
const DETAIL = 72;
const ERROR = 74;
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
  outcome: Outcome;
  status: number;
  durationMicros: number;
  consumer: string;
  reason: string;
  error: string;
}

export function emptyEventUsage(): EventUsage {
  return {
    requestId: '',
    timeMs: 0,
    denied: false,
    address: '',
    userAgent: '',
    routeId: '',
    credentialId: '',
    authenticator: '',
    signals: '',
    outcome: 'permitted',
    status: 0,
    durationMicros: 0,
    consumer: '',
    reason: '',
    error: '',
  };
}

/** Reads those parts of the whole record at `offset` (see eventLength). False where it is of another version. A fourth of what decoding all of it costs. */
export function readEventUsage({ bytes, view }: EventBytes, offset: number, into: EventUsage): boolean {
  if (view.getUint8(offset + 4) !== EVENT_VERSION) return false;
  const credential = view.getUint16(offset + CREDENTIAL, true);
  const signals = view.getUint16(offset + SIGNALS, true);
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
  into.consumer = text.slice(consumerAt, credentialAt);
  const reasonAt = authenticatorAt + length(AUTHENTICATOR) + length(METHOD) + length(SCHEME) + length(VERSION);
  const detailAt = reasonAt + length(REASON);
  const errorAt = detailAt + length(DETAIL);
  const signalsAt = errorAt + length(ERROR);
  into.reason = text.slice(reasonAt, detailAt);
  into.error = text.slice(errorAt, signalsAt);
  into.signals = text.slice(signalsAt, signalsAt + signals);
  into.timeMs = view.getFloat64(offset + 8, true);
  into.outcome = outcomeOf({ bytes, view }, offset);
  into.denied = into.outcome === 'denied';
  into.status = view.getUint16(offset + 44, true);
  into.durationMicros = view.getUint32(offset + 32, true);
  return into.credentialId.length === credential;
}
