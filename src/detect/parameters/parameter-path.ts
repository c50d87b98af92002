/** Stands for a key that names one thing of many: an id, an address, a number. */
const ANY_KEY = '{key}';
const LONG_UNITS_MIN = 33;

/**
 * The key path a value is learned under. Keys that are themselves values become one: the members of a dictionary are one
 * parameter, and nothing that names a person or a thing is kept.
 */
export function parameterPath(path: string): string {
  let dot = path.indexOf('.');
  if (dot < 0) return path;
  let out = path.slice(0, dot);
  while (dot >= 0) {
    const next = path.indexOf('.', dot + 1);
    const segment = next < 0 ? path.slice(dot + 1) : path.slice(dot + 1, next);
    let end = segment.length;
    while (segment.endsWith('[]', end)) end -= 2;
    const key = segment.slice(0, end);
    out += `.${isValueLike(key) ? ANY_KEY : key}${segment.slice(end)}`;
    dot = next;
  }
  return out;
}

/** Long, with a sign no name has, or with more digits than a name has. */
function isValueLike(key: string): boolean {
  if (key.length >= LONG_UNITS_MIN) return true;
  let digits = 0;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (code === 0x40 || code === 0x25 || code > 0x7e) return true;
  }
  return digits > 0 && (digits === key.length || digits >= 4);
}
