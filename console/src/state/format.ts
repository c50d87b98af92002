const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** `14:03:22.117` in UTC: the time of day that logs of other machines have too. */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

/** `2026-11-28 14:03:22 UTC`. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `3 min ago`, `in 2 d`. */
export function agoText(ms: number, nowMs: number = Date.now()): string {
  const apart = Math.abs(nowMs - ms);
  if (apart < 1_000) return 'now';
  const text = lengthText(apart);
  return ms > nowMs ? `in ${text}` : `${text} ago`;
}

/** The largest unit that fits, `2 h`; less than a second is `0 s`. */
export function lengthText(ms: number): string {
  const [unit, size] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? ['s', 1_000];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** `1,234`. By hand: the first use of what browsers have for it costs a slow processor more than drawing a page of calls. */
export function countText(count: number): string {
  const digits = String(Math.abs(Math.round(count)));
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return count <= -0.5 ? `-${text}` : text;
}

/** `1 call`, `1,234 calls`. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `12.3k`, for places with no room. */
export function shortCount(count: number): string {
  if (count < 10_000) return countText(count);
  if (count < 1_000_000) return `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `12 %`; what is more than nothing never reads as nothing. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)} %`;
}

/** `0.4 ms`, `12 ms`, `1.2 s`. */
export function millisText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `912 B`, `1.2 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** With a capital, as a sentence begins. */
export function sentenceText(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
