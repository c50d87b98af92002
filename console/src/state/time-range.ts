import { signal } from '@preact/signals';
import { param, setParams } from './place.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Ranges that end now, by the name they have in the address. */
export const RANGES = [
  { name: '15m', text: 'Last 15 minutes', lengthMs: 15 * MINUTE },
  { name: '1h', text: 'Last hour', lengthMs: HOUR },
  { name: '6h', text: 'Last 6 hours', lengthMs: 6 * HOUR },
  { name: '24h', text: 'Last 24 hours', lengthMs: DAY },
  { name: '7d', text: 'Last 7 days', lengthMs: 7 * DAY },
] as const;

const DEFAULT = RANGES[1];

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** True where it ends now, and goes on as time does. */
  readonly open: boolean;
  readonly text: string;
  /** Name of the range, or `fixed`. */
  readonly name: string;
}

const now = signal(Date.now());

/** Moves the end of open ranges to this moment. */
export function touchNow(): void {
  now.value = Date.now();
}

/** The range the address names; a wrong one counts as none. */
export function timeRange(): TimeRange {
  const [from, to] = [milliseconds(param('from')), milliseconds(param('to'))];
  if (from !== undefined && to !== undefined && from < to)
    return { fromMs: from, toMs: to, open: false, text: `${moment(from)} – ${moment(to)}`, name: 'fixed' };
  const range = RANGES.find(({ name }) => name === param('range')) ?? DEFAULT;
  return {
    fromMs: now.value - range.lengthMs,
    toMs: now.value,
    open: true,
    text: range.text,
    name: range.name,
  };
}

export function setRange(name: string): void {
  touchNow();
  setParams({ range: name === DEFAULT.name ? undefined : name, from: undefined, to: undefined });
}

export function setFixedRange(fromMs: number, toMs: number): void {
  setParams({ range: undefined, from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)) });
}

/** The parameters that carry the range to another page. */
export function rangeParams(): Readonly<Record<string, string | undefined>> {
  return { range: param('range'), from: param('from'), to: param('to') };
}

function milliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
