import type { SignInAllow } from '../../core/sign-in.ts';
import { folded } from '../account-names.ts';

/** Who somebody is, as a provider says. */
export interface UpstreamPerson {
  readonly issuer: string;
  readonly subject: string;
  /** Undefined unless the provider says that it verified it. */
  readonly verifiedEmail: string | undefined;
  readonly name: string | undefined;
  readonly preferredUserName: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly authTimeSeconds: number | undefined;
}

/** Whether a person may come in. One list that names them is enough; empty lists name nobody. */
export function isAllowed(allow: SignInAllow, { subject, verifiedEmail, claims }: UpstreamPerson): boolean {
  if (allow === 'anyone') return true;
  if (allow.subjects.includes(subject)) return true;
  if (verifiedEmail !== undefined) {
    const email = folded(verifiedEmail);
    const domain = email.slice(email.lastIndexOf('@') + 1);
    if (allow.emails.some((one) => folded(one) === email)) return true;
    if (domain !== email && allow.domains.some((one) => folded(one) === domain)) return true;
  }
  return allow.claims.some(({ name, value }) => {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return claim === value || (Array.isArray(claim) && claim.includes(value));
  });
}

/** Reads what is used of claims. `email_verified` is the boolean and nothing like it (OpenID Connect Core §5.1). */
export function personOf(issuer: string, claims: Readonly<Record<string, unknown>>): UpstreamPerson | undefined {
  const { sub, email, name, preferred_username: preferred, auth_time: authTime } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 512) return undefined;
  const isVerified = claims['email_verified'] === true && typeof email === 'string' && email.includes('@');
  return {
    issuer,
    subject: sub,
    verifiedEmail: isVerified ? email : undefined,
    name: typeof name === 'string' ? name : undefined,
    preferredUserName: typeof preferred === 'string' ? preferred : undefined,
    claims,
    authTimeSeconds: typeof authTime === 'number' && Number.isFinite(authTime) ? Math.floor(authTime) : undefined,
  };
}
