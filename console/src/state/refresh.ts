import { useEffect, useState } from 'preact/hooks';
import { onCalls } from './stream.ts';

/** Grows while calls come, at most every so often: what is counted from calls is then read again. */
export function useCallsTick(everyMs: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onCalls(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!document.hidden) setTick((before) => before + 1);
      }, everyMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [everyMs]);
  return tick;
}
