const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `30s`, `15m`, `24h`, `90d`; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,9})([smhd])$/.exec(text);
  const unit = SECONDS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** Years of four digits, the range of RFC 3339, end here. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Unix milliseconds of a time to come: a duration from now on (`90d`), a day (`2030-01-31`, its first moment in UTC) or a
 * time (RFC 3339). Undefined where it is none of these or does not lie ahead.
 */
export function parseFutureTime(text: string, nowMs: number): number | undefined {
  const seconds = parseDuration(text);
  const ms = seconds === undefined ? dateMs(text) : nowMs + seconds * 1000;
  return ms !== undefined && ms > nowMs && ms <= LAST_MS ? ms : undefined;
}

/** A time without an offset would mean something else on every machine, so that RFC 3339 requires one. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/;

function dateMs(text: string): number | undefined {
  const day = DATE.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  // 30 February is read as a day of March.
  if (Number.isNaN(midnightMs) || new Date(midnightMs).toISOString().slice(0, 10) !== day) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
