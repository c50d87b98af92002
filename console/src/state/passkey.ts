import { type Answer, ask, type Problem } from '../api/client.ts';
import type { SessionView } from '../api/shapes.ts';
import { open } from './session.ts';

/** Browsers keep passkeys for names, not for addresses: at 127.0.0.1 there are none, at localhost there may be. */
export function passkeysWork(): boolean {
  return 'PublicKeyCredential' in window && !/^[0-9.]+$|^\[/.test(location.hostname);
}

/** Signs in with a passkey of an account that has a role for the console. */
export async function signInWithPasskey(): Promise<Answer<SessionView>> {
  const asked = await ask<PublicKeyCredentialRequestOptionsJSON>('POST', '/api/v1/session/passkey/options');
  if (!asked.ok) return asked;
  const credential = await assertion(asked.value);
  if (!(credential instanceof PublicKeyCredential)) return { ok: false, problem: REFUSED };
  const answer = await ask<SessionView>('POST', '/api/v1/session/passkey', { body: credential.toJSON() });
  if (answer.ok) open(answer.value);
  return answer;
}

/** Null where the person or the device says no. */
async function assertion(options: PublicKeyCredentialRequestOptionsJSON): Promise<Credential | null> {
  try {
    return await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  } catch {
    return null;
  }
}

const REFUSED: Problem = {
  status: 0,
  code: 'passkey',
  title: 'No passkey was used',
  detail: 'the browser has none for this gateway, or the request was put away',
  more: {},
};
