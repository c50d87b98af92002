import { randomBytes, randomUUID } from 'node:crypto';
import { json, notFound, Problem } from './answers.ts';
import type { ApiRequest, Handler } from './api-request.ts';
import { callerAccount, enumParameter, page } from './api-request.ts';
import type { User } from './data.ts';
import { ACCOUNTS, ROLES, ROWS_MAX } from './data.ts';
import { email, objectBody, oneOf, text } from './fields.ts';

/** Weakness W6: the stored rows go out whole, password hash and reset token included. */
export const listUsers: Handler = (request) => {
  const account = callerAccount(request);
  const role = enumParameter(request, 'role', ROLES);
  const found = [...request.data.users.values()].filter(
    (user) => (account === undefined || user.account === account) && (role === undefined || user.role === role),
  );
  return json(200, page(request, found));
};

export const readUser: Handler = (request) => json(200, publicUser(userOf(request)));

export const createUser: Handler = (request) => {
  const fields = objectBody(request.body);
  const { users } = request.data;
  if (users.size >= ROWS_MAX) throw new Problem(507, 'Full', 'The sample holds no more users.');
  const user: User = {
    id: randomUUID(),
    account: callerAccount(request) ?? oneOf(fields, 'account', ACCOUNTS),
    name: text(fields, 'name', 120),
    email: email(fields, 'email'),
    role: 'customer',
    birthDate: text(fields, 'birthDate', 10),
    passwordHash: '',
    resetToken: randomBytes(16).toString('hex'),
    createdAt: new Date().toISOString(),
  };
  users.set(user.id, user);
  return json(201, publicUser(user), { location: `/users/${user.id}` });
};

/** Weakness W5: `role` is no documented member of this body and is taken over like `name` and `email`. */
export const changeUser: Handler = (request) => {
  const user = userOf(request);
  const fields = objectBody(request.body);
  const name = fields['name'] === undefined ? user.name : text(fields, 'name', 120);
  const address = fields['email'] === undefined ? user.email : email(fields, 'email');
  const role = fields['role'] === undefined ? user.role : oneOf(fields, 'role', ROLES);
  user.name = name;
  user.email = address;
  user.role = role;
  return json(200, publicUser(user));
};

export const listOrdersOfUser: Handler = (request) => {
  const user = userOf(request);
  const found = [...request.data.orders.values()].filter((order) => order.userId === user.id);
  return json(200, page(request, found));
};

function userOf(request: ApiRequest): User {
  const user = request.data.users.get(request.params['userId'] ?? '');
  if (user === undefined) throw notFound('user');
  return user;
}

function publicUser(user: User): Pick<User, 'id' | 'account' | 'name' | 'email' | 'role' | 'createdAt'> {
  const { id, account, name, email: address, role, createdAt } = user;
  return { id, account, name, email: address, role, createdAt };
}
