const NAME = 'sallyport_session';
const HEADER_CHARACTERS_MAX = 8_192;

/** Says to the console's own script that there was a session, so that it need not ask where there is none. It proves nothing. */
const HINT = 'sallyport_signed_in';

/**
 * The first is for the browser alone: no script reads it, and no other site's page makes the browser send it. The other is
 * the hint that there is one.
 */
export function sessionCookies(id: string, options: { readonly isHttps: boolean }): readonly string[] {
  const more = `SameSite=Strict${options.isHttps ? '; Secure' : ''}`;
  return [`${NAME}=${id}; Path=/; HttpOnly; ${more}`, `${HINT}=1; Path=/; ${more}`];
}

export function endedSessionCookies(): readonly string[] {
  return [`${NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`, `${HINT}=; Path=/; SameSite=Strict; Max-Age=0`];
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
