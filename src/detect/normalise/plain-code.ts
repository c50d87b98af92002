/** So many blanks in a row put what stands around them far apart. */
const BLANKS_MIN = 24;

/**
 * Text as an interpreter reads it once comments and quoting tricks are gone: SQL and C comments become a blank, runs of white space one
 * blank, and quotes, carets and backslashes inside of words go (`c''at`, `w\ho^ami`). In place; answers the new length. `changed` as in Variant,
 * but for white space, of which only long runs count.
 */
export function plainCode(units: Uint16Array, changed: Uint8Array, length: number): number {
  let out = 0;
  let i = 0;
  let blanks = 0;
  let after = 0;
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
          out = blank(units, changed, out, 1);
          for (let at = body; at < close - 2; at++) {
            changed[out] = changed[at] ?? 0;
            units[out++] = units[at] ?? 0;
          }
        }
        out = blank(units, changed, out, 1);
        after = 1;
        i = close;
        continue;
      }
    }
    if (unit <= 0x20) {
      blanks++;
      if (blanks === BLANKS_MIN) after = 1;
      out = blank(units, changed, out, after | (changed[i] ?? 0));
      i++;
      continue;
    }
    blanks = 0;
    if (unit === 0x27 && following === 0x27 && out > 0 && isWord(units[out - 1] ?? 0) && isWord(units[i + 2] ?? 0)) {
      after = 1;
      i += 2;
      continue;
    }
    if (unit === 0x22 && following === 0x22 && out > 0 && isWord(units[out - 1] ?? 0) && isWord(units[i + 2] ?? 0)) {
      after = 1;
      i += 2;
      continue;
    }
    if ((unit === 0x5c || unit === 0x5e) && isWord(following)) {
      after = 1;
      i++;
      continue;
    }
    changed[out] = (changed[i] ?? 0) | after;
    after = 0;
    units[out++] = unit;
    i++;
  }
  return out;
}

/** Whether a reading without comments could differ in more than its white space. */
export function mayHavePlainForm(units: Uint16Array, length: number): boolean {
  let previous = 0;
  let blanks = 0;
  for (let i = 0; i < length; i++) {
    const unit = units[i] ?? 0;
    blanks = unit <= 0x20 ? blanks + 1 : 0;
    if (blanks === BLANKS_MIN) return true;
    if (unit === 0x2a && previous === 0x2f) return true;
    if (unit === previous && (unit === 0x27 || unit === 0x22)) return true;
    if (previous === 0x5c || previous === 0x5e) return true;
    previous = unit;
  }
  return false;
}

/** Ends what was written with one blank; answers the new length. */
function blank(units: Uint16Array, changed: Uint8Array, out: number, isChanged: number): number {
  if (out === 0) return out;
  if (units[out - 1] === 0x20) {
    changed[out - 1] = (changed[out - 1] ?? 0) | isChanged;
    return out;
  }
  changed[out] = isChanged;
  units[out] = 0x20;
  return out + 1;
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
