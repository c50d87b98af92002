import { ATTACK_CLASSES } from '../../detect/attack-class.ts';
import { parameterPath } from '../../detect/parameters/parameter-path.ts';
import { LEARNED_METHODS } from '../../detect/parameters/parameter-sampler.ts';
import { NARROW_TYPES } from '../../detect/parameters/value-type.ts';
import { exceptionPathProblem } from '../../detect/payload/exceptions.ts';
import {
  type AdminCall,
  json,
  listOf,
  OPEN_OBJECT,
  type Operation,
  PAGE_QUERY,
  page,
  pageLimit,
  problem,
} from '../operation.ts';

const DAY_MS = 86_400_000;
const PIN_DAYS = 90;
const PIN_DAYS_MAX = 365;
/** What a parameter can be held to, or `text` to hold it to nothing. */
const PIN_TYPES = [...NARROW_TYPES, 'text'] as const;

/** What was learned of parameters, and what is said of them. */
export const parameterOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/parameters',
    operationId: 'listParameters',
    summary: 'what was learned of the parameters of endpoints',
    role: 'viewer',
    query: { ...PAGE_QUERY, route: { type: 'string', description: 'only of this route' } },
    answer: { status: 200, description: 'a page of parameters, by route and place', schema: listOf(OPEN_OBJECT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const route = query['route'];
      const cursor = query['cursor'];
      if (cursor === undefined) await services.parameters.settle();
      const found = await services.parameters.list({
        limit: limit + 1,
        ...(route === undefined ? {} : { routeId: route }),
        ...(cursor === undefined ? {} : { afterPlace: Buffer.from(cursor, 'base64url').toString('utf8') }),
      });
      const { items, ...more } = page(found, limit, ({ place }) => Buffer.from(place).toString('base64url'));
      return json(200, { items: items.map(({ place: _, ...view }) => view), ...more });
    },
  },
  {
    method: 'GET',
    path: '/api/v1/parameters/{id}',
    operationId: 'getParameter',
    summary: 'one parameter, with the evidence that is usual there',
    role: 'viewer',
    answer: { status: 200, description: 'the parameter', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      await services.parameters.settle();
      const found = await services.parameters.find(path['id'] ?? '');
      return found === undefined ? unknown() : json(200, found);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/parameters',
    operationId: 'pinParameter',
    summary: 'says what a parameter holds, or what is forgiven there; it comes before what was learned',
    role: 'operator',
    body: {
      type: 'object',
      required: ['route', 'method', 'path'],
      properties: {
        route: { type: 'string', maxLength: 64, description: 'id of the route' },
        method: { type: 'string', enum: [...LEARNED_METHODS] },
        path: { type: 'string', maxLength: 256, description: 'key path, such as body.note or query.q' },
        type: { type: 'string', enum: [...PIN_TYPES], description: 'text: anything' },
        forgive: {
          type: 'array',
          items: { type: 'string', enum: [...ATTACK_CLASSES] },
          maxItems: ATTACK_CLASSES.length,
          description: 'classes of attack whose evidence is forgiven, but for what nothing forgives',
        },
        days: {
          type: 'integer',
          minimum: 1,
          maximum: PIN_DAYS_MAX,
          description: `how long it counts, ${PIN_DAYS} unless told`,
        },
      },
    },
    answer: { status: 200, description: 'the parameter as it is in force on every thread', schema: OPEN_OBJECT },
    handle: pin,
  },
  {
    method: 'DELETE',
    path: '/api/v1/parameters/{id}/pin',
    operationId: 'unpinParameter',
    summary: 'takes back what was said of a parameter; what was learned of it counts again',
    role: 'operator',
    answer: { status: 200, description: 'the parameter as it is now', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const found = await services.parameters.unpin(path['id'] ?? '');
      return found === undefined ? unknown() : json(200, found);
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/parameters/{id}',
    operationId: 'forgetParameter',
    summary: 'forgets a parameter with all that was learned and said of it',
    role: 'operator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const id = path['id'] ?? '';
      return (await services.parameters.forget(id)) ? json(200, { id }) : unknown();
    },
  },
];

async function pin({ services, body }: AdminCall) {
  const { current } = services.configuration();
  const route = current.routes.find(({ id, rulesOf }) => (rulesOf ?? id) === body['route']);
  if (route === undefined) return problem(422, 'route_unknown', 'No such route');
  if (route.payload?.learn !== true)
    return problem(
      422,
      'route_learns_nothing',
      'Nothing is learned on this route',
      'its inspect.payload says off, or learn: false',
    );
  const path = String(body['path']);
  const root = path.split(/[.[]/, 1)[0];
  const fault =
    exceptionPathProblem(path) ?? (path.includes('*') || root === 'header' ? 'names no parameter' : undefined);
  if (fault !== undefined) return problem(422, 'path_invalid', 'Not a key path', `it ${fault}`);
  const type = PIN_TYPES.find((known) => known === body['type']);
  const given: readonly unknown[] = Array.isArray(body['forgive']) ? body['forgive'] : [];
  const forgive = ATTACK_CLASSES.filter((attack) => given.includes(attack));
  if (type === undefined && forgive.length === 0)
    return problem(422, 'pin_empty', 'Nothing to say', 'give a type, or classes to forgive');
  const days = typeof body['days'] === 'number' ? body['days'] : PIN_DAYS;
  const view = await services.parameters.pin({
    routeId: route.rulesOf ?? route.id,
    method: String(body['method']),
    template: route.parametersOf ?? route.match.path,
    path: parameterPath(path),
    type,
    forgive,
    expiresMs: services.clock.nowMs() + days * DAY_MS,
  });
  return json(200, view);
}

function unknown() {
  return problem(404, 'parameter_unknown', 'No such parameter');
}
