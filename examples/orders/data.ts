/** In-memory data of the sample API: the same on every start, changed only by the calls that follow. */
export interface Product {
  readonly id: string;
  name: string;
  description: string;
  category: string;
  priceCents: number;
  currency: 'EUR';
  stock: number;
}

export const ROLES = ['customer', 'support', 'admin'] as const;
export const ORDER_STATUSES = ['open', 'paid', 'shipped', 'cancelled'] as const;
export const CATEGORIES = ['books', 'garden', 'kitchen', 'tools'] as const;

export type Role = (typeof ROLES)[number];
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface User {
  readonly id: string;
  account: string;
  name: string;
  email: string;
  role: Role;
  birthDate: string;
  passwordHash: string;
  resetToken: string;
  readonly createdAt: string;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
}

export interface OrderItem {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

export interface Order {
  readonly id: number;
  readonly account: string;
  readonly userId: string;
  status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly totalCents: number;
  readonly currency: 'EUR';
  shippingAddress: Address;
  note: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Payment {
  readonly id: string;
  readonly orderId: number;
  readonly amountCents: number;
  readonly currency: 'EUR';
  status: 'captured' | 'refunded';
  readonly cardLast4: string;
  readonly cardNumber: string;
  readonly cardholder: string;
  readonly createdAt: string;
}

export interface Dataset {
  readonly products: Map<string, Product>;
  readonly users: Map<string, User>;
  readonly orders: Map<number, Order>;
  readonly payments: Map<string, Payment>;
}

/** Rows a collection may hold; creating more answers 507, so that the sample cannot be filled up. */
export const ROWS_MAX = 10_000;
export const ACCOUNTS = ['acme', 'birch', 'cedar'] as const;
const SEEDED_FROM_MS = Date.UTC(2026, 0, 5, 8);
const DAY_MS = 86_400_000;

/** Builds the same products, users, orders and payments every time. */
export function seedDataset(): Dataset {
  const random = mulberry32(20_260_105);
  const products = seedProducts(random);
  const users = seedUsers(random);
  const orders = seedOrders(random, [...products.values()], [...users.values()]);
  return { products, users, orders, payments: seedPayments(random, orders, users) };
}

/** A Luhn-valid number of the 400000 test range: passes every format check, belongs to no card. */
export function testCardNumber(serial: number): string {
  const body = `400000${String(serial % 1_000_000_000).padStart(9, '0')}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]);
    const weighted = i % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return body + String((10 - (sum % 10)) % 10);
}

function seedProducts(random: () => number): Map<string, Product> {
  const products = new Map<string, Product>();
  for (let i = 1; i <= 40; i++) {
    const category = pick(random, CATEGORIES);
    const id = `${category}-${String(i).padStart(3, '0')}`;
    products.set(id, {
      id,
      name: `Sample ${category} item ${i}`,
      description: `Item ${i} of the sample catalogue, in category ${category}.`,
      category,
      priceCents: 199 + Math.floor(random() * 9800),
      currency: 'EUR',
      stock: Math.floor(random() * 200),
    });
  }
  return products;
}

function seedUsers(random: () => number): Map<string, User> {
  const users = new Map<string, User>();
  for (let i = 1; i <= 24; i++) {
    const id = uuid(random);
    users.set(id, {
      id,
      account: ACCOUNTS[i % ACCOUNTS.length] ?? 'acme',
      name: `Sample User ${i}`,
      email: `user${i}@example.com`,
      role: i === 1 ? 'admin' : i === 2 ? 'support' : 'customer',
      birthDate: new Date(Date.UTC(1960 + Math.floor(random() * 45), 0, 1 + Math.floor(random() * 365)))
        .toISOString()
        .slice(0, 10),
      passwordHash: `scrypt$16384$${hex(random, 16)}$${hex(random, 32)}`,
      resetToken: hex(random, 16),
      createdAt: new Date(SEEDED_FROM_MS - Math.floor(random() * 300) * DAY_MS).toISOString(),
    });
  }
  return users;
}

function seedOrders(random: () => number, products: readonly Product[], users: readonly User[]): Map<number, Order> {
  const orders = new Map<number, Order>();
  for (let id = 1001; id <= 1200; id++) {
    const user = pick(random, users);
    const items: OrderItem[] = [];
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
      const product = pick(random, products);
      items.push({
        productId: product.id,
        quantity: 1 + Math.floor(random() * 4),
        unitPriceCents: product.priceCents,
      });
    }
    const createdAt = new Date(SEEDED_FROM_MS + Math.floor(random() * 240) * DAY_MS).toISOString();
    orders.set(id, {
      id,
      account: user.account,
      userId: user.id,
      status: pick(random, ORDER_STATUSES),
      items,
      totalCents: orderTotalCents(items),
      currency: 'EUR',
      shippingAddress: {
        street: `${1 + Math.floor(random() * 200)} Example Street`,
        city: 'Sampleton',
        postcode: String(10_000 + Math.floor(random() * 89_999)),
        country: 'DE',
      },
      note: '',
      createdAt,
      updatedAt: createdAt,
    });
  }
  return orders;
}

function seedPayments(
  random: () => number,
  orders: ReadonlyMap<number, Order>,
  users: ReadonlyMap<string, User>,
): Map<string, Payment> {
  const payments = new Map<string, Payment>();
  for (const order of orders.values()) {
    if (order.status !== 'paid' && order.status !== 'shipped') continue;
    const id = paymentId(payments.size + 1);
    const cardNumber = testCardNumber(Math.floor(random() * 1_000_000_000));
    payments.set(id, {
      id,
      orderId: order.id,
      amountCents: order.totalCents,
      currency: 'EUR',
      status: 'captured',
      cardLast4: cardNumber.slice(-4),
      cardNumber,
      cardholder: users.get(order.userId)?.name ?? '',
      createdAt: order.createdAt,
    });
  }
  return payments;
}

export function orderTotalCents(items: readonly OrderItem[]): number {
  return items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0);
}

export function paymentId(serial: number): string {
  return `pay_${String(serial).padStart(6, '0')}`;
}

/** Small deterministic generator (mulberry32): sample data only, never secrets. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError('nothing to pick from');
  return value;
}

function hex(random: () => number, bytes: number): string {
  let text = '';
  for (let i = 0; i < bytes; i++)
    text += Math.floor(random() * 256)
      .toString(16)
      .padStart(2, '0');
  return text;
}

function uuid(random: () => number): string {
  const h = hex(random, 16);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20)}`;
}
