import type { OAuthClient } from '../../core/issuer.ts';
import { CLIENT_AUTHENTICATION, type ClientResult } from '../../tokens/oauth/clients.ts';
import { TooManyKeys } from '../../tokens/oauth/signing-keys.ts';
import { asValid, type JsonSchema, type ObjectSchema } from '../json-schema.ts';
import {
  type AdminAnswer,
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
import type { IssuerServices } from '../services.ts';

const CLIENT: JsonSchema = { ...OPEN_OBJECT, description: 'an OAuth client, without its secrets' };
const SECRET: JsonSchema = { ...OPEN_OBJECT, description: 'the client, and its secret, which is shown this once' };
const TEXT = { type: 'string', minLength: 1, maxLength: 512 } as const;
const TEXTS = { type: 'array', items: TEXT, maxItems: 32 } as const;

const NEW_CLIENT = {
  type: 'object',
  required: ['consumer', 'name', 'grantTypes', 'authentication'],
  properties: {
    consumer: TEXT,
    name: { ...TEXT, maxLength: 100, description: 'as people see it when they are asked for consent' },
    grantTypes: { ...TEXTS, description: 'RFC 7591 grant_types' },
    authentication: { type: 'string', enum: CLIENT_AUTHENTICATION },
    redirectUris: TEXTS,
    scope: {
      type: 'string',
      maxLength: 4096,
      description: 'scopes it may have, with spaces between; absent: every one',
    },
    jwks: {
      type: 'object',
      required: ['keys'],
      properties: { keys: { type: 'array', items: OPEN_OBJECT, maxItems: 32 } },
      additionalProperties: true,
      description: 'its public keys (RFC 7517)',
    },
    jwksUri: TEXT,
    certificateDns: { ...TEXT, description: 'name of its certificate, for tls_client_auth' },
    certificateUri: { ...TEXT, description: 'the same as a URI' },
    dpopBound: { type: 'boolean', description: 'true: its tokens are always bound to a key (RFC 9449)' },
    certificateBound: {
      type: 'boolean',
      description: 'true: its tokens are always bound to its certificate (RFC 8705)',
    },
    trusted: { type: 'boolean', description: 'true: people are not asked for consent' },
    introspects: { type: 'boolean', description: 'true: it may ask what any token is (RFC 7662)' },
  },
} as const satisfies ObjectSchema;

/** Hands the issuer to `act`, or says that there is none. */
function withIssuer(
  { services }: AdminCall,
  act: (issuer: IssuerServices) => Promise<AdminAnswer> | AdminAnswer,
): Promise<AdminAnswer> | AdminAnswer {
  const issuer = services.issuer();
  return issuer === undefined
    ? problem(
        409,
        'issuer_off',
        'No issuer runs',
        'run the gateway with an issuer in its configuration: clients and signing keys are changed while it runs',
      )
    : act(issuer);
}

export const issuerOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/clients',
    operationId: 'listClients',
    summary: 'OAuth clients in the order of their ids',
    role: 'viewer',
    query: PAGE_QUERY,
    answer: { status: 200, description: 'a page of clients', schema: listOf(CLIENT) },
    handle: (call) =>
      withIssuer(call, async ({ clients }) => {
        const limit = pageLimit(call.query);
        const found = await clients.list(call.query['cursor'], limit + 1);
        return json(
          200,
          page(found.map(shown), limit, ({ id }) => id),
        );
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/clients',
    operationId: 'createClient',
    summary: 'registers an OAuth client of a consumer',
    role: 'administrator',
    body: NEW_CLIENT,
    answer: { status: 201, description: 'the client', schema: SECRET },
    handle: (call) =>
      withIssuer(call, async ({ clients }) => answered(await clients.create(asValid(NEW_CLIENT, call.body)), 201)),
  },
  {
    method: 'GET',
    path: '/api/v1/clients/{id}',
    operationId: 'getClient',
    summary: 'one OAuth client',
    role: 'viewer',
    answer: { status: 200, description: 'the client', schema: CLIENT },
    handle: (call) =>
      withIssuer(call, async ({ clients }) => {
        const client = await clients.find(call.path['id'] ?? '');
        return client === undefined ? unknown() : json(200, shown(client));
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/clients/{id}/rotate-secret',
    operationId: 'rotateClientSecret',
    summary: 'gives a client a new secret; the old one works on for the grace',
    role: 'administrator',
    body: {
      type: 'object',
      properties: { graceSeconds: { type: 'integer', minimum: 0, maximum: 2_592_000, description: '0 unless told' } },
    },
    answer: { status: 200, description: 'the client', schema: SECRET },
    handle: (call) =>
      withIssuer(call, async ({ clients }) =>
        answered(await clients.rotateSecret(call.path['id'] ?? '', Number(call.body['graceSeconds'] ?? 0)), 200),
      ),
  },
  ...(['disable', 'enable'] as const).map(
    (verb): Operation => ({
      method: 'POST',
      path: `/api/v1/clients/{id}/${verb}`,
      operationId: `${verb}Client`,
      role: 'administrator',
      summary: verb === 'disable' ? 'refuses a client, and the tokens it has' : 'takes that back, for new tokens',
      answer: { status: 200, description: 'the client', schema: CLIENT },
      handle: (call) =>
        withIssuer(call, async ({ clients }) =>
          answered(await clients.setDisabled(call.path['id'] ?? '', verb === 'disable'), 200),
        ),
    }),
  ),
  {
    method: 'DELETE',
    path: '/api/v1/clients/{id}',
    operationId: 'removeClient',
    summary: 'forgets a client and refuses the tokens it has',
    role: 'administrator',
    answer: { status: 200, description: 'that it is gone', schema: OPEN_OBJECT },
    handle: (call) =>
      withIssuer(call, async ({ clients }) => {
        const id = call.path['id'] ?? '';
        return (await clients.remove(id)) ? json(200, { id, removed: true }) : unknown();
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/clients/registration-tokens',
    operationId: 'createRegistrationToken',
    summary: 'a token with which one may register clients (RFC 7591)',
    role: 'administrator',
    body: {
      type: 'object',
      properties: {
        expiresInSeconds: { type: 'integer', minimum: 60, maximum: 2_592_000, description: 'a day unless told' },
      },
    },
    answer: { status: 201, description: 'the token, which is shown this once', schema: OPEN_OBJECT },
    handle: (call) =>
      withIssuer(call, async (issuer) => {
        const token = await issuer.registrationToken(Number(call.body['expiresInSeconds'] ?? 86_400));
        return token === undefined
          ? problem(409, 'registration_off', 'Not possible', 'write registration: token under issuer')
          : json(201, { token });
      }),
  },
  {
    method: 'GET',
    path: '/api/v1/signing-keys',
    operationId: 'listSigningKeys',
    summary: 'keys the issuer signs with, where they are in their life, and when that changes by itself',
    role: 'viewer',
    answer: { status: 200, description: 'the keys', schema: listOf(OPEN_OBJECT) },
    handle: (call) =>
      withIssuer(call, ({ signingKeys }) => {
        const dueAtMs = signingKeys.dueAtMs();
        return json(200, { items: signingKeys.list(), nextChangeAtMs: Number.isFinite(dueAtMs) ? dueAtMs : null });
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/signing-keys/rotate',
    operationId: 'rotateSigningKeys',
    summary: 'publishes the next key; in force on every thread when it answers',
    role: 'administrator',
    body: {
      type: 'object',
      properties: {
        how: {
          type: 'string',
          enum: ['scheduled', 'now', 'emergency'],
          description:
            'scheduled: it signs after the time of the policy; now: at once; emergency: at once, and every token under another key is refused',
        },
      },
    },
    answer: { status: 200, description: 'the keys', schema: listOf(OPEN_OBJECT) },
    handle: (call) =>
      withIssuer(call, async ({ signingKeys }) => {
        try {
          const how = (call.body['how'] ?? 'scheduled') as 'scheduled' | 'now' | 'emergency';
          return json(200, { items: await signingKeys.rotate(how) });
        } catch (error) {
          if (!(error instanceof TooManyKeys)) throw error;
          return problem(409, 'signing_keys_too_many', 'Not possible', error.message);
        }
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/signing-keys/reset',
    operationId: 'resetSigningKeys',
    summary:
      'forgets signing keys nobody can open any more, and everything sealed with them; only while no gateway runs',
    role: 'administrator',
    answer: { status: 200, description: 'how many were forgotten', schema: OPEN_OBJECT },
    async handle({ services }) {
      const forgotten = await services.resetIssuer();
      return forgotten === undefined
        ? problem(409, 'gateway_runs', 'Not possible', 'stop the gateway first; a running one has its keys')
        : json(200, { forgotten });
    },
  },
];

function unknown(): AdminAnswer {
  return problem(404, 'client_unknown', 'No such client');
}

function answered(result: ClientResult, status: number): AdminAnswer {
  if (result.ok)
    return json(status, { ...shown(result.client), ...(result.secret === undefined ? {} : { secret: result.secret }) });
  if (result.code === 'unknown') return unknown();
  const { code, message, field } = result;
  return problem(422, `client_${code}`, 'Not possible', message, field === undefined ? {} : { pointer: `/${field}` });
}

/** Digests of secrets are nobody's business. */
function shown({ secrets, ...client }: OAuthClient): Omit<OAuthClient, 'secrets'> & { readonly secretCount: number } {
  return { ...client, secretCount: secrets.length };
}
