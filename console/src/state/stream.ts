import { computed, effect, signal } from '@preact/signals';
import { isRecord, type Query, queryText } from '../api/client.ts';
import type { Arrival, Call } from '../api/shapes.ts';
import { resume, session } from './session.ts';

/** `off`: nobody is signed in. `paused`: connected, and what comes is kept back until it goes on. */
export type Connection = 'off' | 'reconnecting' | 'live' | 'paused';

/** Kept back while paused; older ones are then read from the record. */
const HELD_MAX = 2_000;
const RETRY_MS = 2_000;
/** The gateway says something at least every ten seconds: this long without a word, and it hangs, or the line is dead. */
const SILENCE_MS = 25_000;

const connected = signal<'off' | 'reconnecting' | 'live'>('off');
const paused = signal(false);
/** Calls that wait until the stream goes on. */
export const held = signal<readonly Call[]>([]);
/** Grows when there may be a gap: whoever shows calls reads the newest from the record again. */
export const gaps = signal(0);

const toldOfConfiguration = signal(0);
/** Grows when the configuration may be another, or its file may not load any more: whoever shows it reads it again. */
export const configurationChanges = computed(() => toldOfConfiguration.value + gaps.value);

/** When the gateway was last heard of, while it is not: what is on the screen is of then. */
export const lostSinceMs = signal<number | undefined>(undefined);

/** A page nobody sees needs no stream: a browser has six connections to a host for all its tabs, those it may go back to included. */
const seen = signal(!document.hidden);
addEventListener('pagehide', () => {
  seen.value = false;
});
addEventListener('pageshow', () => {
  seen.value = !document.hidden;
});
document.addEventListener('visibilitychange', () => {
  seen.value = !document.hidden;
});

const signedIn = computed(() => session().kind === 'open');
const listeners = new Set<(arrival: Arrival) => void>();
const wanted = signal('');

export function connection(): Connection {
  if (connected.value === 'live' && paused.value) return 'paused';
  return connected.value;
}

export function isPaused(): boolean {
  return paused.value;
}

export function pause(): void {
  paused.value = true;
}

export function goOn(): void {
  paused.value = false;
  const calls = held.peek();
  held.value = [];
  if (calls.length >= HELD_MAX) gaps.value++;
  else if (calls.length > 0) deliver({ calls, skipped: 0 });
}

/** Hears of new calls until the returned function is called. */
export function onCalls(listener: (arrival: Arrival) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Narrows the stream to calls that pass the filters; the connection is made anew where they differ. */
export function narrowStream(query: Query): void {
  const text = queryText(query);
  // What is kept back passed the filters of before.
  if (text !== wanted.peek()) held.value = [];
  wanted.value = text;
}

/** Keeps the stream open for as long as somebody is signed in and sees the page; whoever comes back reads what was missed. */
export function watchStream(): void {
  effect(() => {
    const query = wanted.value;
    if (!signedIn.value || !seen.value) {
      connected.value = 'off';
      return undefined;
    }
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    let heardAtMs = Date.now();
    const lose = (): void => {
      if (connected.peek() === 'live') lostSinceMs.value = heardAtMs;
      connected.value = 'reconnecting';
    };
    const connect = (): void => {
      if (over) return;
      source = new EventSource(`/api/v1/stream${query}`);
      source.onopen = () => {
        heardAtMs = Date.now();
        connected.value = 'live';
        lostSinceMs.value = undefined;
        gaps.value++;
      };
      source.onerror = () => {
        lose();
        // The browser tries again by itself, but not where it was answered with an error.
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(retry);
        retry = setTimeout(() => void resume().then(connect), RETRY_MS);
      };
      source.addEventListener('alive', () => {
        heardAtMs = Date.now();
      });
      source.addEventListener('configuration', () => {
        heardAtMs = Date.now();
        toldOfConfiguration.value++;
      });
      source.addEventListener('calls', (event) => {
        heardAtMs = Date.now();
        take(arrivalOf(event.data));
      });
    };
    const watch = setInterval(() => {
      if (connected.peek() !== 'live' || Date.now() - heardAtMs < SILENCE_MS) return;
      source?.close();
      lose();
      connect();
    }, SILENCE_MS / 5);
    connected.value = 'reconnecting';
    connect();
    return () => {
      over = true;
      clearTimeout(retry);
      clearInterval(watch);
      source?.close();
      lostSinceMs.value = undefined;
    };
  });
}

function take(arrival: Arrival): void {
  if (!paused.peek()) {
    deliver(arrival);
    return;
  }
  held.value = [...held.peek(), ...arrival.calls].slice(-HELD_MAX);
}

function deliver(arrival: Arrival): void {
  for (const listener of listeners) listener(arrival);
}

function arrivalOf(data: unknown): Arrival {
  const value: unknown = JSON.parse(String(data));
  if (Array.isArray(value)) return { calls: value as Call[], skipped: 0 };
  if (!isRecord(value) || !Array.isArray(value['calls'])) return { calls: [], skipped: 0 };
  return { calls: value['calls'] as Call[], skipped: Number(value['skipped'] ?? 0) };
}
