import { json } from './answers.ts';
import type { Handler } from './api-request.ts';
import { page } from './api-request.ts';
import type { Order } from './data.ts';
import { orderOf } from './orders.ts';

/** RFC 9745 §2 and RFC 8594 §3: announced as deprecated since 2025, to be gone since January 2026. */
const DEPRECATED = {
  deprecation: '@1735689600',
  sunset: 'Thu, 01 Jan 2026 00:00:00 GMT',
  link: '</orders>; rel="successor-version"',
};

/** Weakness W7: the old version still answers, and knows nothing of accounts: every caller sees every order. */
export const listOrdersV1: Handler = (request) => {
  const found = page(request, [...request.data.orders.values()]);
  return json(200, { orders: found.items.map(orderV1), next: found.nextCursor }, DEPRECATED);
};

export const readOrderV1: Handler = (request) => json(200, orderV1(orderOf(request)), DEPRECATED);

/** Weakness W1: in no document, for nobody in particular, all orders of all accounts at once. */
export const exportOrdersV1: Handler = (request) => {
  const lines = ['id,account,user_email,street,postcode,city,total_cents,status'];
  for (const order of request.data.orders.values()) {
    const user = request.data.users.get(order.userId);
    const { street, postcode, city } = order.shippingAddress;
    const cells = [order.id, order.account, user?.email ?? '', street, postcode, city, order.totalCents, order.status];
    lines.push(cells.map(csvCell).join(','));
  }
  return { kind: 'text', status: 200, contentType: 'text/csv; charset=utf-8', text: `${lines.join('\n')}\n` };
};

function orderV1(order: Order): { id: number; customer: string; state: string; total: string } {
  return {
    id: order.id,
    customer: order.userId,
    state: order.status.toUpperCase(),
    total: (order.totalCents / 100).toFixed(2),
  };
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
