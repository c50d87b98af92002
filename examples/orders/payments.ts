import { invalid, json, notFound, Problem } from './answers.ts';
import type { ApiRequest, Handler } from './api-request.ts';
import { callerAccount, integerParameter, page } from './api-request.ts';
import type { Payment } from './data.ts';
import { paymentId, ROWS_MAX } from './data.ts';
import { integer, objectBody, text } from './fields.ts';

export const listPayments: Handler = (request) => {
  const account = callerAccount(request);
  const orderId = integerParameter(request, 'orderId', 0, 1, Number.MAX_SAFE_INTEGER);
  const found = [...request.data.payments.values()].filter(
    (payment) =>
      (account === undefined || request.data.orders.get(payment.orderId)?.account === account) &&
      (orderId === 0 || payment.orderId === orderId),
  );
  return json(200, page(request, found.map(maskedPayment)));
};

/** Weakness W3: the stored row goes out whole, with the full card number the document does not mention. */
export const readPayment: Handler = (request) => json(200, paymentOf(request));

export const createPayment: Handler = (request) => {
  const fields = objectBody(request.body);
  const { orders, payments } = request.data;
  if (payments.size >= ROWS_MAX) throw new Problem(507, 'Full', 'The sample holds no more payments.');
  const order = orders.get(integer(fields, 'orderId', 1, Number.MAX_SAFE_INTEGER));
  if (order === undefined) throw invalid('/orderId', 'there is no such order');
  const cardNumber = text(fields, 'cardNumber', 19);
  if (!/^[0-9]{13,19}$/.test(cardNumber)) throw invalid('/cardNumber', 'must be 13 to 19 digits');
  const cardholder = text(fields, 'cardholder', 120);
  if (order.status !== 'open') throw new Problem(409, 'Conflict', 'Only an open order can be paid.');
  const payment: Payment = {
    id: paymentId(payments.size + 1),
    orderId: order.id,
    amountCents: order.totalCents,
    currency: 'EUR',
    status: 'captured',
    cardLast4: cardNumber.slice(-4),
    cardNumber,
    cardholder,
    createdAt: new Date().toISOString(),
  };
  payments.set(payment.id, payment);
  order.status = 'paid';
  order.updatedAt = payment.createdAt;
  request.feed.publish('order.updated', order);
  return json(201, maskedPayment(payment), { location: `/payments/${payment.id}` });
};

export const refundPayment: Handler = (request) => {
  const payment = paymentOf(request);
  if (payment.status === 'refunded') throw new Problem(409, 'Conflict', 'The payment has been refunded already.');
  payment.status = 'refunded';
  return json(200, maskedPayment(payment));
};

/** Weakness W2: a receipt is personal data, its id counts upwards, and nobody has to say who they are. */
export const readReceipt: Handler = (request) => {
  const payment = paymentOf(request);
  const order = request.data.orders.get(payment.orderId);
  const user = order === undefined ? undefined : request.data.users.get(order.userId);
  if (order === undefined || user === undefined) throw notFound('receipt');
  return json(200, {
    paymentId: payment.id,
    orderId: order.id,
    name: user.name,
    email: user.email,
    address: order.shippingAddress,
    amountCents: payment.amountCents,
    currency: payment.currency,
    cardLast4: payment.cardLast4,
    paidAt: payment.createdAt,
  });
};

function paymentOf(request: ApiRequest): Payment {
  const payment = request.data.payments.get(request.params['paymentId'] ?? '');
  if (payment === undefined) throw notFound('payment');
  return payment;
}

function maskedPayment(payment: Payment): Omit<Payment, 'cardNumber' | 'cardholder'> {
  const { id, orderId, amountCents, currency, status, cardLast4, createdAt } = payment;
  return { id, orderId, amountCents, currency, status, cardLast4, createdAt };
}
