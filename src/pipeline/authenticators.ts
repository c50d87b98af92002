import { createApiKeyAuthenticator } from '../authn/api-key.ts';
import { createBasicAuthenticator } from '../authn/basic.ts';
import type { ConsumerDirectory } from '../authn/consumer-of.ts';
import { DpopVerifier } from '../authn/dpop.ts';
import type { DpopNonces } from '../authn/dpop-nonce.ts';
import type { ForwardedSource } from '../authn/forwarded-certificate.ts';
import { createHmacAuthenticator } from '../authn/hmac.ts';
import { createHttpSignatureAuthenticator } from '../authn/http-signature.ts';
import { createIntrospectionAuthenticator } from '../authn/introspection.ts';
import { createJwtAuthenticator } from '../authn/jwt.ts';
import { createMtlsAuthenticator } from '../authn/mtls.ts';
import { assertNever } from '../core/assert-never.ts';
import type { AuthenticatorConfig, DpopPolicy } from '../core/configuration.ts';
import type { Peppers } from '../crypto/api-key-digest.ts';
import type { ClientTrustTexts } from '../crypto/certificates/client-trust.ts';
import type { CredentialReader } from '../crypto/credential-index.ts';
import type { ReplayGuard } from '../crypto/replay-memory.ts';
import type { RevocationReader } from '../crypto/revocation-memory.ts';
import type { Fetch, KeySetSource } from '../ports.ts';
import { ORIGIN_PLACEHOLDER, RESOURCE_METADATA } from './protected-resource.ts';
import type { Authenticator } from './snapshot.ts';

/** What methods need besides their configuration; lives as long as the thread. */
export interface AuthenticatorParts {
  readonly credentials: CredentialReader;
  readonly peppers: Peppers;
  readonly consumers: ConsumerDirectory;
  readonly clientTrust: ClientTrustTexts | undefined;
  readonly keySets: KeySetSource;
  readonly revocations: RevocationReader;
  readonly replay: ReplayGuard;
  readonly nonces: DpopNonces;
  readonly fetch: Fetch;
  /** Milliseconds from any point, which never go back. */
  readonly monotonicMs: () => number;
}

/** Compiles every configured method once; a configuration that cannot be compiled throws, which loading has already refused. */
export function compileAuthenticators(
  configs: Readonly<Record<string, AuthenticatorConfig>>,
  parts: AuthenticatorParts,
): ReadonlyMap<string, Authenticator> {
  const compiled = new Map<string, Authenticator>();
  const forwarded = forwardedCertificates(configs);
  for (const [name, config] of Object.entries(configs)) compiled.set(name, compile(name, config, parts, forwarded));
  return compiled;
}

/**
 * Where certificates that tokens are bound to are forwarded: where an mtls method of the configuration says. Two methods
 * that name different fields leave it open which one counts, and then none does.
 */
function forwardedCertificates(configs: Readonly<Record<string, AuthenticatorConfig>>): ForwardedSource | undefined {
  let found: ForwardedSource | undefined;
  for (const config of Object.values(configs)) {
    if (config.type !== 'mtls' || config.forwarded === undefined) continue;
    const { header, format } = config.forwarded;
    if (found !== undefined && (found.header !== header || found.format !== format)) return undefined;
    found = config.forwarded;
  }
  return found;
}

function compile(
  name: string,
  config: AuthenticatorConfig,
  parts: AuthenticatorParts,
  forwarded: ForwardedSource | undefined,
): Authenticator {
  const { consumers, replay, monotonicMs } = parts;
  switch (config.type) {
    case 'api-key':
      return createApiKeyAuthenticator({ name, header: config.header, ...parts });
    case 'jwt':
      return createJwtAuthenticator({
        name,
        config,
        ...parts,
        forwarded,
        resourceMetadata: metadataOf(config.claims.binding.dpop),
        dpop: dpopVerifier(config.claims.binding.dpop, parts),
      });
    case 'introspection':
      return createIntrospectionAuthenticator({
        name,
        config,
        ...parts,
        forwarded,
        resourceMetadata: metadataOf(config.claims.binding.dpop),
        dpop: dpopVerifier(config.claims.binding.dpop, parts),
      });
    case 'mtls':
      return createMtlsAuthenticator({ name, config, consumers, handshake: parts.clientTrust });
    case 'http-signature':
      return createHttpSignatureAuthenticator({ name, config, replay, consumers, monotonicMs });
    case 'hmac':
      return createHmacAuthenticator({ name, config, replay, consumers, monotonicMs });
    case 'basic':
      return createBasicAuthenticator({ name, config, consumers });
    default:
      return assertNever(config);
  }
}

/** Where clients find the metadata: at the origin that is configured, else at the one they called. */
function metadataOf({ origin }: DpopPolicy): string {
  return origin === undefined ? RESOURCE_METADATA : RESOURCE_METADATA.replace(ORIGIN_PLACEHOLDER, origin);
}

function dpopVerifier(policy: DpopPolicy, { replay, nonces }: AuthenticatorParts): DpopVerifier {
  return new DpopVerifier({ policy, replay, nonces });
}
