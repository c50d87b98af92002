const NAME = 'sallyport_session';
const HEADER_CHARACTERS_MAX = 8_192;

/** For the browser alone: no script reads it, and no other site's page makes the browser send it. */
export function sessionCookie(id: string, options: { readonly isHttps: boolean }): string {
  return `${NAME}=${id}; Path=/; HttpOnly; SameSite=Strict${options.isHttps ? '; Secure' : ''}`;
}

export function endedSessionCookie(): string {
  return `${NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/**
 * The id in a Cookie field. Undefined where there is none or more than one: another application of the same host can set a
 * second, and which of them is ours could not be told (RFC 6265 §8.5, cookies know no ports).
 */
export function sessionIdIn(field: string | undefined): string | undefined {
  if (field === undefined || field.length > HEADER_CHARACTERS_MAX) return undefined;
  let id: string | undefined;
  for (const pair of field.split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== NAME) continue;
    if (id !== undefined) return undefined;
    id = pair.slice(at + 1).trim();
  }
  return id;
}
