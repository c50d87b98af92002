import { QUOTA_PERMITS_MAX } from './quota.ts';

export type ParsedRate =
  | { readonly ok: true; readonly permits: number; readonly windowSeconds: number }
  | { readonly ok: false; readonly problem: string };

export type ParsedQuota =
  | { readonly ok: true; readonly permits: number; readonly window: 'day' | 'month' | number }
  | { readonly ok: false; readonly problem: string };

type Unit = 's' | 'm' | 'h' | 'd' | 'mo';

const UNIT_SECONDS: Readonly<Record<Unit, number>> = { s: 1, m: 60, h: 3600, d: 86_400, mo: 30 * 86_400 };
const WINDOW_SECONDS_MAX = 366 * 86_400;
/** Anchored, bounded repetitions, no alternative shares a prefix it could go back over: linear. */
const LIMIT_TEXT = /^([0-9]{1,10})\/([0-9]{0,8})(s|mo|m|h|d)$/;

/** Parses `100/1m`, `10/s`, `1000/2h`. A month of a rate is 30 days: a rate knows no calendar. */
export function parseRate(text: string): ParsedRate {
  const parts = parseParts(text, '100/1m or 10/s');
  if (typeof parts === 'string') return { ok: false, problem: parts };
  return { ok: true, permits: parts.permits, windowSeconds: parts.count * UNIT_SECONDS[parts.unit] };
}

/**
 * Parses `100000/1mo`, `5000/1d`, `200/10m`. One day and one month are calendar windows in UTC; any other length is
 * that many seconds, counted from 1970-01-01.
 */
export function parseQuota(text: string): ParsedQuota {
  const parts = parseParts(text, '100000/1mo or 5000/1d');
  if (typeof parts === 'string') return { ok: false, problem: parts };
  const { permits, count, unit } = parts;
  if (unit === 'd' && count === 1) return { ok: true, permits, window: 'day' };
  if (unit === 'mo') {
    if (count === 1) return { ok: true, permits, window: 'month' };
    return { ok: false, problem: `"${text}": a quota counts one calendar month (1mo); for longer windows give days` };
  }
  return { ok: true, permits, window: count * UNIT_SECONDS[unit] };
}

function parseParts(text: string, example: string): { permits: number; count: number; unit: Unit } | string {
  const match = LIMIT_TEXT.exec(text);
  const unit = match?.[3];
  if (match === null || !isUnit(unit)) return `"${shown(text)}" is not of the form ${example} (units s, m, h, d, mo)`;
  const permits = Number(match[1]);
  const count = match[2] === '' ? 1 : Number(match[2]);
  if (permits < 1 || permits > QUOTA_PERMITS_MAX) return `"${text}": permits must be from 1 to ${QUOTA_PERMITS_MAX}`;
  if (count < 1) return `"${text}": the window must be at least 1${unit}`;
  if (count * UNIT_SECONDS[unit] > WINDOW_SECONDS_MAX) return `"${text}": the window must be at most 366 days`;
  return { permits, count, unit };
}

function isUnit(unit: string | undefined): unit is Unit {
  return unit !== undefined && Object.hasOwn(UNIT_SECONDS, unit);
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
