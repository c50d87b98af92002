import type { PageAnswer } from '../../../core/sign-in.ts';
import { html, shown } from '../html.ts';
import { pageAnswer } from '../page-answer.ts';
import type { SignInSite } from '../site.ts';
import { hidden } from './parts.ts';

/** What OpenID Connect's own scopes allow. */
const KNOWN_SCOPES: Readonly<Record<string, string>> = {
  openid: 'Know that it is you who signs in',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep this access while you are away, until you take it back',
};
/** What is shown of a long list is all of it: nobody agrees to what is cut off. Longer ones are refused before. */
export const SCOPES_SHOWN_MAX = 100;

export interface ConsentPage {
  readonly action: string;
  readonly token: string;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly uri: string | undefined;
    readonly redirectHost: string;
  };
  readonly redirectUri: string;
  readonly accountName: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly scopeDescriptions: readonly { readonly scope: string; readonly text: string }[];
  readonly cookies: readonly string[];
}

/** May they? Names the client as it calls itself, and where the answer goes, which it cannot choose freely. */
export function consentPage(site: SignInSite, page: ConsentPage): PageAnswer {
  const { action, token, client, scopes, resources } = page;
  const homepage = webAddress(client.uri);
  const textOf = (scope: string): string | undefined =>
    page.scopeDescriptions.find((one) => one.scope === scope)?.text ??
    (Object.hasOwn(KNOWN_SCOPES, scope) ? KNOWN_SCOPES[scope] : undefined);
  return pageAnswer(site, {
    title: 'Allow access',
    formTargets: [page.redirectUri],
    cookies: page.cookies,
    body: html`<h1>Allow access?</h1>
<p><strong>${shown(client.name, 80)}</strong> asks for access as <strong>${shown(page.accountName, 100)}</strong>.</p>
<p>The answer goes to <strong>${shown(client.redirectHost, 253)}</strong>. Allow it only if you have just come from there and expect this.</p>
${
  scopes.length > 0 &&
  html`<h2 id="asked">It would be able to</h2>
<ul class="asked" aria-labelledby="asked">${scopes.map((scope) => {
    const text = textOf(scope);
    return text === undefined
      ? html`<li><code>${shown(scope, 256)}</code></li>`
      : html`<li>${shown(text, 200)}<br><code>${shown(scope, 256)}</code></li>`;
  })}</ul>`
}
${
  resources.length > 0 &&
  html`<h2 id="where">At</h2>
<ul class="asked" aria-labelledby="where">${resources.map((resource) => html`<li><code>${shown(resource, 512)}</code></li>`)}</ul>`
}
<div class="pair">
<form method="post" action="${action}/abort">${hidden('token', token)}<button type="submit">Deny</button></form>
<form method="post" action="${action}/consent">${hidden('token', token)}<button type="submit">Allow</button></form>
</div>
<p class="quiet">Client <code>${shown(client.id, 256)}</code>${homepage !== undefined && html`, <code>${shown(homepage, 256)}</code>`}</p>`,
  });
}

/** Shown as text and never as a link: it is the client's own word. */
function webAddress(uri: string | undefined): string | undefined {
  const url = uri === undefined ? null : URL.parse(uri);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : undefined;
}
