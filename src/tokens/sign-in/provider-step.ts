import type { PageAnswer, PageRequest } from '../../core/sign-in.ts';
import { knownBrowser } from './browser-binding.ts';
import { type Arrival, bindingOf, ownerOf, type SignInContext } from './context.ts';
import type { Step } from './interaction-step.ts';
import { loginView } from './login-step.ts';
import { redirectAnswer } from './page-answer.ts';
import { onwardPage } from './pages/login-page.ts';
import { expiredPage, notFoundPage } from './pages/message-pages.ts';
import { accountOfPerson } from './upstream-account.ts';
import type { UpstreamEnd } from './upstream-sign-in.ts';

/** Sends the browser to a provider. */
export async function providerBegin(step: Step): Promise<PageAnswer> {
  const { context, request, fields, interaction, browser } = step;
  const provider = context.config().providers.find(({ name }) => name === fields.get('provider'));
  if (provider === undefined) return notFoundPage(context.site);
  const way = { browserId: browser.id, interactionId: interaction.id, loginHint: interaction.loginHint };
  const begun = await context.upstream.begin(provider, way, ownerOf(request));
  if (begun.ok) return onwardPage(context.site, provider.title, begun.url, browser.cookies);
  context.signal({
    name: 'sign_in.upstream_failed',
    accountId: undefined,
    address: request.address,
    detail: `the provider ${provider.name} does not answer`,
  });
  return loginView(step, {
    status: 502,
    message: `${provider.title} does not answer at the moment. Try again in a minute, or use another way.`,
  });
}

/**
 * The way back from a provider. The interaction's own cookie is sent below its own path alone, so that what was found out
 * waits there, for this browser, for two minutes and once.
 */
export async function providerReturn(
  context: SignInContext,
  request: PageRequest,
  name: string,
  query: string,
): Promise<PageAnswer> {
  const { site } = context;
  const browserId = knownBrowser(site, request);
  const end = await context.upstream.end(name, query, browserId);
  if (end.interactionId === undefined || browserId === undefined) {
    context.signal({
      name: 'sign_in.upstream_refused',
      accountId: undefined,
      address: request.address,
      detail: 'an answer of a provider that nobody asked for in this browser',
    });
    return expiredPage(site);
  }
  const arrival = await arrivalOf(context, request, name, end);
  context.arrivals.set(bindingOf(end.interactionId, browserId), ownerOf(request), arrival);
  return redirectAnswer(`${site.origin}${site.root}/${end.interactionId}/arrived`);
}

async function arrivalOf(
  context: SignInContext,
  { address }: PageRequest,
  name: string,
  end: UpstreamEnd,
): Promise<Arrival> {
  const title = context.config().providers.find((one) => one.name === name)?.title ?? 'The provider';
  const refused = (signal: 'sign_in.upstream_refused' | 'sign_in.upstream_failed', detail: string): void =>
    context.signal({ name: signal, accountId: undefined, address, detail: `${name}: ${detail}` });
  if (!end.ok) {
    if (end.kind !== 'declined') refused('sign_in.upstream_failed', end.detail);
    return {
      message:
        end.kind === 'declined'
          ? `${title} did not sign you in.`
          : `What ${title} answered could not be used. Try again, or use another way.`,
    };
  }
  // As it is configured now: meanwhile it may have been taken out, or let in fewer people.
  const { issuer, clientId } = end.provider;
  const provider = context
    .config()
    .providers.find((one) => one.name === name && one.issuer === issuer && one.clientId === clientId);
  const found =
    provider === undefined
      ? ({ ok: false, detail: 'the provider is configured no more' } as const)
      : await accountOfPerson(provider, end.person, context);
  if (!found.ok) {
    refused('sign_in.upstream_refused', found.detail);
    return { message: `${title} knows you, but you may not sign in here. Ask an administrator of this service.` };
  }
  const nowSeconds = Math.floor(context.clock.nowMs() / 1_000);
  return {
    proof: {
      accountId: found.account.id,
      amr: ['fed'],
      // Since when the person is signed in there; a session of last week is not a sign-in of now.
      authTimeSeconds: Math.min(end.person.authTimeSeconds ?? nowSeconds, nowSeconds),
      remember: false,
    },
  };
}
