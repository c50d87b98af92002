import { isUtf8 } from 'node:buffer';
import { CheckRun, type ContractFault, gotOf } from './check-run.ts';
import type { Cell, RecogniserCell } from './compiling.ts';
import { below } from './json-node.ts';
import { END, JsonOctets } from './json-octets.ts';

/** What is wrong with one part of a call or an answer; undefined: nothing. */
export type Judgement = Refused | undefined;
export type Refused = { readonly kind: 'fault'; readonly fault: ContractFault } | { readonly kind: 'complex' };

export const TOO_COMPLEX: Refused = Object.freeze({ kind: 'complex' });

export function faultAt(pointer: string, expected: string, got: string): Refused {
  return { kind: 'fault', fault: { pointer, expected, got } };
}

/** Judges one value; `at` is where it stands, before the pointer into it. `bytes` bounds the work. */
export function judgeValue(cell: Cell, value: unknown, at: string, bytes: number): Judgement {
  const run = new CheckRun(bytes);
  const holds = cell.run(value, run, undefined);
  if (run.isTooComplex) return TOO_COMPLEX;
  if (holds) return undefined;
  const { failure } = run;
  if (failure === undefined) return faultAt(at, 'what the document says', 'something else');
  let pointer = at;
  for (let i = failure.steps.length - 1; i >= 0; i--) pointer = below(pointer, failure.steps[i] ?? '');
  return faultAt(pointer, failure.expected, gotOf(failure));
}

/** Work before the value is judged after all is work twice: a caller shall not double what a body may cost. */
const SHARE_OF_RECOGNISING = 0.25;

/**
 * Whether octets are surely JSON that keeps a schema, read once and without making its value. False says nothing: then the
 * value has to be judged.
 */
export function isRecognised(cell: RecogniserCell, bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  const octets = new JsonOctets(bytes, new CheckRun(bytes.length, SHARE_OF_RECOGNISING));
  octets.next();
  // A check that ended for want of steps says nothing, and `not` makes that a yes.
  return cell.recognise(octets) && octets.next() === END && !octets.run.isTooComplex;
}

/** The first of several readings of a text that fits; else what is wrong with the first. */
export function judgeReadings(cell: Cell, readings: readonly unknown[], at: string, bytes: number): Judgement {
  let first: Judgement;
  for (const [index, reading] of readings.entries()) {
    const judgement = judgeValue(cell, reading, at, bytes);
    if (judgement === undefined || judgement.kind === 'complex') return judgement;
    if (index === 0) first = judgement;
  }
  return first;
}
