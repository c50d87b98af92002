import type { Interaction, PageAnswer, PageRequest } from '../../core/sign-in.ts';
import { type Browser, browserOf, formToken, isCrossSite, isFormToken, knownBrowser } from './browser-binding.ts';
import { consentAnswer, consentView } from './consent-step.ts';
import { bindingOf, ownerOf, type SignInContext } from './context.ts';
import { readForm } from './form.ts';
import {
  addPasskey,
  continueLogin,
  enrollingAccount,
  finished,
  loginView,
  passkeyLogin,
  passwordLogin,
} from './login-step.ts';
import { jsonAnswer, redirectAnswer } from './page-answer.ts';
import { errorPage, expiredPage, forgedPage, notFoundPage } from './pages/message-pages.ts';
import { providerBegin } from './provider-step.ts';

/** A request for an interaction after everything about it was checked but what is in the form. */
export interface Step {
  readonly context: SignInContext;
  readonly request: PageRequest;
  readonly interaction: Interaction;
  readonly browser: Browser;
  /** Path of the interaction. */
  readonly action: string;
  /** For the forms of the next page. */
  readonly token: string;
  /** Empty for a page that is only looked at. */
  readonly fields: ReadonlyMap<string, string>;
}

type Answering = (step: Step) => Promise<PageAnswer>;

/** What can be done in each prompt, by the last segment of the path. */
const LOGIN: ReadonlyMap<string, Answering> = new Map<string, Answering>([
  ['password', passwordLogin],
  ['passkey', passkeyLogin],
  ['passkey-options', passkeyOptions],
  ['provider', providerBegin],
  ['add-passkey', addPasskey],
  ['add-passkey-options', addPasskeyOptions],
  ['continue', continueLogin],
  ['abort', abort],
]);
const CONSENT: ReadonlyMap<string, Answering> = new Map<string, Answering>([
  ['consent', consentAnswer],
  ['abort', abort],
]);

/**
 * Answers a request for an interaction: it has to be open in this browser, which is asked of the authorization server's
 * cookies and of ours; a change has to come by a form that we gave to this browser for this interaction.
 */
export async function interactionStep(
  context: SignInContext,
  request: PageRequest,
  id: string,
  what: string,
): Promise<PageAnswer> {
  const { site, random, secret } = context;
  const interaction = await context.openInteraction(request.handle, id);
  if (interaction === undefined || interaction.id !== id) return expiredPage(site);
  const isPost = request.method === 'POST';
  const browser = isPost ? { id: knownBrowser(site, request) ?? '', cookies: [] } : browserOf(site, request, random);
  if (browser.id === '') return forged(context, request, 'the browser sent no cookie of ours');
  const known = context.browserOfInteraction.peek(id);
  if (known !== undefined && known !== browser.id) return expiredPage(site);
  if (known === undefined) context.browserOfInteraction.set(id, ownerOf(request), browser.id);
  const step: Step = {
    context,
    request,
    interaction,
    browser,
    action: `${site.root}/${id}`,
    token: formToken(secret, `interaction ${id}`, browser.id),
    fields: new Map(),
  };
  if (!isPost) return looked(step, what);
  if (isCrossSite(site, request)) return forged(context, request, 'the form came from another site');
  const form = readForm(request);
  if (!form.ok)
    return errorPage(site, {
      status: form.status,
      title: 'This form cannot be read',
      text: `The reason: ${form.fault}.`,
    });
  if (!isFormToken(secret, `interaction ${id}`, browser.id, form.fields.get('token') ?? ''))
    return forged(context, request, 'the form has no token of ours');
  const answering = (interaction.prompt === 'login' ? LOGIN : CONSENT).get(what);
  return answering === undefined ? notFoundPage(site) : answering({ ...step, fields: form.fields });
}

function looked(step: Step, what: string): PageAnswer | Promise<PageAnswer> {
  const { context, interaction, browser } = step;
  if (what === 'arrived' && interaction.prompt === 'login') {
    const arrival = context.arrivals.take(bindingOf(interaction.id, browser.id));
    if (arrival !== undefined && 'proof' in arrival) return finished(step, arrival.proof);
    return loginView(step, { status: 400, message: arrival?.message ?? 'That took too long. Please try again.' });
  }
  if (what !== '') return notFoundPage(context.site);
  return interaction.prompt === 'login' ? loginView(step, {}) : consentView(step);
}

async function passkeyOptions({ context, interaction, browser }: Step): Promise<PageAnswer> {
  const options = context.config().passkeys
    ? await context.passkeys.requestOptions(bindingOf(interaction.id, browser.id))
    : undefined;
  return options === undefined ? jsonAnswer(404, {}) : jsonAnswer(200, options);
}

async function addPasskeyOptions(step: Step): Promise<PageAnswer> {
  const { context, interaction, browser } = step;
  const account = await enrollingAccount(step);
  const options =
    account === undefined
      ? undefined
      : await context.passkeys.creationOptions(bindingOf(interaction.id, browser.id), account);
  return options === undefined ? jsonAnswer(404, {}) : jsonAnswer(200, options);
}

async function abort({ interaction }: Step): Promise<PageAnswer> {
  return redirectAnswer(await interaction.abort());
}

export function forged({ site, signal }: SignInContext, { address }: PageRequest, detail: string): PageAnswer {
  signal({ name: 'sign_in.forged_form', accountId: undefined, address, detail });
  return forgedPage(site);
}
