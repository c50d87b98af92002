import * as oidc from 'openid-client';
import type { SignInProviderConfig } from '../../core/sign-in.ts';
import type { Clock, Fetch, Random } from '../../ports.ts';
import { createPendingMemory } from './pending-memory.ts';
import type { SignInSite } from './site.ts';
import { personOf, type UpstreamPerson } from './upstream-allow.ts';
import { upstreamFetch } from './upstream-fetch.ts';

const FLOW_MS = 10 * 60_000;
/** How long what a provider says of itself is believed, and that it does not answer. */
const METADATA_MS = 60 * 60_000;
const SILENCE_MS = 10_000;
const QUERY_CHARACTERS_MAX = 8_192;

/** One way to a provider and back. */
interface Flow {
  readonly provider: SignInProviderConfig;
  readonly configuration: oidc.Configuration;
  readonly nonce: string;
  readonly verifier: string;
  readonly browserId: string;
  readonly interactionId: string;
}

export type UpstreamBegin = { readonly ok: true; readonly url: string } | { readonly ok: false };

export type UpstreamEnd =
  | {
      readonly ok: true;
      readonly provider: SignInProviderConfig;
      readonly interactionId: string;
      readonly person: UpstreamPerson;
    }
  | {
      readonly ok: false;
      /** `unknown`: no way was begun like this in this browser; `declined`: the provider said no; `failed`: anything else. */
      readonly kind: 'unknown' | 'declined' | 'failed';
      readonly interactionId: string | undefined;
      readonly detail: string;
    };

/** Sign-in at another OpenID provider: code flow with PKCE, state and nonce, which stay here (RFC 9700 §2.1). */
export interface UpstreamSignIn {
  begin(
    provider: SignInProviderConfig,
    way: { readonly browserId: string; readonly interactionId: string; readonly loginHint: string | undefined },
    owner: string,
  ): Promise<UpstreamBegin>;
  /** The way back. `query`: of the callback of that provider. */
  end(providerName: string, query: string, browserId: string | undefined): Promise<UpstreamEnd>;
}

interface Discovered {
  readonly configuration: oidc.Configuration | undefined;
  readonly untilMs: number;
}

export function createUpstreamSignIn(parts: {
  readonly site: SignInSite;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Fetch;
}): UpstreamSignIn {
  const { site, clock, random, send } = parts;
  const flows = createPendingMemory<Flow>(clock, { lifeMs: FLOW_MS, entriesMax: 8_192, perOwnerMax: 64 });
  // By the very record of the configuration: a new one is asked anew.
  const discovered = new WeakMap<SignInProviderConfig, Promise<Discovered>>();
  const configurationOf = async (provider: SignInProviderConfig): Promise<oidc.Configuration | undefined> => {
    const known = await discovered.get(provider);
    if (known !== undefined && clock.nowMs() < known.untilMs) return known.configuration;
    const asking = discover(provider, send).then((configuration) => ({
      configuration,
      untilMs: clock.nowMs() + (configuration === undefined ? SILENCE_MS : METADATA_MS),
    }));
    discovered.set(provider, asking);
    return (await asking).configuration;
  };
  const secretText = (): string => Buffer.from(random.bytes(32)).toString('base64url');
  const callbackOf = (name: string): string => `${site.origin}${site.root}/callback/${name}`;
  return {
    begin: async (provider, { browserId, interactionId, loginHint }, owner) => {
      const configuration = await configurationOf(provider);
      if (configuration === undefined) return { ok: false };
      const [state, nonce, verifier] = [secretText(), secretText(), secretText()];
      const challenge = await oidc.calculatePKCECodeChallenge(verifier);
      try {
        const url = oidc.buildAuthorizationUrl(configuration, {
          redirect_uri: callbackOf(provider.name),
          scope: provider.scopes.join(' '),
          state,
          nonce,
          code_challenge: challenge,
          code_challenge_method: 'S256',
          ...(loginHint === undefined ? {} : { login_hint: loginHint.slice(0, 256) }),
        });
        if (!isWeb(url, provider)) return { ok: false };
        flows.set(state, owner, { provider, configuration, nonce, verifier, browserId, interactionId });
        return { ok: true, url: url.href };
      } catch {
        return { ok: false };
      }
    },
    end: async (providerName, query, browserId) => {
      const parameters = new URLSearchParams(query.slice(0, QUERY_CHARACTERS_MAX));
      const [state, second] = parameters.getAll('state');
      const flow = state === undefined || second !== undefined ? undefined : flows.take(state);
      if (state === undefined || flow === undefined || flow.browserId !== browserId)
        return {
          ok: false,
          kind: 'unknown',
          interactionId: undefined,
          detail: 'no such way was begun in this browser',
        };
      const { provider, configuration, interactionId } = flow;
      if (provider.name !== providerName)
        return {
          ok: false,
          kind: 'failed',
          interactionId,
          detail: 'the answer came to the callback of another provider',
        };
      // Who answers has to be who was asked, also where it says no (RFC 9207 §2.4).
      const { issuer } = configuration.serverMetadata();
      if (parameters.has('error') && [issuer, null].includes(parameters.get('iss')))
        return { ok: false, kind: 'declined', interactionId, detail: 'the provider refused' };
      try {
        const url = new URL(callbackOf(providerName));
        url.search = parameters.toString();
        const tokens = await oidc.authorizationCodeGrant(configuration, url, {
          expectedState: state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new TypeError('no ID token');
        const more =
          claims['email'] === undefined ? await userInfo(configuration, tokens.access_token, claims.sub) : {};
        const person = personOf(issuer, { ...more, ...claims });
        if (person === undefined) return { ok: false, kind: 'failed', interactionId, detail: 'the subject is no text' };
        return { ok: true, provider, interactionId, person };
      } catch (error) {
        return { ok: false, kind: 'failed', interactionId, detail: kindOf(error) };
      }
    },
  };
}

/** Discovery (OpenID Connect Discovery §4); signatures of ID tokens are verified, whatever way they came. */
async function discover(provider: SignInProviderConfig, send: Fetch): Promise<oidc.Configuration | undefined> {
  const { issuer, clientId, clientSecret, allowPrivateAddresses, timeoutSeconds } = provider;
  try {
    const configuration = await oidc.discovery(
      new URL(issuer),
      clientId,
      undefined,
      clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret),
      {
        [oidc.customFetch]: upstreamFetch(send, provider),
        timeout: timeoutSeconds,
        execute: [oidc.enableNonRepudiationChecks, ...(allowPrivateAddresses ? [oidc.allowInsecureRequests] : [])],
      },
    );
    return configuration;
  } catch {
    return undefined;
  }
}

/** What the ID token left out; nothing where the provider does not say more. */
async function userInfo(
  configuration: oidc.Configuration,
  accessToken: string,
  subject: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  const { email, email_verified, name, preferred_username } = await oidc.fetchUserInfo(
    configuration,
    accessToken,
    subject,
  );
  return { email, email_verified, name, preferred_username };
}

function isWeb({ protocol }: URL, { allowPrivateAddresses }: SignInProviderConfig): boolean {
  return protocol === 'https:' || (allowPrivateAddresses && protocol === 'http:');
}

/** The code of an error; its text may hold what the provider sent. */
function kindOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return `the answer could not be used (${code.slice(0, 64)})`;
}
