import { emitText } from './nested-text.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';

/** Printable runs of binary content shorter than this are chance. */
const RUN_CHARACTERS_MIN = 12;
/** What begins a stream of Java's serialisation. */
const JAVA_STREAM = [0xac, 0xed, 0x00, 0x05];

/** Shows the printable runs of octets that are no text, in which most formats keep their strings. `tracksTail` for the body itself. */
export function readBinary(walk: LeafWalk, buffer: Buffer, tracksTail: boolean): void {
  if (JAVA_STREAM.every((byte, i) => buffer[i] === byte)) walk.emit('raw', false, buffer.toString('latin1', 0, 64));
  readRuns(walk, buffer, RUN_CHARACTERS_MIN, tracksTail ? buffer.length - TAIL_CHARACTERS : Number.POSITIVE_INFINITY);
}

/** From `tailFrom` on it is the end of the body. */
export function readRuns(walk: LeafWalk, buffer: Buffer, charactersMin: number, tailFrom: number): void {
  let from = -1;
  for (let i = 0; i <= buffer.length && !walk.stopped; i++) {
    const byte = buffer[i] ?? 0;
    const printable = (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
    if (printable) {
      if (from < 0) from = i;
      continue;
    }
    if (from >= 0 && i - from >= charactersMin) {
      if (i >= tailFrom) walk.inTail = true;
      emitText(walk, 'raw', withoutLoneReturns(buffer.toString('latin1', from, i)), 'run');
    }
    from = -1;
  }
}

/** Among octets a carriage return alone is a number; the end of a line has a line feed. */
function withoutLoneReturns(run: string): string {
  return run.includes('\r') ? run.replace(/\r(?!\n)/g, ' ') : run;
}
