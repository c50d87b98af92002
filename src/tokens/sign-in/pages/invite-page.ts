import type { PageAnswer } from '../../../core/sign-in.ts';
import { PASSWORD_CHARACTERS_MIN } from '../../password-rules.ts';
import { html, shown } from '../html.ts';
import { pageAnswer } from '../page-answer.ts';
import type { SignInSite } from '../site.ts';
import { type FieldFault, faultSummary, hidden, notice, passkeyForm, textField } from './parts.ts';

export interface InvitePage {
  /** Path of the invite. */
  readonly action: string;
  readonly token: string;
  readonly userName: string;
  readonly displayName: string;
  readonly passwords: boolean;
  readonly passkeys: boolean;
  readonly status?: number;
  readonly faults?: readonly FieldFault[];
  readonly message?: string | undefined;
  readonly cookies: readonly string[];
}

/** Choose how to sign in. */
export function invitePage(site: SignInSite, page: InvitePage): PageAnswer {
  const { action, token, userName, displayName, passwords, passkeys, faults = [], message } = page;
  const fault = faults.find(({ field }) => field === 'new-password')?.text;
  const isFaulty = faults.length > 0 || message !== undefined;
  return pageAnswer(site, {
    ...(page.status === undefined ? {} : { status: page.status }),
    title: isFaulty ? 'Error: choose how to sign in' : 'Choose how to sign in',
    passkeys,
    cookies: page.cookies,
    body: html`<h1>Welcome, ${shown(displayName, 100)}</h1>
<p>Your user name is <strong>${shown(userName, 100)}</strong>. Choose how you sign in from now on. This link works once.</p>
${notice(message)}${faultSummary(faults)}
${passkeys && passkeyForm({ action: `${action}/passkey`, ceremony: 'create', token, label: 'Set up a passkey' })}
${
  passwords &&
  html`<form method="post" action="${action}">
${hidden('token', token)}
<input type="text" name="userName" value="${userName}" autocomplete="username" readonly hidden>
${textField({
  id: 'new-password',
  name: 'password',
  label: 'New password',
  hint: `At least ${PASSWORD_CHARACTERS_MIN} characters; several uncommon words are good, and spaces are welcome.`,
  type: 'password',
  autocomplete: 'new-password',
  fault,
  focus: true,
  max: 512,
})}
<button type="submit">Set the password</button>
</form>`
}`,
  });
}

export function inviteOverPage(site: SignInSite, cookies: readonly string[] = []): PageAnswer {
  return pageAnswer(site, {
    status: 404,
    title: 'This link is over',
    cookies,
    body: html`<h1>This link is over</h1>
<p>It was used already, is older than a day, or was never given out. Ask whoever sent it for another one.</p>`,
  });
}

export function inviteDonePage(site: SignInSite, what: 'password' | 'passkey'): PageAnswer {
  return pageAnswer(site, {
    title: 'You can sign in now',
    body: html`<h1>You can sign in now</h1>
<p>${what === 'password' ? 'Your password is set.' : 'Your passkey is set up.'} Go to the application you want to use and sign in there.</p>`,
  });
}
