import { OWNER_ROWS_MAX } from '../../core/ownership.ts';
import type { OwnerDatabases, OwnerQuestion, OwnerRows } from '../../ports.ts';
import { PostgresDatabases } from './postgres-databases.ts';
import { SqliteDatabases } from './sqlite-databases.ts';

/** Databases of one thread that say whose objects are; opened when they are first asked, and only read. */
export class ThreadOwnerDatabases implements OwnerDatabases {
  readonly #sqlite = new SqliteDatabases();
  readonly #postgres = new PostgresDatabases();

  async ask({ database, statement, object, timeoutMs }: OwnerQuestion): Promise<OwnerRows> {
    const answer =
      database.kind === 'sqlite'
        ? await this.#sqlite.ask(database.file, statement, object, timeoutMs)
        : await this.#postgres.ask(database.url, database.allowPrivateAddresses, statement, object, timeoutMs);
    return answer.kind === 'rows' && answer.rows.length > OWNER_ROWS_MAX
      ? { kind: 'failed', detail: 'it has too many owners for one object', isDown: false }
      : answer;
  }

  async close(): Promise<void> {
    await Promise.all([this.#sqlite.close(), this.#postgres.close()]);
  }
}
