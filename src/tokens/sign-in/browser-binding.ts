import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PageRequest } from '../../core/sign-in.ts';
import { base62, isBase62 } from '../../crypto/base62.ts';
import type { Random } from '../../ports.ts';
import type { SignInSite } from './site.ts';

const VALUE_CHARACTERS = 43;
const COOKIES_CHARACTERS_MAX = 16_384;

/** A browser, by a random cookie that no other site and no sibling host can set (`__Host-`, RFC 6265bis §4.1.3.2). */
export interface Browser {
  readonly id: string;
  /** Set-Cookie where it is new. */
  readonly cookies: readonly string[];
}

export function cookieName({ isHttps }: Pick<SignInSite, 'isHttps'>, name: string): string {
  return isHttps ? `__Host-${name}` : name;
}

/** Set-Cookie for the whole host: without `Secure` only where there is no TLS, which is on the developer's own machine. */
export function cookieText(site: SignInSite, name: string, value: string, maxAgeSeconds?: number): string {
  const life = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${cookieName(site, name)}=${value}; Path=/${life}; HttpOnly; SameSite=Lax${site.isHttps ? '; Secure' : ''}`;
}

/** The one cookie of a name; undefined where there is none, or more than one and nobody knows whose counts. */
export function cookieValue({ headers }: Pick<PageRequest, 'headers'>, name: string): string | undefined {
  const text = headers['cookie'] ?? '';
  if (text.length > COOKIES_CHARACTERS_MAX) return undefined;
  const found = text
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}

const BROWSER = 'sallyport-browser';

/** The browser that sends a request; undefined where it says nothing usable. */
export function knownBrowser(site: SignInSite, request: Pick<PageRequest, 'headers'>): string | undefined {
  const value = cookieValue(request, cookieName(site, BROWSER));
  return value?.length === VALUE_CHARACTERS && isBase62(value, 0, value.length) ? value : undefined;
}

/** The browser that sends a request, made known where it is not. */
export function browserOf(site: SignInSite, request: Pick<PageRequest, 'headers'>, random: Random): Browser {
  const known = knownBrowser(site, request);
  if (known !== undefined) return { id: known, cookies: [] };
  const id = base62(random.bytes(32), VALUE_CHARACTERS);
  return { id, cookies: [cookieText(site, BROWSER, id)] };
}

/** What ties a form to one purpose and one browser. Nobody makes it without the secret. */
export function formToken(secret: Uint8Array, purpose: string, browserId: string): string {
  return createHmac('sha256', secret).update(`form\n${purpose}\n${browserId}`).digest('base64url');
}

export function isFormToken(secret: Uint8Array, purpose: string, browserId: string, presented: string): boolean {
  return isEqualText(formToken(secret, purpose, browserId), presented);
}

const DEVICE = 'sallyport-device';
const DEVICE_SECONDS = 365 * 86_400;

/** Remembers that an account signed in from here, so that strangers who guess at it do not slow its owner down. */
export function deviceCookie(site: SignInSite, secret: Uint8Array, accountId: string): string {
  return cookieText(site, DEVICE, deviceValue(secret, accountId), DEVICE_SECONDS);
}

/** Whether the account signed in from this browser before. */
export function isKnownDevice(
  site: SignInSite,
  secret: Uint8Array,
  request: Pick<PageRequest, 'headers'>,
  accountId: string,
): boolean {
  const value = cookieValue(request, cookieName(site, DEVICE));
  return value !== undefined && isEqualText(deviceValue(secret, accountId), value);
}

function deviceValue(secret: Uint8Array, accountId: string): string {
  return createHmac('sha256', secret).update(`device\n${accountId}`).digest('base64url');
}

function isEqualText(expected: string, presented: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(presented)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Whether a browser says that a change comes from a page of another site. Pages here send no referrer, so that an honest
 * `Origin` of theirs is ours or `null`; the form token decides where a browser says nothing.
 */
export function isCrossSite({ origin }: SignInSite, { headers }: Pick<PageRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const from = headers['origin'];
  return from !== undefined && from !== origin && from !== 'null';
}
