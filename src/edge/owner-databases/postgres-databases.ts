import { createHash } from 'node:crypto';
import { isIP, Socket, type SocketConnectOpts } from 'node:net';
import pg from 'pg';
import { isPublicAddress } from '../../http/public-address.ts';
import type { OwnerRows } from '../../ports.ts';
import { publicLookup } from '../outbound-fetch.ts';

const CONNECTIONS_MAX = 4;
const DATABASES_MAX = 16;
/** Connections nothing asks are closed, those of a configuration that was replaced too. */
const IDLE_MS = 10_000;

/**
 * What a text can be that is no value of a column's type, or not of the database's encoding: there is no object of that
 * name (PostgreSQL, appendix A).
 */
const NOT_OF_THAT_TYPE: ReadonlySet<string> = new Set(['22P02', '22P05', '22003', '22007', '22008', '22021']);

/** PostgreSQL databases, in sessions that can only read. */
export class PostgresDatabases {
  readonly #pools = new Map<string, pg.Pool>();

  /** Never rejects. No detail holds a text of the server, which may repeat values. */
  async ask(
    url: string,
    allowPrivateAddresses: boolean,
    statement: string,
    object: string,
    timeoutMs: number,
  ): Promise<OwnerRows> {
    const pool = this.#pool(url, allowPrivateAddresses, timeoutMs);
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      return { kind: 'failed', detail: explain(error), isDown: true };
    }
    try {
      const result = await client.query<unknown[]>({
        // A name makes it a prepared statement, parsed once per connection.
        name: `sallyport_${createHash('sha256').update(statement).digest('hex').slice(0, 24)}`,
        text: statement,
        values: [object],
        rowMode: 'array',
      });
      client.release();
      return { kind: 'rows', rows: result.rows };
    } catch (error) {
      // A refusal of the server leaves the connection as it was: names that fit no type must not cost a new one each.
      const isRefusal = NOT_OF_THAT_TYPE.has(codeOf(error));
      client.release(!isRefusal);
      return isRefusal ? { kind: 'rows', rows: [] } : { kind: 'failed', detail: explain(error), isDown: true };
    }
  }

  #pool(url: string, allowPrivateAddresses: boolean, timeoutMs: number): pg.Pool {
    const key = JSON.stringify([url, allowPrivateAddresses, timeoutMs]);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    if (this.#pools.size >= DATABASES_MAX) {
      for (const pool of this.#pools.values()) pool.end().catch(() => undefined);
      this.#pools.clear();
    }
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      application_name: 'sallyport',
      options: '-c default_transaction_read_only=on',
      ...(allowPrivateAddresses ? {} : { stream: () => new PublicSocket() }),
    });
    // A connection that ends while nothing asks is opened anew by the next question.
    pool.on('error', () => undefined);
    this.#pools.set(key, pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end().catch(() => undefined)));
    this.#pools.clear();
  }
}

/** Connects to public addresses only, whatever a name resolves to: judged in the very look-up the connection is made by. */
class PublicSocket extends Socket {
  override connect(...given: unknown[]): this {
    const [port, host] = given;
    if (typeof port !== 'number' || typeof host !== 'string') return this.#refuse();
    if (isIP(host) !== 0 && !isPublicAddress(host)) return this.#refuse();
    const where: SocketConnectOpts = { port, host, lookup: publicLookup };
    return super.connect(where);
  }

  #refuse(): this {
    return this.destroy(Object.assign(new Error('its address is not public'), { code: 'EPRIVATE' }));
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function explain(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EPRIVATE') return 'its address is not public';
  if (code === '57014') return 'it did not answer in time';
  const message = error instanceof Error ? error.message : '';
  // Of the driver's own texts for time limits; they hold no values.
  if (code === '' && message.includes('timeout')) return 'it did not answer in time';
  return code === '' ? 'it could not be asked' : `it could not be asked (${code})`;
}
