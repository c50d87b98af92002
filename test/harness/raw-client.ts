import { once } from 'node:events';
import net from 'node:net';

/** A client that sends exactly the bytes it is told to. */
export class RawClient {
  /** Everything that came back so far, as Latin-1. */
  text = '';
  closed = false;
  readonly socket: net.Socket;
  readonly #changed = new Set<() => void>();

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.text += piece.toString('latin1');
      this.#tell();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#tell();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    // Half-open, so that a test says itself when it stops sending.
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const client = new RawClient(socket);
    socket.on('end', () => socket.end());
    return client;
  }

  /** Sends bytes on a connection of their own and collects what comes until the other side closes. */
  static async exchange(port: number, bytes: string | Buffer): Promise<string> {
    const client = await RawClient.connect(port);
    client.send(bytes);
    await client.untilClosed();
    return client.text;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when the text holds what is looked for; throws when the connection ends or time runs out before. */
  async until(wanted: string | RegExp, timeoutMs = 8_000): Promise<void> {
    const holds = () => (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text));
    await this.#wait(() => holds() || this.closed, timeoutMs);
    if (!holds()) throw new Error(`no ${wanted} in ${JSON.stringify(this.text)}, closed: ${this.closed}`);
  }

  async untilClosed(timeoutMs = 8_000): Promise<void> {
    await this.#wait(() => this.closed, timeoutMs);
    if (!this.closed) {
      this.destroy();
      throw new Error(`the connection stayed open after ${JSON.stringify(this.text)}`);
    }
  }

  /** Status codes of the answers so far; bodies that imitate a status line are the test's affair. */
  statuses(): number[] {
    return [...this.text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #wait(done: () => boolean, timeoutMs: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#changed.delete(check);
        resolve();
      };
      const check = () => {
        if (done()) finish();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#changed.add(check);
    });
  }

  #tell(): void {
    for (const check of [...this.#changed]) check();
  }
}
