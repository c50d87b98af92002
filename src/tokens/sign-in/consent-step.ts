import type { PageAnswer } from '../../core/sign-in.ts';
import type { Step } from './interaction-step.ts';
import { redirectAnswer } from './page-answer.ts';
import { consentPage, SCOPES_SHOWN_MAX } from './pages/consent-page.ts';
import { errorPage } from './pages/message-pages.ts';

export async function consentView(step: Step): Promise<PageAnswer> {
  const { context, interaction, action, token, browser } = step;
  const account = await accountOf(step);
  if (account === undefined) return noAccount(step);
  const { client, scopes, resources } = interaction;
  if (scopes.length > SCOPES_SHOWN_MAX || resources.length > SCOPES_SHOWN_MAX)
    return errorPage(context.site, {
      status: 400,
      title: 'Too much is asked for',
      text: 'The application asks for more than can be shown on one page. Tell whoever runs it.',
    });
  return consentPage(context.site, {
    action,
    token,
    client,
    redirectUri: client.redirectUri,
    accountName: account.displayName === account.name ? account.name : `${account.displayName} (${account.name})`,
    scopes,
    resources,
    scopeDescriptions: context.config().scopeDescriptions,
    cookies: browser.cookies,
  });
}

export async function consentAnswer(step: Step): Promise<PageAnswer> {
  if ((await accountOf(step)) === undefined) return noAccount(step);
  return redirectAnswer(await step.interaction.finishConsent());
}

async function accountOf({ context, interaction: { accountId } }: Step) {
  return accountId === undefined ? undefined : context.accounts.findActive(accountId);
}

function noAccount({ context }: Step): PageAnswer {
  return errorPage(context.site, { status: 403, title: 'Not possible', text: 'This account cannot be used.' });
}
