import { effect, signal } from '@preact/signals';
import { type Answer, ask, csrfToken, refusals } from '../api/client.ts';
import type { Role, SessionView } from '../api/shapes.ts';

export type SessionState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'none'; readonly why: 'never' | 'ended' | 'left' }
  | { readonly kind: 'open'; readonly role: Role; readonly name: string };

const state = signal<SessionState>({ kind: 'unknown' });

export function session(): SessionState {
  return state.value;
}

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, administrator: 2 };

/** Whether who is signed in may do what needs a role. The gateway decides; this only saves a vain attempt. */
export function allows(needed: Role): boolean {
  const { value } = state;
  return value.kind === 'open' && RANKS[value.role] >= RANKS[needed];
}

/** Stands beside the cookie of a session, which no script can read. */
const HINT = 'sallyport_signed_in=1';

/** Whether it is worth asking who is signed in: without the hint nobody is, and the gateway would only refuse. */
export function mayBeSignedIn(): boolean {
  return document.cookie.split('; ').includes(HINT);
}

/** Finds out who is signed in, and from then on notices when nobody is any more. Resolves when it is known. */
export async function watchSession(): Promise<void> {
  effect(() => {
    if (refusals.value > 0 && state.peek().kind === 'open') end('ended');
  });
  if (mayBeSignedIn()) await resume();
  else end('never');
}

export async function resume(): Promise<void> {
  const answer = await ask<SessionView>('GET', '/api/v1/session');
  if (answer.ok) open(answer.value);
  else if (answer.problem.status === 401) end(state.peek().kind === 'open' ? 'ended' : 'never');
  else if (state.peek().kind !== 'open') state.value = { kind: 'unreachable' };
}

export async function signIn(token: string): Promise<Answer<SessionView>> {
  const answer = await ask<SessionView>('POST', '/api/v1/session', { body: { token } });
  if (answer.ok) open(answer.value);
  return answer;
}

export async function signOut(): Promise<Answer<unknown>> {
  const answer = await ask('DELETE', '/api/v1/session');
  // Where it could not be ended the cookie still counts, and the page must not say otherwise.
  if (answer.ok || answer.problem.status === 401) end('left');
  return answer;
}

export function open({ role, name, csrfToken: token }: SessionView): void {
  csrfToken.value = token;
  const before = state.peek();
  if (before.kind !== 'open' || before.role !== role || before.name !== name)
    state.value = { kind: 'open', role, name };
}

function end(why: 'never' | 'ended' | 'left'): void {
  csrfToken.value = '';
  // biome-ignore lint/suspicious/noDocumentCookie: browsers have the cookie store only by https.
  document.cookie = `${HINT}; Path=/; Max-Age=0`;
  state.value = { kind: 'none', why };
}
