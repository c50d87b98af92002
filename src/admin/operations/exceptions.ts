import { ATTACK_CLASSES } from '../../detect/attack-class.ts';
import { placeText } from '../../detect/payload/exception-view.ts';
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
const DAYS_MAX = 365;

/** What attacks are let through, and until when. */
export const exceptionOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/exceptions',
    operationId: 'listExceptions',
    role: 'viewer',
    summary: 'what attacks are let through, by the configuration and by what was added, and how often',
    query: { ...PAGE_QUERY, route: { type: 'string', description: 'only what counts on this route' } },
    answer: { status: 200, description: 'a page of exceptions, by route and path', schema: listOf(OPEN_OBJECT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const { route, cursor } = query;
      const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString('utf8');
      const all = await services.exceptions.list();
      const found = all.filter(
        (one) => (route === undefined || (one.route ?? route) === route) && placeText(one) > after,
      );
      return json(
        200,
        page(found, limit, (one) => Buffer.from(placeText(one)).toString('base64url')),
      );
    },
  },
  {
    method: 'POST',
    path: '/api/v1/exceptions',
    operationId: 'addException',
    role: 'operator',
    summary:
      'lets one class of attack through on a route, at a path, or both, until a day; replaces one of the same scope',
    body: {
      type: 'object',
      required: ['class', 'days'],
      properties: {
        route: { type: 'string', maxLength: 64, description: 'id of the route; without it: every route' },
        path: {
          type: 'string',
          maxLength: 256,
          description: 'key path, such as body.note or body.document.*; without it: every place of the route',
        },
        class: {
          type: 'string',
          enum: [...ATTACK_CLASSES],
          description: 'what is let through; every other class is still refused, and so are decoys and broken framing',
        },
        consumer: { type: 'string', maxLength: 128, description: 'only calls of this consumer' },
        days: { type: 'integer', minimum: 1, maximum: DAYS_MAX, description: 'how long it counts' },
        reason: { type: 'string', maxLength: 256, description: 'for those who read it later' },
      },
    },
    answer: { status: 200, description: 'the exception as it is in force on every thread', schema: OPEN_OBJECT },
    handle: add,
  },
  {
    method: 'DELETE',
    path: '/api/v1/exceptions/{id}',
    operationId: 'removeException',
    role: 'operator',
    summary: 'takes an exception back; it is in force on no thread any more',
    answer: { status: 200, description: 'the exception that was', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const id = path['id'] ?? '';
      const removed = await services.exceptions.remove(id);
      if (removed !== undefined) return json(200, removed);
      return services.exceptions.isConfigured(id)
        ? problem(409, 'exception_configured', 'Not here', 'the configuration says it: take it out of the file')
        : problem(404, 'exception_unknown', 'No such exception');
    },
  },
];

async function add({ services, body, caller }: AdminCall) {
  const [route, path, consumer, reason] = ['route', 'path', 'consumer', 'reason'].map((name) => textOf(body[name]));
  if (route === undefined && path === undefined)
    return problem(
      422,
      'exception_everywhere',
      'Too wide',
      'name a route or a path: no class is let through everywhere',
    );
  if (route !== undefined) {
    const known = services.configuration().current.routes.find(({ id, rulesOf = id }) => rulesOf === route);
    if (known === undefined) return problem(422, 'route_unknown', 'No such route');
    if (known.payload === undefined)
      return problem(
        422,
        'route_inspects_nothing',
        'No attacks are looked for on this route',
        'inspect.payload is off',
      );
  }
  const fault = path === undefined ? undefined : exceptionPathProblem(path);
  if (fault !== undefined) return problem(422, 'path_invalid', 'Not a key path', `it ${fault}`);
  if (consumer !== undefined && /\p{C}/u.test(consumer))
    return problem(422, 'consumer_invalid', 'Not the name of a consumer', 'it has control characters');
  const view = await services.exceptions.add({
    routeId: route ?? '',
    path: path ?? '',
    class: String(body['class']),
    consumer,
    reason: reason ?? '',
    addedBy: caller?.name ?? '',
    expiresMs: services.clock.nowMs() + Number(body['days']) * DAY_MS,
  });
  return view === undefined
    ? problem(409, 'exceptions_full', 'No room for more', 'remove exceptions that ended or are never used')
    : json(200, view);
}

/** An empty text says as little as none. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
