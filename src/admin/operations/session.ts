import { CONSOLE_ROLES } from '../../core/console-role.ts';
import type { ConsoleSignIn, Visit } from '../console-sign-in.ts';
import type { ObjectSchema } from '../json-schema.ts';
import { type AdminAnswer, type AdminCall, OPEN_OBJECT, type Operation, problem } from '../operation.ts';

const SESSION: ObjectSchema = {
  type: 'object',
  required: ['role', 'name', 'csrfToken', 'expiresAt'],
  properties: {
    role: { type: 'string', enum: CONSOLE_ROLES },
    name: { type: 'string', description: 'of the account, or of the admin token' },
    csrfToken: {
      type: 'string',
      description: 'goes into the field X-CSRF-Token of every request that changes something',
    },
    expiresAt: { type: 'integer', description: 'Unix milliseconds; it ends an hour after the last request, too' },
  },
};
const PATH = '/api/v1/session';

export const sessionOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: PATH,
    operationId: 'signIn',
    summary: 'begins a session of the console with the admin token; the answer sets its cookie',
    role: 'anyone',
    body: { type: 'object', required: ['token'], properties: { token: { type: 'string', maxLength: 512 } } },
    answer: { status: 201, description: 'the session', schema: SESSION },
    handle: (call) => atTheDoor(call, (door, visit) => door.withToken(visit, String(call.body['token']))),
  },
  {
    method: 'POST',
    path: `${PATH}/passkey/options`,
    operationId: 'passkeyOptions',
    summary: 'what a passkey is asked to sign (PublicKeyCredentialRequestOptions as JSON, WebAuthn §5.5)',
    role: 'anyone',
    answer: {
      status: 200,
      description: 'the options; the challenge is good once, for five minutes',
      schema: OPEN_OBJECT,
    },
    handle: (call) => atTheDoor(call, (door, visit) => door.passkeyOptions(visit)),
  },
  {
    method: 'POST',
    path: `${PATH}/passkey`,
    operationId: 'signInWithPasskey',
    summary: 'begins a session of an account that has a role; the answer sets its cookie',
    role: 'anyone',
    body: { ...OPEN_OBJECT, description: 'PublicKeyCredential.toJSON() (WebAuthn §5.1.8)' },
    answer: { status: 201, description: 'the session', schema: SESSION },
    handle: (call) => atTheDoor(call, (door, visit) => door.withPasskey(visit, JSON.stringify(call.body))),
  },
  {
    method: 'GET',
    path: PATH,
    operationId: 'getSession',
    summary: 'the session this request is made in',
    role: 'viewer',
    answer: { status: 200, description: 'the session', schema: SESSION },
    handle: (call) => atTheDoor(call, (door) => (call.caller === undefined ? nowhere() : door.current(call.caller))),
  },
  {
    method: 'DELETE',
    path: PATH,
    operationId: 'signOut',
    summary: 'ends the session this request is made in',
    role: 'viewer',
    answer: { status: 200, description: 'that it is over', schema: OPEN_OBJECT },
    handle: (call) => atTheDoor(call, (door, visit) => door.signOut(visit)),
  },
];

function atTheDoor(
  { door, visit }: AdminCall,
  answer: (door: ConsoleSignIn, visit: Visit) => AdminAnswer | Promise<AdminAnswer>,
): AdminAnswer | Promise<AdminAnswer> {
  return door === undefined || visit === undefined ? nowhere() : answer(door, visit);
}

function nowhere(): AdminAnswer {
  return problem(409, 'session_none', 'There are no sessions here', 'no gateway runs');
}
