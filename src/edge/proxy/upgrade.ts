import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ThreadContext } from '../thread-context.ts';
import { Exchange } from './exchange.ts';
import { H1Call } from './wire-h1.ts';

/**
 * A call that asks to leave HTTP for WebSocket (RFC 6455 §4.2). It is judged like any other; only when the upstream
 * has answered 101 do bytes pass in either direction, those the client sent too early included.
 */
export class UpgradeCall extends H1Call {
  readonly #socket: Socket;
  readonly #early: Buffer;
  #tunnelled = false;

  constructor(request: IncomingMessage, response: ServerResponse, socket: Socket, early: Buffer, encrypted: boolean) {
    super(request, response, encrypted, false);
    this.#socket = socket;
    this.#early = early;
  }

  /** Answers 101 and joins both sides until one of them ends. */
  override tunnel(
    headers: readonly string[],
    upstream: Duplex,
    early: Buffer,
    counted: (up: number, down: number) => void,
  ): void {
    this.#tunnelled = true;
    const client = this.#socket;
    let head = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n';
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    client.write(`${head}\r\n`, 'latin1');
    if (this.#early.length > 0) upstream.write(this.#early);
    let up = this.#early.length;
    if (early.length > 0) client.write(early);
    let down = early.length;
    client.on('data', (chunk: Buffer) => {
      up += chunk.length;
    });
    upstream.on('data', (chunk: Buffer) => {
      down += chunk.length;
    });
    // A WebSocket is silent for as long as it likes; the kernel finds out about dead peers.
    client.setTimeout(0);
    client.setKeepAlive(true, 60_000);
    client.pipe(upstream);
    upstream.pipe(client);
    const close = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', close);
    upstream.on('error', close);
    upstream.once('close', () => client.destroySoon());
    client.once('close', () => {
      upstream.destroy();
      counted(up, down);
      this.listener?.onClosed(true);
    });
  }

  override get tunnelled(): boolean {
    return this.#tunnelled;
  }
}

/** Takes over a socket on which an upgrade was asked for. */
export function upgrade(
  thread: ThreadContext,
  request: IncomingMessage,
  socket: Socket,
  early: Buffer,
  encrypted: boolean,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  socket.on('error', () => socket.destroy());
  new Exchange(thread, new UpgradeCall(request, response, socket, early, encrypted)).start();
}
