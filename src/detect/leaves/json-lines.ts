import { readJson } from './json-leaves.ts';
import { emitText } from './nested-text.ts';
import type { LeafWalk } from './walk.ts';

/** One JSON text a line (NDJSON): several at least, every one of them whole. */
export function readJsonLines(walk: LeafWalk, text: string): boolean {
  let lines = 0;
  for (let from = 0; from < text.length && !walk.stopped; ) {
    let end = text.indexOf('\n', from);
    if (end < 0) end = text.length;
    const line = text.slice(from, end).trim();
    if (line !== '') {
      const reading = readJson(walk, line, 'json', emitText, false);
      if (reading === 'malformed') return false;
      if (reading === 'duplicateKey') walk.malformed('json_duplicate_key');
      lines++;
    }
    from = end + 1;
  }
  return lines > 1;
}
