import { signal } from '@preact/signals';
import { ask, type Problem, type Query } from '../../api/client.ts';
import type { Arrival, Call, PageOf } from '../../api/shapes.ts';
import { type CallRow, rowOf } from './call-row.ts';

/** More are not kept: the oldest go, and are read again when they are scrolled to. */
const ROWS_MAX = 120_000;
const CALLS = '/api/v1/calls';
const PAGE_ROWS = 500;
/** Enough for a window, and soon there. */
const FIRST_ROWS = 200;
/** Fewer do not fill a window: the search goes on by itself. */
const ROWS_MIN = 60;

/** Filters, and the time they are of; without `to` it goes on. */
export type FeedQuery = Query & { readonly from: number; readonly to: number | undefined };

/** What is asked for first. */
export function firstCalls(query: FeedQuery): readonly [path: string, query: Query] {
  return [CALLS, { ...query, limit: FIRST_ROWS }];
}

type CallPage = PageOf<Call> & { readonly scanned: number };

/** Calls that pass the filters, newest first: read from the record page by page, and those that come by the stream before them. */
export class CallFeed {
  readonly rows = signal<readonly CallRow[]>([]);
  readonly state = signal<'loading' | 'ready'>('loading');
  readonly problem = signal<Problem | undefined>(undefined);
  /** Newer ones that are kept back while somebody reads further down. */
  readonly waiting = signal<readonly CallRow[]>([]);
  /** Calls the stream left out, since it was more than anybody reads. */
  readonly skipped = signal(0);
  readonly busy = signal(false);
  /** False: the last page is there. */
  readonly hasMore = signal(false);
  /** Calls that were looked at for the filters. */
  readonly searched = signal(0);
  #query: FeedQuery = { from: 0, to: undefined };
  #next: string | undefined;
  #atTop = true;
  /** The page after the last row was asked for while another was read, which need not bring rows. */
  #wantsMore = false;
  #abort = new AbortController();

  /** Reads the newest calls of other filters, and forgets those of before. */
  start(query: FeedQuery): void {
    this.stop();
    this.#query = query;
    this.#next = undefined;
    this.waiting.value = [];
    this.skipped.value = 0;
    this.searched.value = 0;
    this.state.value = 'loading';
    void this.#read('replace');
  }

  /** The page after the last row. */
  more(): void {
    if (this.#next === undefined || this.problem.peek() !== undefined) return;
    this.#wantsMore = this.busy.peek();
    if (!this.#wantsMore) void this.#read('append');
  }

  /** Fills what may be missing between the newest row and now. */
  fillGap(): void {
    if (this.busy.peek() || this.state.peek() === 'loading') return;
    void this.#read('newest');
  }

  retry(): void {
    if (this.rows.peek().length === 0) this.start(this.#query);
    else void this.#read('append');
  }

  take({ calls, skipped }: Arrival): void {
    if (this.state.peek() === 'loading') return;
    this.skipped.value += skipped;
    this.#add(calls);
  }

  /** While the first row is not in sight nothing moves under the reader's eyes. */
  setAtTop(atTop: boolean): void {
    this.#atTop = atTop;
    if (atTop) this.showWaiting();
  }

  showWaiting(): void {
    const waiting = this.waiting.peek();
    if (waiting.length === 0) return;
    this.waiting.value = [];
    this.rows.value = [...waiting, ...this.rows.peek()].slice(0, ROWS_MAX);
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.busy.value = false;
  }

  async #read(how: 'replace' | 'append' | 'newest'): Promise<void> {
    this.busy.value = true;
    const { signal: aborted } = this.#abort;
    const query = {
      ...this.#query,
      limit: how === 'append' ? PAGE_ROWS : FIRST_ROWS,
      ...(how === 'append' ? { cursor: this.#next } : {}),
    };
    const answer = await ask<CallPage>('GET', CALLS, { query, signal: aborted }).catch(() => undefined);
    if (answer === undefined || aborted.aborted) return;
    this.busy.value = false;
    this.state.value = 'ready';
    this.problem.value = answer.ok ? undefined : answer.problem;
    if (!answer.ok) {
      if (how === 'replace') this.rows.value = [];
      return;
    }
    const { items, next } = answer.value;
    if (how === 'newest') {
      const known = new Set(this.rows.peek().map(({ requestId }) => requestId));
      const meets = items.some(({ requestId }) => known.has(requestId));
      if (meets || next === undefined) {
        this.#add(items.toReversed());
        if (this.#wantsMore) this.more();
        return;
      }
      // More happened than one page holds: what is on the screen no longer joins on to what is new.
    }
    this.#next = next;
    this.hasMore.value = next !== undefined;
    const rows = items.map(rowOf);
    this.rows.value = how === 'append' ? joined(this.rows.peek(), rows) : rows;
    this.searched.value += answer.value.scanned;
    // What few calls pass is found after a long search, of which each answer is a part.
    if (next !== undefined && this.rows.peek().length < ROWS_MIN) void this.#read('append');
  }

  /** `calls`: newest last. */
  #add(calls: readonly Call[]): void {
    const known = new Set(
      [...this.waiting.peek(), ...this.rows.peek().slice(0, 2_000)].map(({ requestId }) => requestId),
    );
    const fresh = calls.filter(({ requestId }) => !known.has(requestId)).map(rowOf);
    if (fresh.length === 0) return;
    fresh.sort((one, other) => other.timeMs - one.timeMs);
    if (this.#atTop) this.rows.value = [...fresh, ...this.rows.peek()].slice(0, ROWS_MAX);
    else this.waiting.value = [...fresh, ...this.waiting.peek()].slice(0, ROWS_MAX);
  }
}

function joined(rows: readonly CallRow[], more: readonly CallRow[]): readonly CallRow[] {
  const known = new Set(rows.slice(-PAGE_ROWS).map(({ requestId }) => requestId));
  return [...rows, ...more.filter(({ requestId }) => !known.has(requestId))];
}
