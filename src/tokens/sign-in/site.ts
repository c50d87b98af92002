import { isIP } from 'node:net';

/** Where the pages are, as browsers reach them. */
export interface SignInSite {
  readonly issuer: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path of the pages, without a slash at its end: `/sign-in` below the issuer's. */
  readonly root: string;
  readonly isHttps: boolean;
  /** The host, to which passkeys are bound; undefined where browsers allow none: at an address, or without TLS. */
  readonly relyingPartyId: string | undefined;
  /** What people call the service. */
  readonly serviceName: string;
}

/** Throws a TypeError where the issuer is no URL. */
export function signInSite(issuer: string, serviceName: string): SignInSite {
  const { origin, protocol, hostname, pathname } = new URL(issuer);
  const isHttps = protocol === 'https:';
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  return {
    issuer,
    origin,
    root: `${pathname.endsWith('/') ? pathname.slice(0, -1) : pathname}/sign-in`,
    isHttps,
    relyingPartyId: isIP(bare) === 0 && (isHttps || isLocal) ? hostname : undefined,
    serviceName,
  };
}
