import { invalid, json, notFound, Problem } from './answers.ts';
import type { ApiRequest, Handler } from './api-request.ts';
import { callerAccount, enumParameter, page } from './api-request.ts';
import type { Address, Order, OrderItem } from './data.ts';
import { ORDER_STATUSES, orderTotalCents, ROWS_MAX } from './data.ts';
import type { Fields } from './fields.ts';
import { integer, objectBody, oneOf, text } from './fields.ts';

const ITEMS_MAX = 50;

/** Lists the caller's orders; every order where the gateway named no caller. */
export const listOrders: Handler = (request) => {
  const account = callerAccount(request);
  const status = enumParameter(request, 'status', ORDER_STATUSES);
  const userId = request.query.get('userId');
  const found = [...request.data.orders.values()].filter(
    (order) =>
      (account === undefined || order.account === account) &&
      (status === undefined || order.status === status) &&
      (userId === null || order.userId === userId),
  );
  return json(200, page(request, found));
};

/** Weakness W4: the order is found by its id alone; whose it is, nobody asks. The same holds for every change below. */
export const readOrder: Handler = (request) => json(200, orderOf(request));

export const createOrder: Handler = (request) => {
  const fields = objectBody(request.body);
  const { orders, users } = request.data;
  if (orders.size >= ROWS_MAX) throw new Problem(507, 'Full', 'The sample holds no more orders.');
  const user = users.get(text(fields, 'userId', 36));
  if (user === undefined) throw invalid('/userId', 'there is no such user');
  const items = itemsFrom(request, fields);
  const now = new Date().toISOString();
  const order: Order = {
    id: nextOrderId(orders),
    account: user.account,
    userId: user.id,
    status: 'open',
    items,
    totalCents: orderTotalCents(items),
    currency: 'EUR',
    shippingAddress: addressFrom(fields['shippingAddress']),
    note: fields['note'] === undefined ? '' : text(fields, 'note', 500),
    createdAt: now,
    updatedAt: now,
  };
  orders.set(order.id, order);
  request.feed.publish('order.created', order);
  return json(201, order, { location: `/orders/${order.id}` });
};

export const changeOrder: Handler = (request) => {
  const order = orderOf(request);
  const fields = objectBody(request.body);
  const status = fields['status'] === undefined ? order.status : oneOf(fields, 'status', ORDER_STATUSES);
  const note = fields['note'] === undefined ? order.note : text(fields, 'note', 500);
  order.status = status;
  order.note = note;
  order.updatedAt = new Date().toISOString();
  request.feed.publish('order.updated', order);
  return json(200, order);
};

export const replaceShippingAddress: Handler = (request) => {
  const order = orderOf(request);
  if (order.status === 'shipped') throw new Problem(409, 'Conflict', 'The order has been shipped.');
  order.shippingAddress = addressFrom(request.body);
  order.updatedAt = new Date().toISOString();
  request.feed.publish('order.updated', order);
  return json(200, order);
};

export const deleteOrder: Handler = (request) => {
  const order = orderOf(request);
  if (order.status !== 'open' && order.status !== 'cancelled') {
    throw new Problem(409, 'Conflict', 'Only open and cancelled orders can be deleted.');
  }
  request.data.orders.delete(order.id);
  request.feed.publish('order.deleted', order);
  return { kind: 'empty' };
};

export const streamOrders: Handler = (request) => ({
  kind: 'stream',
  open: (response) => request.feed.open(response),
});

export function orderOf(request: ApiRequest): Order {
  const text = request.params['orderId'] ?? '';
  const id = Number(text);
  if (text === '' || !Number.isSafeInteger(id)) throw invalid('orderId', 'must be an integer');
  const order = request.data.orders.get(id);
  if (order === undefined) throw notFound('order');
  return order;
}

function itemsFrom(request: ApiRequest, fields: Fields): OrderItem[] {
  const raw = fields['items'];
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > ITEMS_MAX) {
    throw invalid('/items', `must be a list of 1 to ${ITEMS_MAX} items`);
  }
  return raw.map((entry: unknown) => {
    const item = objectBody(entry);
    const product = request.data.products.get(text(item, 'productId', 60));
    if (product === undefined) throw invalid('/items', 'there is no such product');
    return {
      productId: product.id,
      quantity: integer(item, 'quantity', 1, 1000),
      unitPriceCents: product.priceCents,
    };
  });
}

function addressFrom(value: unknown): Address {
  const fields = objectBody(value);
  return {
    street: text(fields, 'street', 200),
    city: text(fields, 'city', 100),
    postcode: text(fields, 'postcode', 16),
    country: text(fields, 'country', 2),
  };
}

function nextOrderId(orders: ReadonlyMap<number, Order>): number {
  let last = 1000;
  for (const id of orders.keys()) if (id > last) last = id;
  return last + 1;
}
