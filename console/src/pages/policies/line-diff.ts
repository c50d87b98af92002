export type DiffLine =
  | { readonly kind: 'same'; readonly text: string; readonly before: number; readonly after: number }
  | { readonly kind: 'removed'; readonly text: string; readonly before: number }
  | { readonly kind: 'added'; readonly text: string; readonly after: number };

export interface LineDiff {
  /** Changed lines with a few around them; what is between two of these is the same. */
  readonly hunks: readonly (readonly DiffLine[])[];
  readonly added: number;
  readonly removed: number;
}

type Step = DiffLine['kind'];

const AROUND = 3;
/** Beyond so many changed lines the shortest way is not looked for: what lies between the first and last change is replaced. */
const CHANGES_MAX = 1_500;

/** What makes one text out of another, line by line, with as few changed lines as there can be (Myers 1986). */
export function diffOf(before: string, after: string): LineDiff {
  const [old, young] = [before.split('\n'), after.split('\n')];
  const shorter = Math.min(old.length, young.length);
  let start = 0;
  while (start < shorter && old[start] === young[start]) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === young[young.length - 1 - end]) end++;
  const middle = steps(old.slice(start, old.length - end), young.slice(start, young.length - end));
  const [leading, trailing] = [Math.min(start, AROUND), Math.min(end, AROUND)];
  const path = [...sames(leading), ...middle, ...sames(trailing)];
  const lines: DiffLine[] = [];
  let [at, to] = [start - leading, start - leading];
  for (const step of path)
    if (step === 'removed') lines.push({ kind: step, text: old[at] ?? '', before: ++at });
    else if (step === 'added') lines.push({ kind: step, text: young[to] ?? '', after: ++to });
    else lines.push({ kind: step, text: old[at] ?? '', before: ++at, after: ++to });
  return {
    hunks: hunksOf(lines),
    added: middle.filter((step) => step === 'added').length,
    removed: middle.filter((step) => step === 'removed').length,
  };
}

function sames(count: number): readonly Step[] {
  return new Array<Step>(count).fill('same');
}

/** The shortest way from one list of lines to the other. */
function steps(old: readonly string[], young: readonly string[]): readonly Step[] {
  const most = Math.min(old.length + young.length, CHANGES_MAX);
  const middle = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const rounds: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes++) {
    rounds.push(furthest.slice(middle - changes - 1, middle + changes + 2));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const [below, above] = [furthest[middle + diagonal - 1] ?? 0, furthest[middle + diagonal + 1] ?? 0];
      let x = diagonal === -changes || (diagonal !== changes && below < above) ? above : below + 1;
      while (x < old.length && x - diagonal < young.length && old[x] === young[x - diagonal]) x++;
      furthest[middle + diagonal] = x;
      if (x >= old.length && x - diagonal >= young.length) return walkBack(rounds, old.length, young.length);
    }
  }
  return [...new Array<Step>(old.length).fill('removed'), ...new Array<Step>(young.length).fill('added')];
}

/** `rounds[n]` holds how far each diagonal from −n−1 to n+1 was reached with n−1 changes. */
function walkBack(rounds: readonly Int32Array[], width: number, height: number): readonly Step[] {
  const path: Step[] = [];
  let [x, y] = [width, height];
  for (let changes = rounds.length - 1; changes > 0; changes--) {
    const reached = rounds[changes] ?? new Int32Array();
    const diagonal = x - y;
    const at = (of: number): number => reached[of + changes + 1] ?? 0;
    const isAdded = diagonal === -changes || (diagonal !== changes && at(diagonal - 1) < at(diagonal + 1));
    const beforeX = isAdded ? at(diagonal + 1) : at(diagonal - 1);
    const beforeY = beforeX - (isAdded ? diagonal + 1 : diagonal - 1);
    while (x > beforeX && y > beforeY) {
      path.push('same');
      x--;
      y--;
    }
    path.push(isAdded ? 'added' : 'removed');
    [x, y] = [beforeX, beforeY];
  }
  return [...sames(x), ...path.reverse()];
}

function hunksOf(lines: readonly DiffLine[]): readonly (readonly DiffLine[])[] {
  const hunks: DiffLine[][] = [];
  /** Lines up to this one are in a hunk. */
  let taken = 0;
  lines.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    const from = Math.max(taken, index - AROUND);
    const to = Math.min(lines.length, index + 1 + AROUND);
    if (taken === 0 || from > taken) hunks.push(lines.slice(from, to));
    else hunks.at(-1)?.push(...lines.slice(taken, to));
    taken = to;
  });
  return hunks;
}
