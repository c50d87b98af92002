import { setPriority } from 'node:os';

/** A tenth of a contended processor beside one data-plane thread: enough to record every call it makes. */
const CONTROL_PLANE_NICENESS = 10;

/**
 * Where both want one processor, calls come first. Linux counts niceness per thread, so that this concerns the thread it
 * is called on and those born of it later; elsewhere it would slow the data plane too.
 */
export function yieldToDataPlane(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, CONTROL_PLANE_NICENESS);
  } catch {
    // A sandbox may forbid it; then both have equal shares.
  }
}
