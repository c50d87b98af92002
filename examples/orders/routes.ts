import { json } from './answers.ts';
import type { Handler } from './api-request.ts';
import { debugConfig } from './internal.ts';
import { exportOrdersV1, listOrdersV1, readOrderV1 } from './legacy.ts';
import {
  changeOrder,
  createOrder,
  deleteOrder,
  listOrders,
  readOrder,
  replaceShippingAddress,
  streamOrders,
} from './orders.ts';
import { createPayment, listPayments, readPayment, readReceipt, refundPayment } from './payments.ts';
import { createProduct, deleteProduct, listProducts, readProduct, replaceProduct } from './products.ts';
import { reportSales } from './reports.ts';
import { changeUser, createUser, listOrdersOfUser, listUsers, readUser } from './users.ts';

export interface Route {
  readonly method: string;
  readonly template: string;
  readonly handler: Handler;
}

/** Every endpoint the API answers. The first template that fits wins, so literal segments stand before parameters. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', template: '/health', handler: () => json(200, { status: 'ok' }) },

  { method: 'GET', template: '/products', handler: listProducts },
  { method: 'POST', template: '/products', handler: createProduct },
  { method: 'GET', template: '/products/{productId}', handler: readProduct },
  { method: 'PUT', template: '/products/{productId}', handler: replaceProduct },
  { method: 'DELETE', template: '/products/{productId}', handler: deleteProduct },

  { method: 'GET', template: '/orders', handler: listOrders },
  { method: 'POST', template: '/orders', handler: createOrder },
  { method: 'GET', template: '/orders/stream', handler: streamOrders },
  { method: 'GET', template: '/orders/{orderId}', handler: readOrder },
  { method: 'PATCH', template: '/orders/{orderId}', handler: changeOrder },
  { method: 'DELETE', template: '/orders/{orderId}', handler: deleteOrder },
  { method: 'PUT', template: '/orders/{orderId}/shipping-address', handler: replaceShippingAddress },

  { method: 'GET', template: '/users', handler: listUsers },
  { method: 'POST', template: '/users', handler: createUser },
  { method: 'GET', template: '/users/{userId}', handler: readUser },
  { method: 'PATCH', template: '/users/{userId}', handler: changeUser },
  { method: 'GET', template: '/users/{userId}/orders', handler: listOrdersOfUser },

  { method: 'GET', template: '/payments', handler: listPayments },
  { method: 'POST', template: '/payments', handler: createPayment },
  { method: 'GET', template: '/payments/{paymentId}', handler: readPayment },
  { method: 'POST', template: '/payments/{paymentId}/refund', handler: refundPayment },
  { method: 'GET', template: '/receipts/{paymentId}', handler: readReceipt },

  { method: 'GET', template: '/reports/sales', handler: reportSales },

  { method: 'GET', template: '/v1/orders', handler: listOrdersV1 },
  { method: 'GET', template: '/v1/orders/export', handler: exportOrdersV1 },
  { method: 'GET', template: '/v1/orders/{orderId}', handler: readOrderV1 },
  { method: 'GET', template: '/internal/debug/config', handler: debugConfig },
];

export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'otherMethods'; readonly methods: readonly string[] }
  | { readonly kind: 'none' };

/** Finds the route of a method and a path; a HEAD request takes the route of GET. */
export function matchRoute(method: string, path: string): RouteMatch {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const otherMethods: string[] = [];
  for (const route of ROUTES) {
    const params = matchTemplate(route.template, path);
    if (params === undefined) continue;
    if (route.method === wanted) return { kind: 'found', route, params };
    otherMethods.push(route.method);
  }
  return otherMethods.length > 0 ? { kind: 'otherMethods', methods: otherMethods } : { kind: 'none' };
}

function matchTemplate(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith('{')) {
      if (value === '') return undefined;
      params[segment.slice(1, -1)] = value;
    } else if (segment !== value) return undefined;
  }
  return params;
}
