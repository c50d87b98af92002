import type { PageAnswer } from '../../../core/sign-in.ts';
import { type Html, html, shown } from '../html.ts';
import { pageAnswer } from '../page-answer.ts';
import type { SignInSite } from '../site.ts';
import { faultSummary, hidden, textField } from './parts.ts';

export type HiddenFields = Readonly<Record<string, string>>;

/**
 * Where a form of the authorization server's library goes and what it hides, so that it can be put into a page of ours: the
 * library's own has a field without a label, and a handler that our policy refuses. Undefined where it is no such form.
 */
export function libraryForm(
  form: string,
): { readonly action: string; readonly hiddenFields: HiddenFields } | undefined {
  const action = attributeOf(form, 'action');
  if (action === undefined) return undefined;
  const hiddenFields: Record<string, string> = {};
  for (const tag of form.split('<input').slice(1, 17)) {
    const name = attributeOf(tag, 'name');
    const value = attributeOf(tag, 'value');
    if (attributeOf(tag, 'type') === 'hidden' && name !== undefined && value !== undefined) hiddenFields[name] = value;
  }
  return { action, hiddenFields };
}

function attributeOf(tag: string, name: string): string | undefined {
  const from = tag.indexOf(` ${name}="`);
  if (from < 0) return undefined;
  const start = from + name.length + 3;
  const end = tag.indexOf('"', start);
  return end < 0 ? undefined : unescaped(tag.slice(start, end));
}

const SIGNS: readonly (readonly [string, string])[] = [
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&#39;', "'"],
  ['&amp;', '&'],
];

function unescaped(text: string): string {
  return SIGNS.reduce((at, [reference, sign]) => at.replaceAll(reference, sign), text);
}

export interface DeviceInputPage {
  /** Where the form goes. */
  readonly action: string;
  readonly hiddenFields: HiddenFields;
  /** As it came in a link, to be confirmed by eye. */
  readonly userCode: string | undefined;
  /** In words, for the person. */
  readonly error: string | undefined;
}

/** Which code does the device show? The field is `user_code` (RFC 8628 §3.3). */
export function deviceInputPage(
  site: SignInSite,
  { action, hiddenFields, userCode, error }: DeviceInputPage,
): PageAnswer {
  return pageAnswer(site, {
    title: error === undefined ? 'Connect a device' : 'Error: connect a device',
    body: html`<h1>Connect a device</h1>
${faultSummary(error === undefined ? [] : [{ field: 'user-code', text: error }])}
<form method="post" action="${action}">
${fields(hiddenFields)}
${textField({
  id: 'user-code',
  name: 'user_code',
  label: 'Code',
  hint: 'It stands on the screen of the device. Never type a code that somebody sent you.',
  type: 'text',
  autocomplete: 'off',
  value: shown(userCode ?? '', 64),
  fault: error,
  focus: true,
  max: 64,
})}
<button type="submit">Continue</button>
</form>`,
  });
}

export interface DeviceConfirmPage {
  readonly action: string;
  readonly hiddenFields: HiddenFields;
  readonly clientName: string;
  readonly userCode: string;
  /** Address of the device, as far as it is known. */
  readonly deviceAddress: string | undefined;
}

/** Is it the device in front of you? `abort=yes` says no. */
export function deviceConfirmPage(site: SignInSite, page: DeviceConfirmPage): PageAnswer {
  const { action, hiddenFields, clientName, userCode, deviceAddress } = page;
  return pageAnswer(site, {
    title: 'Confirm the device',
    body: html`<h1>Is this your device?</h1>
<p><strong>${shown(clientName, 80)}</strong> shows this code:</p>
<p><code class="big">${shown(userCode, 64)}</code></p>
<p>Continue only if you have the device before you and began this yourself. Whoever sent you a code would get your access.</p>
${deviceAddress !== undefined && html`<p class="quiet">The device asks from ${shown(deviceAddress, 64)}.</p>`}
<form method="post" action="${action}">
${fields(hiddenFields)}
<div class="pair">
<button type="submit" name="abort" value="yes">No, stop</button>
<button type="submit">Yes, continue</button>
</div>
</form>`,
  });
}

export function deviceDonePage(site: SignInSite, clientName?: string): PageAnswer {
  const who = clientName === undefined ? 'The device' : shown(clientName, 80);
  return pageAnswer(site, {
    title: 'Device connected',
    body: html`<h1>Device connected</h1>
<p><strong>${who}</strong> goes on by itself. You can close this window.</p>`,
  });
}

export interface LogoutPage {
  readonly action: string;
  readonly hiddenFields: HiddenFields;
  /** Where the person may be sent afterwards, and by whom. */
  readonly redirectUri?: string | undefined;
}

/** Shall the session end? `logout=yes` says so (OpenID Connect RP-Initiated Logout §2). */
export function logoutPage(site: SignInSite, { action, hiddenFields, redirectUri }: LogoutPage): PageAnswer {
  return pageAnswer(site, {
    title: 'Sign out',
    formTargets: redirectUri === undefined ? [] : [redirectUri],
    body: html`<h1>Sign out?</h1>
<form method="post" action="${action}">
${fields(hiddenFields)}
<div class="pair">
<button type="submit">Stay signed in</button>
<button type="submit" name="logout" value="yes">Sign out</button>
</div>
</form>`,
  });
}

export function signedOutPage(site: SignInSite): PageAnswer {
  return pageAnswer(site, {
    title: 'Signed out',
    body: html`<h1>Signed out</h1>
<p>You can close this window.</p>`,
  });
}

function fields(hiddenFields: HiddenFields): readonly Html[] {
  return Object.entries(hiddenFields).map(([name, value]) => hidden(name, value));
}
