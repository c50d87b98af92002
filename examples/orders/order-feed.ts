import type { ServerResponse } from 'node:http';
import { Problem } from './answers.ts';

const SUBSCRIBERS_MAX = 100;
const PING_MS = 15_000;

/** Server-sent events of order changes. One feed per running API; `close` ends every stream. */
export interface OrderFeed {
  publish(
    type: 'order.created' | 'order.updated' | 'order.deleted',
    order: { readonly id: number; readonly status: string },
  ): void;
  open(response: ServerResponse): void;
  close(): void;
}

export function createOrderFeed(): OrderFeed {
  const subscribers = new Set<ServerResponse>();
  let lastId = 0;
  const ping = setInterval(() => {
    for (const subscriber of subscribers) subscriber.write(': ping\n\n');
  }, PING_MS);
  ping.unref();
  return {
    publish(type, order) {
      lastId++;
      const data = JSON.stringify({ id: order.id, status: order.status });
      for (const subscriber of subscribers) {
        // A reader that does not keep up is cut: events are never queued without bound.
        if (subscriber.writableLength > 65_536) subscriber.destroy();
        else subscriber.write(`id: ${lastId}\nevent: ${type}\ndata: ${data}\n\n`);
      }
    },
    open(response) {
      if (subscribers.size >= SUBSCRIBERS_MAX) {
        throw new Problem(503, 'Too many streams', 'All stream places are taken.', [], { 'retry-after': '5' });
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 2000\n\n');
      subscribers.add(response);
      response.on('close', () => subscribers.delete(response));
    },
    close() {
      clearInterval(ping);
      for (const subscriber of subscribers) subscriber.end();
    },
  };
}
