import { setImmediate as nextTurn } from 'node:timers/promises';
import { json } from './answers.ts';
import type { Handler } from './api-request.ts';
import { integerParameter } from './api-request.ts';

const DAYS_PER_TURN = 200;

/**
 * Weakness W9: every day asked for is one pass over all orders, and as many days may be asked for as one likes.
 * Yields between slices, so that the sample still answers others meanwhile, and stops when the client has gone.
 */
export const reportSales: Handler = async (request) => {
  const days = integerParameter(request, 'days', 30, 1, Number.MAX_SAFE_INTEGER);
  const orders = [...request.data.orders.values()];
  const newest = Math.max(...orders.map((order) => Date.parse(order.createdAt)));
  let totalCents = 0;
  let orderCount = 0;
  let bestDayCents = 0;
  for (let day = 0; day < days; day++) {
    if (day % DAYS_PER_TURN === DAYS_PER_TURN - 1) {
      await nextTurn();
      if (request.signal.aborted) break;
    }
    const to = newest - day * 86_400_000;
    let dayCents = 0;
    for (const order of orders) {
      const createdMs = Date.parse(order.createdAt);
      if (createdMs > to || createdMs <= to - 86_400_000 || order.status === 'cancelled') continue;
      dayCents += order.totalCents;
      orderCount++;
    }
    totalCents += dayCents;
    bestDayCents = Math.max(bestDayCents, dayCents);
  }
  return json(200, { days, orderCount, totalCents, bestDayCents, currency: 'EUR' });
};
