import { json, notFound, Problem } from './answers.ts';
import type { ApiRequest, Handler } from './api-request.ts';
import { enumParameter, integerParameter, page } from './api-request.ts';
import type { Product } from './data.ts';
import { CATEGORIES, ROWS_MAX } from './data.ts';
import { integer, objectBody, oneOf, text } from './fields.ts';

const PRICE_CENTS_MAX = 10_000_000;

const SORTS = new Map<string, (a: Product, b: Product) => number>([
  ['name', (a, b) => a.name.localeCompare(b.name)],
  ['price', (a, b) => a.priceCents - b.priceCents],
  ['-price', (a, b) => b.priceCents - a.priceCents],
]);

export const listProducts: Handler = (request) => {
  const category = enumParameter(request, 'category', CATEGORIES);
  const words = request.query.get('q')?.toLowerCase() ?? '';
  const minPriceCents = integerParameter(request, 'minPriceCents', 0, 0, PRICE_CENTS_MAX);
  const maxPriceCents = integerParameter(request, 'maxPriceCents', PRICE_CENTS_MAX, 0, PRICE_CENTS_MAX);
  const found = [...request.data.products.values()].filter(
    (product) =>
      (category === undefined || product.category === category) &&
      (words === '' || product.name.toLowerCase().includes(words)) &&
      product.priceCents >= minPriceCents &&
      product.priceCents <= maxPriceCents,
  );
  const sort = request.query.get('sort');
  if (sort !== null) found.sort(sortBy(sort));
  return json(200, page(request, found));
};

export const readProduct: Handler = (request) => json(200, productOf(request));

export const createProduct: Handler = (request) => {
  const fields = objectBody(request.body);
  const { products } = request.data;
  if (products.size >= ROWS_MAX) throw new Problem(507, 'Full', 'The sample holds no more products.');
  const category = oneOf(fields, 'category', CATEGORIES);
  let serial = products.size + 1;
  while (products.has(productId(category, serial))) serial++;
  const product = productFrom(fields, productId(category, serial));
  products.set(product.id, product);
  return json(201, product, { location: `/products/${product.id}` });
};

export const replaceProduct: Handler = (request) => {
  const product = productFrom(objectBody(request.body), productOf(request).id);
  request.data.products.set(product.id, product);
  return json(200, product);
};

export const deleteProduct: Handler = (request) => {
  request.data.products.delete(productOf(request).id);
  return { kind: 'empty' };
};

function productOf(request: ApiRequest): Product {
  const product = request.data.products.get(request.params['productId'] ?? '');
  if (product === undefined) throw notFound('product');
  return product;
}

function productFrom(fields: ReturnType<typeof objectBody>, id: string): Product {
  return {
    id,
    name: text(fields, 'name', 120),
    description: text(fields, 'description', 2000),
    category: oneOf(fields, 'category', CATEGORIES),
    priceCents: integer(fields, 'priceCents', 1, PRICE_CENTS_MAX),
    currency: 'EUR',
    stock: integer(fields, 'stock', 0, 1_000_000),
  };
}

function productId(category: string, serial: number): string {
  return `${category}-${String(serial).padStart(3, '0')}`;
}

/** Weakness W8: an unknown order is not refused with 400 but fails inside, and the failure is shown to the caller. */
function sortBy(sort: string): (a: Product, b: Product) => number {
  const compare = SORTS.get(sort);
  if (compare === undefined) throw new Error(`unknown column in: SELECT * FROM shop.products ORDER BY ${sort}`);
  return compare;
}
