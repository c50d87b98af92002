import type { PageAnswer, SignInProviderConfig } from '../../../core/sign-in.ts';
import { type Html, html, shown } from '../html.ts';
import { pageAnswer } from '../page-answer.ts';
import type { SignInSite } from '../site.ts';
import { type FieldFault, faultSummary, hidden, notice, passkeyForm, textField } from './parts.ts';

export interface LoginPage {
  /** Path of the interaction. */
  readonly action: string;
  readonly token: string;
  readonly clientName: string;
  readonly redirectUri: string;
  readonly userName: string;
  readonly passwords: boolean;
  readonly passkeys: boolean;
  readonly providers: readonly Pick<SignInProviderConfig, 'name' | 'title'>[];
  readonly status?: number;
  readonly faults?: readonly FieldFault[];
  /** What happened that is no fault of a field. */
  readonly message?: string | undefined;
  readonly retryAfterSeconds?: number;
  readonly cookies: readonly string[];
}

/** Who are you? */
export function loginPage(site: SignInSite, page: LoginPage): PageAnswer {
  const { action, token, passwords, passkeys, providers, faults = [], message } = page;
  const others = (passkeys || providers.length > 0) && passwords;
  return pageAnswer(site, {
    ...(page.status === undefined ? {} : { status: page.status }),
    ...(page.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: page.retryAfterSeconds }),
    title: faults.length > 0 || message !== undefined ? 'Error: sign in' : 'Sign in',
    formTargets: [page.redirectUri],
    passkeys,
    cookies: page.cookies,
    body: html`<h1>Sign in</h1>
<p>to continue to <strong>${shown(page.clientName, 80)}</strong></p>
${notice(message)}${faultSummary(faults)}
${passwords && passwordForm(page)}
${others && html`<hr class="or">`}
${passkeys && passkeyForm({ action: `${action}/passkey`, ceremony: 'get', token, label: 'Sign in with a passkey', other: others })}
${
  passkeys &&
  !passwords &&
  providers.length === 0 &&
  html`<noscript><p>Passkeys need JavaScript. Please switch it on for this page.</p></noscript>`
}
${providers.map(
  ({ name, title }) => html`<form method="post" action="${action}/provider">
${hidden('token', token)}${hidden('provider', name)}
<button type="submit"${others && html` class="other"`}>Continue with ${title}</button>
</form>`,
)}
<form method="post" action="${action}/abort">${hidden('token', token)}<button type="submit" class="other">Cancel</button></form>`,
  });
}

function passwordForm({ action, token, userName, passkeys, faults = [] }: LoginPage): Html {
  const faultOf = (field: string): string | undefined => faults.find((one) => one.field === field)?.text;
  return html`<form method="post" action="${action}/password">
${hidden('token', token)}
${textField({
  id: 'user-name',
  name: 'userName',
  label: 'User name',
  type: 'text',
  autocomplete: passkeys ? 'username webauthn' : 'username',
  value: shown(userName, 256),
  fault: faultOf('user-name'),
  focus: userName === '',
  max: 256,
})}
${textField({
  id: 'password',
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
  fault: faultOf('password'),
  focus: userName !== '',
  max: 512,
})}
<div class="check"><input type="checkbox" id="remember" name="remember" value="on"><label for="remember">Keep me signed in on this device</label></div>
${
  passkeys &&
  html`<div data-with-passkeys hidden><div class="check"><input type="checkbox" id="add-passkey" name="addPasskey" value="on"><label for="add-passkey">Afterwards, set up a passkey on this device</label></div></div>`
}
<button type="submit">Sign in</button>
</form>`;
}

/** Set up a passkey after a password was right; signing in is done either way. */
export function addPasskeyPage(
  site: SignInSite,
  page: {
    readonly action: string;
    readonly token: string;
    readonly redirectUri: string;
    readonly message?: string | undefined;
    readonly cookies: readonly string[];
  },
): PageAnswer {
  const { action, token } = page;
  return pageAnswer(site, {
    title: 'Set up a passkey',
    formTargets: [page.redirectUri],
    passkeys: true,
    cookies: page.cookies,
    body: html`<h1>Set up a passkey</h1>
${notice(page.message)}
<p>A passkey is kept by this device or your password manager. You unlock it the way you unlock the device, and nobody can phish it.</p>
${passkeyForm({ action: `${action}/add-passkey`, ceremony: 'create', token, label: 'Set up a passkey' })}
<form method="post" action="${action}/continue">${hidden('token', token)}<button type="submit" class="other">Continue without one</button></form>`,
  });
}

/** On to a provider by a link of its own, because browsers hold every redirect after a form against its policy. */
export function onwardPage(site: SignInSite, title: string, url: string, cookies: readonly string[]): PageAnswer {
  const answer = pageAnswer(site, {
    title: `Continue with ${title}`,
    cookies,
    body: html`<h1>Continue with ${title}</h1>
<p><a class="button" href="${url}" rel="noreferrer">Continue</a></p>`,
  });
  return { ...answer, headers: { ...answer.headers, refresh: `0; url=${url}` } };
}
