import { type TimeWindow, WEEKDAYS, type Weekday } from '../core/access.ts';

const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;

interface Moment {
  readonly day: Weekday;
  readonly minutes: number;
}

/** Whether a time lies in one of the windows. What it is in each zone is found once a minute. */
export function compileTimes(windows: readonly TimeWindow[]): (nowMs: number) => boolean {
  const compiled = windows.map((window) => ({ window, momentOf: zoneClock(window.zone) }));
  let knownMinute = Number.NaN;
  let known = false;
  return (nowMs) => {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== knownMinute) {
      known = compiled.some(({ window, momentOf }) => holds(window, momentOf(nowMs)));
      knownMinute = minute;
    }
    return known;
  };
}

/** Whether there is such a zone. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function holds({ days, fromMinutes, toMinutes }: TimeWindow, { day, minutes }: Moment): boolean {
  const begins = (on: Weekday): boolean => days.length === 0 || days.includes(on);
  if (fromMinutes < toMinutes) return begins(day) && minutes >= fromMinutes && minutes < toMinutes;
  // Over midnight: the evening of the day it begins on, or the morning after.
  return (begins(day) && minutes >= fromMinutes) || (begins(dayBefore(day)) && minutes < toMinutes);
}

function dayBefore(day: Weekday): Weekday {
  return WEEKDAYS[(WEEKDAYS.indexOf(day) + WEEKDAYS.length - 1) % WEEKDAYS.length] ?? day;
}

function zoneClock(zone: string): (nowMs: number) => Moment {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (nowMs) => {
    const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    const day = WEEKDAYS.find((name) => name === (parts.get('weekday') ?? '').toLowerCase());
    const minutes = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
    if (day === undefined || !(minutes >= 0 && minutes < DAY_MINUTES)) throw new RangeError('no time of day');
    return { day, minutes };
  };
}
