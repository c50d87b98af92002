/**
 * Text as an interpreter reads it once comments and quoting tricks are gone: SQL and C comments become a blank, runs of white space one
 * blank, and quotes, carets and backslashes inside of words go (`c''at`, `w\ho^ami`). In place; answers the new length.
 */
export function plainCode(units: Uint16Array, length: number): number {
  let out = 0;
  let i = 0;
  // A text of many openings and no closing is looked through once, not once for each.
  let closes = true;
  while (i < length) {
    const unit = units[i] ?? 0;
    const following = i + 1 < length ? (units[i + 1] ?? 0) : 0;
    if (closes && unit === 0x2f && following === 0x2a) {
      const close = commentEnd(units, i + 2, length);
      closes = close > 0;
      if (close > 0) {
        // MySQL runs what stands in /*! … */, so only the marks go.
        const body = units[i + 2] === 0x21 ? versionedBody(units, i + 3, close - 2) : close;
        if (body < close) {
          if (out > 0 && units[out - 1] !== 0x20) units[out++] = 0x20;
          for (let at = body; at < close - 2; at++) units[out++] = units[at] ?? 0;
        }
        if (out > 0 && units[out - 1] !== 0x20) units[out++] = 0x20;
        i = close;
        continue;
      }
    }
    if (unit <= 0x20) {
      if (out > 0 && units[out - 1] !== 0x20) units[out++] = 0x20;
      i++;
      continue;
    }
    if (unit === 0x27 && following === 0x27 && out > 0 && isWord(units[out - 1] ?? 0) && isWord(units[i + 2] ?? 0)) {
      i += 2;
      continue;
    }
    if (unit === 0x22 && following === 0x22 && out > 0 && isWord(units[out - 1] ?? 0) && isWord(units[i + 2] ?? 0)) {
      i += 2;
      continue;
    }
    if ((unit === 0x5c || unit === 0x5e) && isWord(following)) {
      i++;
      continue;
    }
    units[out++] = unit;
    i++;
  }
  return out;
}

function commentEnd(units: Uint16Array, at: number, length: number): number {
  for (let i = at; i + 1 < length; i++) if (units[i] === 0x2a && units[i + 1] === 0x2f) return i + 2;
  return 0;
}

function versionedBody(units: Uint16Array, at: number, end: number): number {
  while (at < end && (units[at] ?? 0) >= 0x30 && (units[at] ?? 0) <= 0x39) at++;
  return at;
}

function isWord(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a);
}
