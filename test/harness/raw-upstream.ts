import { once } from 'node:events';
import net from 'node:net';

/** A request as the upstream got it. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** The head as Latin-1, without its empty line. */
  readonly head: string;
  readonly socket: net.Socket;
  /** Which connection it came on, from 0. */
  readonly connection: number;
  /** Which request of its connection it is, from 0. */
  readonly place: number;
}

export interface RawUpstream {
  readonly url: string;
  readonly port: number;
  readonly requests: RawRequest[];
  /** Connections made so far. */
  connections(): number;
  /** Connections open now. */
  open(): number;
  close(): Promise<void>;
}

/** An upstream that answers each request head with whatever bytes the test writes to its socket. */
export async function rawUpstream(answer: (request: RawRequest) => void): Promise<RawUpstream> {
  const requests: RawRequest[] = [];
  const sockets = new Set<net.Socket>();
  let made = 0;
  const server = net.createServer((socket) => {
    const connection = made++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let bytes = '';
    let skip = 0;
    let place = 0;
    socket.on('data', (piece: Buffer) => {
      bytes += piece.toString('latin1');
      for (;;) {
        const skipped = Math.min(skip, bytes.length);
        bytes = bytes.slice(skipped);
        skip -= skipped;
        const end = bytes.indexOf('\r\n\r\n');
        if (skip > 0 || end === -1) return;
        const head = bytes.slice(0, end);
        bytes = bytes.slice(end + 4);
        skip = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        const [method = '', target = ''] = head.split(' ', 2);
        const request = { method, target, head, socket, connection, place: place++ };
        requests.push(request);
        answer(request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => made,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A whole answer with a length. */
export function plainAnswer(body: string, status = '200 OK', fields = ''): string {
  return `HTTP/1.1 ${status}\r\n${fields}content-length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
}
