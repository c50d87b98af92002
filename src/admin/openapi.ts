import type { JsonSchema } from './json-schema.ts';
import type { Operation } from './operation.ts';

/** The OpenAPI 3.1 document of the admin API. */
export function openApiDocument(operations: readonly Operation[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    item[operation.method.toLowerCase()] = describe(operation);
    paths[operation.path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport admin API',
      version: '1',
      description:
        'Bearer admin token, kept in the file admin-token of the data folder, or a session of the console. ' +
        'Each operation names the least role that may (x-role). Errors are problem documents (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ adminToken: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        adminToken: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sallyport_session',
          description: 'Begun by POST /api/v1/session. What changes something needs the field X-CSRF-Token, too.',
        },
      },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string' },
            detail: { type: 'string' },
            pointer: { type: 'string' },
          },
        },
      },
    },
  };
}

function describe(operation: Operation): Record<string, unknown> {
  const { answer } = operation;
  const contentType = answer.contentType ?? 'application/json';
  const inPath = [...operation.path.matchAll(/\{(\w{1,40})\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(operation.query ?? {}).map(([name, schema]: [string, JsonSchema]) => ({
    name,
    in: 'query',
    schema,
  }));
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    'x-role': operation.role,
    ...(operation.role === 'anyone' ? { security: [] } : {}),
    ...(inPath.length + inQuery.length === 0 ? {} : { parameters: [...inPath, ...inQuery] }),
    ...(operation.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: operation.body } } } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        content: { [contentType]: { schema: answer.schema ?? { type: 'string' } } },
      },
      ...(operation.role === 'anyone'
        ? {}
        : { 401: problemOf('nobody has proved who it is'), 403: problemOf(`less than the role ${operation.role}`) }),
      default: problemOf('a problem'),
    },
  };
}

function problemOf(description: string): Record<string, unknown> {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
