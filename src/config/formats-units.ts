import { parseQuota, parseRate } from '../limit/rate-text.ts';
import type { Schema } from './schema-types.ts';
import { malformed, scalar, text } from './schema-values.ts';

/** Seconds as a number, or text with a unit: `30`, `30s`, `5m`. */
export function duration(minSeconds: number, maxSeconds: number): Schema<number> {
  const expected = `seconds from ${minSeconds} to ${maxSeconds}, or text such as "30s" or "5m"`;
  return scalar({
    expected,
    jsonSchema: {
      anyOf: [
        { type: 'number', minimum: minSeconds, maximum: maxSeconds },
        { type: 'string', pattern: DURATION.source },
      ],
    },
    interpolates: true,
    parse(value) {
      const seconds =
        typeof value === 'number' ? value : typeof value === 'string' ? durationSeconds(value) : undefined;
      if (seconds === undefined) return malformed(`is not a duration; expected ${expected}`);
      if (seconds >= minSeconds && seconds <= maxSeconds) return { ok: true, value: seconds };
      return { ok: false, code: 'SP013', error: `is not ${expected}`, fix: `write ${expected}` };
    },
  });
}

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const DURATION_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

function durationSeconds(value: string): number | undefined {
  const match = DURATION.exec(value);
  const unit = DURATION_SECONDS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** Bytes as a number, or text with a unit: `1048576`, `1MiB`, `5GB`. */
export function size(minBytes: number, maxBytes: number): Schema<number> {
  const expected = `bytes from ${minBytes} to ${maxBytes}, or text such as "1MiB" or "5GiB"`;
  return scalar({
    expected,
    jsonSchema: {
      anyOf: [
        { type: 'integer', minimum: minBytes, maximum: maxBytes },
        { type: 'string', pattern: SIZE.source },
      ],
    },
    interpolates: true,
    parse(value) {
      const bytes = typeof value === 'number' ? value : typeof value === 'string' ? sizeBytes(value) : undefined;
      if (bytes === undefined) return malformed(`is not a size; expected ${expected}`);
      if (Number.isSafeInteger(bytes) && bytes >= minBytes && bytes <= maxBytes) return { ok: true, value: bytes };
      return { ok: false, code: 'SP013', error: `is not ${expected}`, fix: `write ${expected}` };
    },
  });
}

const SIZE = /^(\d{1,12})(B|KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB)$/;
const SIZE_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

function sizeBytes(value: string): number | undefined {
  const match = SIZE.exec(value);
  const unit = SIZE_BYTES[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** `100/1m`, as `limit/` reads it. */
export function rate(): Schema<{ readonly permits: number; readonly windowSeconds: number }> {
  return text({
    expected: 'calls per time, such as 100/1m',
    pattern: RATE_PATTERN,
    parse(value) {
      const parsed = parseRate(value);
      return parsed.ok
        ? { ok: true, value: parsed }
        : malformed(afterValue(parsed.problem), 'write calls/time, such as 100/1m or 10/s');
    },
  });
}

/** `100000/1mo`, as `limit/` reads it. */
export function quota(): Schema<{ readonly permits: number; readonly window: 'day' | 'month' | number }> {
  return text({
    expected: 'calls per window, such as 100000/1mo',
    pattern: RATE_PATTERN,
    parse(value) {
      const parsed = parseQuota(value);
      return parsed.ok
        ? { ok: true, value: parsed }
        : malformed(afterValue(parsed.problem), 'write calls/window, such as 5000/1d or 100000/1mo');
    },
  });
}

const RATE_PATTERN = '^[0-9]{1,10}/[0-9]{0,8}(s|mo|m|h|d)$';

/** The problem without the value it quotes first: the value is shown by the reader, which knows what not to show. */
function afterValue(problem: string): string {
  const end = problem.lastIndexOf('"');
  return end < 0
    ? problem
    : problem
        .slice(end + 1)
        .replace(/^:/, 'is refused:')
        .trimStart();
}
