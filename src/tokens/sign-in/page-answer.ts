import type { PageAnswer } from '../../core/sign-in.ts';
import { type Html, html, htmlText } from './html.ts';
import type { SignInSite } from './site.ts';

export interface Page {
  readonly status?: number;
  readonly title: string;
  readonly body: Html;
  /** Where forms of the page may end, by way of redirects: absolute URLs. Our own origin may always. */
  readonly formTargets?: readonly string[];
  /** True: the page has buttons for passkeys. */
  readonly passkeys?: boolean;
  readonly cookies?: readonly string[];
  readonly retryAfterSeconds?: number;
}

/** A whole page with the policy under which a browser may use it. */
export function pageAnswer(site: SignInSite, page: Page): PageAnswer {
  const { status = 200, title, body, passkeys = false, cookies = [], retryAfterSeconds } = page;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – ${site.serviceName}</title>
<link rel="stylesheet" href="${site.root}/style.css">
${passkeys && html`<script src="${site.root}/passkey.js" defer></script>`}
</head>
<body>
<main>
<p class="service">${site.serviceName}</p>
${body}
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      ...SECURITY_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(site, page.formTargets ?? [], passkeys),
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: htmlText(document),
  };
}

/** 303: the browser gets the next page, and repeats no form. */
export function redirectAnswer(location: string, cookies: readonly string[] = []): PageAnswer {
  return {
    status: 303,
    headers: { ...SECURITY_HEADERS, location, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
    body: '',
  };
}

/** For the page's own script. */
export function jsonAnswer(status: number, value: unknown): PageAnswer {
  return {
    status,
    headers: { ...SECURITY_HEADERS, 'content-type': 'application/json', 'content-security-policy': NOTHING },
    body: JSON.stringify(value),
  };
}

const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()',
} as const;

/**
 * Style and script are named by their whole addresses: the same origin serves other people's APIs. Browsers hold the
 * redirects after a form against `form-action`, so that the client's address has to be in it.
 */
function policy({ origin, root }: SignInSite, formTargets: readonly string[], passkeys: boolean): string {
  const targets = new Set(formTargets.map(sourceOf).filter((source) => source !== undefined));
  return [
    "default-src 'none'",
    `style-src ${origin}${root}/style.css`,
    ...(passkeys ? [`script-src ${origin}${root}/passkey.js`, "connect-src 'self'"] : []),
    ["form-action 'self'", ...targets].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

const SCHEME = /^[a-z][a-z0-9+.-]{0,63}:$/;
const HOST_SOURCE = /^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/;

/** A source of the policy for an address; undefined where it has none that would be safe. */
function sourceOf(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null || url.protocol === 'javascript:' || url.protocol === 'data:') return undefined;
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return SCHEME.test(url.protocol) ? url.protocol : undefined;
  if (HOST_SOURCE.test(url.origin)) return url.origin;
  // The grammar of policies has no IPv6 addresses.
  return url.hostname.startsWith('[') ? url.protocol : undefined;
}
