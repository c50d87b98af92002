import { Worker } from 'node:worker_threads';
import type { OwnerRows } from '../../ports.ts';
import type { SqliteAnswer, SqliteQuestion } from './sqlite-worker.ts';

/** Questions a statement that does not end may hold up. */
const WAITING_MAX = 1_024;

/** SQLite files, read by one thread that is started when the first is asked. */
export class SqliteDatabases {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, (answer: OwnerRows) => void>();
  /** Questions the thread has not answered, those included that nobody waits for any more. */
  #unanswered = 0;

  /** Never rejects. */
  ask(file: string, statement: string, object: string, timeoutMs: number): Promise<OwnerRows> {
    if (this.#unanswered >= WAITING_MAX) return Promise.resolve(failed('it is too busy'));
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    this.#unanswered++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(failed('it did not answer in time')), timeoutMs);
      const settle = (answer: OwnerRows): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      this.#waiting.set(id, settle);
      worker.postMessage({ id, file, statement, object } satisfies SqliteQuestion);
    });
  }

  #start(): Worker {
    const name = import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js';
    const worker = new Worker(new URL(name, import.meta.url), { name: 'owner-databases' });
    worker.unref();
    worker.on('message', (answer: SqliteAnswer) => {
      this.#unanswered--;
      this.#waiting.get(answer.id)?.(
        'rows' in answer ? { kind: 'rows', rows: answer.rows } : failed(`it could not be asked (${answer.error})`),
      );
    });
    worker.on('error', () => this.#ended(worker));
    worker.on('exit', () => this.#ended(worker));
    return worker;
  }

  /** The next question starts another thread. */
  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#unanswered = 0;
    for (const settle of this.#waiting.values()) settle(failed('it could not be asked'));
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

function failed(detail: string): OwnerRows {
  return { kind: 'failed', detail, isDown: true };
}
