import { countText } from '../state/format.ts';
import { connection, goOn, held, isPaused, pause } from '../state/stream.ts';

/** Whether what is on the screen is of this moment; a click holds it, another goes on. */
export function ConnectionState() {
  const state = connection();
  if (state === 'off') return null;
  const waiting = held.value.length;
  const text = {
    live: 'Live',
    reconnecting: 'Reconnecting…',
    paused: waiting === 0 ? 'Paused' : `Paused · ${countText(waiting)} new`,
  }[state];
  return (
    <button
      type="button"
      class="connection"
      data-state={state}
      aria-label={`${text}. ${isPaused() ? 'Go on' : 'Pause'}`}
      title={isPaused() ? 'Go on (p)' : 'Hold the screen still (p)'}
      onClick={() => (isPaused() ? goOn() : pause())}
    >
      <span class="connection-mark" />
      {text}
    </button>
  );
}
