// One Fastify process in front of an upstream: key by digest, rate limit per consumer, reverse proxy.
// Usage: node fastify-gateway.js PORT UPSTREAM SHA256_OF_KEY
import { createHash } from 'node:crypto';
import httpProxy from '@fastify/http-proxy';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

const [port, upstream, digest] = process.argv.slice(2);
const consumers = new Map([[digest, 'acme']]);

const app = Fastify({ logger: false, keepAliveTimeout: 600_000 });
await app.register(rateLimit, { global: false });

function gate(max) {
  return async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const key = request.headers['x-api-key'];
      const consumer =
        typeof key === 'string' ? consumers.get(createHash('sha256').update(key).digest('hex')) : undefined;
      if (consumer === undefined) return reply.code(401).send({ title: 'Authentication is required' });
      request.consumer = consumer;
      delete request.headers['x-api-key'];
      request.headers['sallyport-consumer'] = consumer;
    });
    scope.addHook(
      'onRequest',
      scope.rateLimit({ max, timeWindow: 60_000, keyGenerator: (request) => request.consumer }),
    );
    await scope.register(httpProxy, {
      upstream,
      prefix: '/',
      undici: { connections: 64, pipelining: 1, keepAliveTimeout: 60_000 },
    });
  };
}

app.decorateRequest('consumer', '');
await app.register(gate(1_000_000_000), { prefix: '/data' });
await app.register(gate(1), { prefix: '/limited' });
await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
