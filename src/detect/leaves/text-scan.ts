/**
 * The first place of a character from `from` on and before `end`, or `end`. Unlike `indexOf` it never looks beyond, so that
 * many searches in the parts of one text cost its length once.
 */
export function placeOf(text: string, code: number, from: number, end: number): number {
  for (let i = from; i < end; i++) if (text.charCodeAt(i) === code) return i;
  return end;
}
