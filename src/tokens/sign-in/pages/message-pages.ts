import type { PageAnswer } from '../../../core/sign-in.ts';
import { html, shown } from '../html.ts';
import { pageAnswer } from '../page-answer.ts';
import type { SignInSite } from '../site.ts';

export interface ErrorPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** What an administrator can look for; nothing of it may be a secret. */
  readonly code?: string | undefined;
  readonly cookies?: readonly string[];
}

export function errorPage(site: SignInSite, { status, title, text, code, cookies = [] }: ErrorPage): PageAnswer {
  return pageAnswer(site, {
    status,
    title,
    cookies,
    body: html`<h1>${shown(title, 120)}</h1>
<p>${shown(text, 400)}</p>
${code !== undefined && html`<p class="quiet">Code: <code>${shown(code, 64)}</code></p>`}`,
  });
}

/** The same for an interaction that never was, is over, or belongs to another browser. */
export function expiredPage(site: SignInSite, cookies: readonly string[] = []): PageAnswer {
  return errorPage(site, {
    status: 400,
    title: 'This sign-in is over',
    text: 'It took too long, is finished already, or was begun in another browser. Go back to where you came from and begin again.',
    cookies,
  });
}

export function notFoundPage(site: SignInSite): PageAnswer {
  return errorPage(site, { status: 404, title: 'No such page', text: 'Check the address.' });
}

export function unavailablePage(site: SignInSite): PageAnswer {
  return errorPage(site, {
    status: 503,
    title: 'Not possible right now',
    text: 'Something here does not work at the moment. Please try again in a minute.',
  });
}

/** Of a form that was not sent by a page of ours to this browser. */
export function forgedPage(site: SignInSite): PageAnswer {
  return errorPage(site, {
    status: 403,
    title: 'This form cannot be taken',
    text: 'It was not filled in on this page, or cookies are switched off. Go back, load the page again and retry.',
  });
}
