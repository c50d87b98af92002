import { json, listOf, OPEN_OBJECT, type Operation } from '../operation.ts';
import type { HealthItem } from '../services.ts';

export const healthOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/livez',
    operationId: 'live',
    summary: 'whether the process answers',
    role: 'anyone',
    answer: { status: 200, description: 'alive', schema: OPEN_OBJECT },
    handle: () => json(200, { status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/readyz',
    operationId: 'ready',
    summary: 'whether calls are served; what is degraded is named and does not take the gateway out of service',
    role: 'anyone',
    answer: { status: 200, description: 'ready, possibly degraded; 503 where it is not', schema: OPEN_OBJECT },
    handle: ({ services }) => {
      const items = services.health();
      return json(items.some(({ ok, essential }) => essential && !ok) ? 503 : 200, {
        status: statusOf(items),
        failing: items.filter(({ ok }) => !ok).map(({ name }) => name),
      });
    },
  },
  {
    method: 'GET',
    path: '/api/v1/health',
    operationId: 'getHealth',
    summary: 'every part of the gateway and how it does',
    role: 'viewer',
    answer: { status: 200, description: 'all parts', schema: listOf(OPEN_OBJECT) },
    handle: ({ services }) => {
      const items = services.health();
      return json(200, { status: statusOf(items), items });
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Prometheus metrics',
    role: 'viewer',
    answer: { status: 200, description: 'text format 0.0.4', contentType: 'text/plain; version=0.0.4; charset=utf-8' },
    handle: async ({ services }) => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      text: await services.metrics(),
    }),
  },
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    operationId: 'getAssertionKeys',
    summary: 'public keys of the assertions upstreams get (RFC 7517)',
    role: 'anyone',
    answer: { status: 200, description: 'key set', schema: OPEN_OBJECT },
    handle: ({ services }) => json(200, services.assertionKeys()),
  },
];

export function statusOf(items: readonly HealthItem[]): 'ok' | 'degraded' | 'failing' {
  if (items.every(({ ok }) => ok)) return 'ok';
  return items.some(({ ok, essential }) => essential && !ok) ? 'failing' : 'degraded';
}
