import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import type { Interaction } from '../../core/sign-in.ts';

type Request = Parameters<Provider['interactionDetails']>[0];
type Response = Parameters<Provider['interactionDetails']>[1];
type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

/** What a request for a page of sign-in is known by. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

/** The interaction of this id, where it belongs to the cookies of the request. */
export async function openInteraction(
  provider: Provider,
  issuer: string,
  { request, response }: Exchange,
  id: string,
): Promise<Interaction | undefined> {
  const details = await provider.interactionDetails(request, response).catch(() => undefined);
  if (details === undefined || details.uid !== id) return undefined;
  const { params, prompt, session } = details;
  const clientId = String(params['client_id']);
  const client = await provider.Client.find(clientId);
  if (client === undefined) return undefined;
  // A device has nowhere to be sent to: its person stays here.
  const redirectUri = typeof params['redirect_uri'] === 'string' ? params['redirect_uri'] : `${issuer}/device`;
  const asked = askedFor(details);
  const finish = (result: InteractionResults): Promise<string> =>
    provider.interactionResult(request, response, result, { mergeWithLastSubmission: false });
  return {
    id,
    prompt: prompt.name === 'login' ? 'login' : 'consent',
    client: {
      id: clientId,
      name: client.clientName ?? clientId,
      uri: client.clientUri,
      redirectHost: new URL(redirectUri).host,
      redirectUri,
    },
    accountId: session?.accountId,
    scopes: [...new Set([...asked.scopes, ...Object.values(asked.resources).flat()])],
    resources: Object.keys(asked.resources),
    loginHint: typeof params['login_hint'] === 'string' ? params['login_hint'] : undefined,
    finishLogin: ({ accountId, amr, authTimeSeconds, remember }) =>
      finish({ login: { accountId, amr: [...amr], ts: authTimeSeconds, remember } }),
    finishConsent: async () => finish({ consent: { grantId: await granted(provider, details, clientId, asked) } }),
    abort: () => finish({ error: 'access_denied', error_description: 'the person said no' }),
  };
}

interface Asked {
  readonly scopes: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

function askedFor({ prompt }: Details): Asked {
  const { missingOIDCScope, missingResourceScopes } = prompt.details as {
    missingOIDCScope?: readonly string[];
    missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
  };
  return { scopes: missingOIDCScope ?? [], resources: missingResourceScopes ?? {} };
}

/** What the person agreed to before, and now to this as well. */
async function granted(provider: Provider, details: Details, clientId: string, asked: Asked): Promise<string> {
  const accountId = details.session?.accountId;
  if (accountId === undefined) throw new TypeError('nobody is signed in');
  const known = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
  const grant =
    known !== undefined && known.accountId === accountId && known.clientId === clientId
      ? known
      : new provider.Grant({ accountId, clientId });
  if (asked.scopes.length > 0) grant.addOIDCScope(asked.scopes.join(' '));
  for (const [resource, scopes] of Object.entries(asked.resources)) grant.addResourceScope(resource, scopes.join(' '));
  return grant.save();
}
