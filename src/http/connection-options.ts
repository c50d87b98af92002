/** A sender has no use for more; a list of thousands would only make us compare. */
export const NOMINATIONS_MAX = 32;

const NONE: readonly string[] = Object.freeze([]);

/**
 * Lower-case names of the fields a sender listed in `Connection` (RFC 9110 §7.6.1), apart from the options every
 * connection may carry. Reading stops one above NOMINATIONS_MAX.
 */
export function nominations(value: string): readonly string[] {
  if (value === '' || value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Upgrade')
    return NONE;
  let names: string[] | undefined;
  for (let from = 0; from <= value.length; ) {
    const end = memberEnd(value, from);
    const name = value.slice(from, end).trim().toLowerCase();
    from = end + 1;
    if (name === '' || name === 'keep-alive' || name === 'close' || name === 'upgrade' || name === 'te') continue;
    if (names === undefined) names = [name];
    else if (names.push(name) > NOMINATIONS_MAX) return names;
  }
  return names ?? NONE;
}

/** Whether `Connection` has the option `upgrade`, as a whole member of its list. */
export function offersUpgrade(value: string): boolean {
  for (let from = 0; from <= value.length; ) {
    const end = memberEnd(value, from);
    if (value.slice(from, end).trim().toLowerCase() === 'upgrade') return true;
    from = end + 1;
  }
  return false;
}

function memberEnd(value: string, from: number): number {
  const comma = value.indexOf(',', from);
  return comma === -1 ? value.length : comma;
}
