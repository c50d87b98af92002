import { once } from 'node:events';
import net from 'node:net';

/** A line to a port of this machine that can be cut, as a network is: connections die, and new ones are not taken. */
export class CuttableLine {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #isCut = false;
  #isFrozen = false;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<CuttableLine> {
    const server = net.createServer();
    const line = new CuttableLine(server);
    server.on('connection', (near) => {
      const far = net.connect(port, '127.0.0.1');
      line.#sockets.add(near).add(far);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => undefined);
        one.on('close', () => {
          line.#sockets.delete(one);
          other.destroy();
        });
        if (line.#isFrozen) one.pause();
        else one.pipe(other);
      }
      if (line.#isCut) near.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return line;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Connections are taken and stay, and nothing passes any more, as where a process hangs. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
