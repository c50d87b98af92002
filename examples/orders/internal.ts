import { json } from './answers.ts';
import type { Handler } from './api-request.ts';

/**
 * Weakness W1: a debugging aid that was never meant to leave the developer's machine.
 * The secrets are invented and open nothing.
 */
export const debugConfig: Handler = (request) =>
  json(200, {
    environment: 'production',
    nodeVersion: process.version,
    database: { url: 'postgres://shop:example-password@db.internal.example:5432/shop' },
    paymentProvider: { apiKey: 'example-provider-key-0123456789' },
    counts: {
      users: request.data.users.size,
      orders: request.data.orders.size,
      payments: request.data.payments.size,
      products: request.data.products.size,
    },
  });
